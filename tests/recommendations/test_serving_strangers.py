"""Somebody's own words give a list in the same request, without any model library."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from language.quick import SPACE, encode_sentence
from recommendations.models import Fit
from recommendations.rows import InlineStatement, SlateRequest
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item, make_space, make_user, make_workspace
from tests.recommendations.worlds import NOW, make_world, put_vector

ROOT = Path(__file__).resolve().parents[2]

TEXTS = {
    "sea": "Sailors fight storms and a whale on the open ocean.",
    "cook": "Simple recipes for soups, bread and cakes.",
    "space": "A lone engineer repairs a starship near Saturn.",
}


@pytest.mark.model
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "first"), [("adventures at sea", "sea"), ("做饭和烘焙的食谱", "cook")]
)
def test_a_strangers_own_words_find_what_they_speak_of(words, first):
    workspace = make_workspace()
    encoder, revision = SPACE
    space = make_space(workspace, dimensions=384, encoder=encoder, revision=revision)
    for key, text in TEXTS.items():
        item = make_item(workspace, key, title=key)
        put_vector(item, space, encode_sentence(text, role="passage").tolist())
    request = SlateRequest(text=words, sources=("taste",), length=3)
    slate = recommend(workspace=workspace, request=request, now=timezone.now())
    assert slate.items[0].id == first
    assert {one.code for one in slate.warnings} == {"no_fit"}
    assert slate.items[0].reasons[0]["kind"] == "text"


@pytest.mark.django_db
def test_a_stranger_is_served_the_best_of_what_they_named():
    world = make_world()
    for number in range(12):
        fan = make_user(world.workspace, f"fan{number}")
        make_interaction(fan, world.gothic[3], happened_at=NOW - timedelta(days=5))
        if number < 6:
            make_interaction(fan, world.travel[6], happened_at=NOW - timedelta(days=5))
    learn(world.workspace.pk)
    fit = Fit.objects.get(workspace=world.workspace, state="serving")
    told = {"weights": {"popular": 1.0, "recent": 0.0, "portrait": 0.0}, "closeness": 0.0}
    blend = {**fit.config["blend"], "strangers": told}
    Fit.objects.filter(pk=fit.pk).update(config={**fit.config, "blend": blend})
    request = SlateRequest(user="nobody", statements=(InlineStatement("Travel"),), length=9)
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    assert slate.items[0].id == "t6"
    assert {one.id for one in slate.items[:8]} == {item.external_id for item in world.travel}
    assert slate.items[8].id == "g3"  # what bears nothing of it comes after all that does
    first = slate.items[0].reasons[0]
    assert (first["kind"], first["tag"]) == ("statement", "travel")
    assert first["share"] > 0.5


def test_serving_loads_no_model_library():
    code = (
        "import django, sys; django.setup(); import recommendations.services.serving; "
        "import recommendations.services.feedback; "
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "DJANGO_SETTINGS_MODULE": "likeness.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"

"""Somebody's own words give a list in the same request, without any model library."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from language.quick import SPACE, encode_sentence
from recommendations.rows import SlateRequest
from recommendations.services.serving import recommend
from tests.factories import make_item, make_space, make_workspace
from tests.recommendations.worlds import put_vector

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

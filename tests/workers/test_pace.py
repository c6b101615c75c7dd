"""The pace of a worker is measured on all that it does, and leaves no trace."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Space
from language.weights import unpack_default
from profiles.models import Reading, Review, ReviewVector
from tests.factories import make_item, make_review, make_user
from tests.language.small import make_small_encoder
from workers.tasks.texts import clean_reviews

pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def small_world(settings, models, tmp_path) -> None:
    unpack_default(models)
    settings.ENCODER = make_small_encoder(tmp_path / "base", models)


def test_a_workers_pace_counts_every_stage_in_both_languages_and_keeps_nothing(workspace, tmp_path):
    item = make_item(workspace, given_tags=["slow burn", "court drama"])
    for text in ("The acting was superb.", "A dull plot.", "演员的表演非常精彩。"):
        make_review(make_user(workspace), item, text)
    told, file = StringIO(), tmp_path / "pace.json"
    words = ("benchmark_models", "--as-worker", "--workspace", workspace.name, "--json", str(file))
    with pytest.raises(CommandError, match="No review has been cleaned"):
        call_command(*words, stdout=told)
    clean_reviews(workspace.pk, list(Review.objects.values_list("pk", flat=True)))
    call_command(*words, stdout=told)
    found = json.loads(file.read_text())["worker"]
    assert found["languages"] == {"en": 2, "zh": 1}
    assert found["words"] > 2
    assert set(found["seconds"]) == {"clean", "read", "encode"}
    assert min(found["seconds"].values()) > 0
    assert "reviews a second through clean, read and encode" in told.getvalue()
    for left in (Reading, ReviewVector, Space):
        assert not left.objects.exists()


def test_a_workers_pace_needs_a_workspace(db):
    with pytest.raises(CommandError, match="Name the workspace"):
        call_command("benchmark_models", "--as-worker", stdout=StringIO())

"""What is drawn from all texts waits for those that are still on their way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Workspace
from core import claims
from profiles.models import Review
from profiles.services.interests import draw_interests
from tests.factories import make_item, make_review, make_user
from workers.stages import BY_STAGE
from workers.tasks import texts

pytestmark = pytest.mark.django_db
WIDE = ("interests", "workspace")


def due(workspace) -> set[str]:
    parts = [part for part in BY_STAGE["state"].parts if part.rows in WIDE]
    return {part.rows for part in parts if part.due(workspace.pk).exists()}


@pytest.fixture
def written(workspace):
    make_review(make_user(workspace), make_item(workspace, text="A book."), "I loved the plot.")
    return workspace


def test_interests_wait_until_all_is_read_and_tagged_and_calibration_for_interests(written):
    steps = (texts.clean_texts, texts.read_reviews, texts.tag_items)
    for step in steps:
        assert due(written) == set()
        step(written.pk)
    assert due(written) == {"interests"}
    draw_interests(written.pk, now=timezone.now())
    assert due(written) == {"workspace"}


def test_what_failed_is_not_waited_for(written):
    texts.clean_texts(written.pk)
    texts.tag_items(written.pk)
    assert due(written) == set()
    review = Review.objects.get()
    claims.claim("read.reviews", Review.objects.all(), limit=1, lease=timedelta(minutes=5))
    claims.park("read.reviews", [review.pk])
    assert due(written) == {"interests"}


def test_what_the_budget_pauses_is_not_waited_for(written):
    texts.clean_texts(written.pk)
    texts.tag_items(written.pk)
    Workspace.objects.filter(pk=written.pk).update(budget_seconds=0)
    assert due(written) == {"interests"}

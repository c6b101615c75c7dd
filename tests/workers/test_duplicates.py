"""What repeats what, in whatever order and in whatever batches the texts were cleaned."""

import random

import pytest
from django.db.models import F

from catalog.models import Item
from profiles.models import Interaction, Review, User
from profiles.services.corrections import erase
from profiles.services.interactions import delete_item
from tests.factories import make_item, make_review, make_user, make_workspace
from workers.tasks import texts

FIRST = (
    "The plot drags in the middle and then runs, but the writing is beautiful from the first "
    "page to the last, and the captain is somebody that I will not forget."
)
COPY = FIRST.replace("captain", "sailor")
FAR_COPY = COPY.replace("beautiful", "wonderful").replace("somebody", "a person")
OTHER = (
    "I was bored by the long passages about rigging, though the storm near the end is as good "
    "as anything that was ever written about the sea."
)
SHORT = "Great book, works as described."
SAID = [FIRST, OTHER, COPY, SHORT, FAR_COPY, SHORT, OTHER.upper(), FIRST]
# By place in SAID: the earliest that each repeats.
REPEATS = [None, None, 0, None, 0, None, 1, 0]


def write(workspace, said=SAID) -> list[Review]:
    item = make_item(workspace, "the book", text="A captain goes to sea.")
    return [make_review(make_user(workspace), item, text) for text in said]


def repeats(reviews: list[Review]) -> list[int | None]:
    """Return which earlier review each repeats, by place."""
    places = {review.pk: place for place, review in enumerate(reviews)}
    pointers = dict(Review.objects.values_list("pk", "duplicate_of"))
    return [places.get(pointers[pk]) for pk in places if pk in pointers]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_and_the_batches_of_cleaning_do_not_matter(workspace, seed):
    rng = random.Random(seed)
    reviews = write(workspace)
    ids = [review.pk for review in reviews]
    rng.shuffle(ids)
    while ids:
        size = rng.randint(1, 3)
        texts.clean_reviews(workspace.pk, ids[:size])
        del ids[:size]
    assert repeats(reviews) == REPEATS


def test_cleaning_again_changes_nothing(workspace):
    reviews = write(workspace)
    texts.clean_texts(workspace.pk)
    assert repeats(reviews) == REPEATS
    before = list(User.objects.order_by("pk").values_list("evidence_revision", flat=True))
    texts.clean_reviews(workspace.pk, [review.pk for review in reviews])
    assert repeats(reviews) == REPEATS
    assert list(User.objects.order_by("pk").values_list("evidence_revision", flat=True)) == before


def test_writers_of_copies_hear_of_it(workspace):
    reviews = write(workspace)
    before = User._meta.get_field("evidence_revision").default
    texts.clean_texts(workspace.pk)
    raised = User.objects.filter(evidence_revision__gt=before)
    writers = [review.interaction.user for review in reviews]
    assert {writers.index(user) for user in raised} == {2, 4, 6, 7}


def test_a_review_that_says_something_else_now_repeats_nothing_and_is_not_repeated(workspace):
    reviews = write(workspace)
    texts.clean_texts(workspace.pk)
    Review.objects.filter(pk=reviews[0].pk).update(text=OTHER, source_hash="changed")
    texts.clean_texts(workspace.pk)
    assert repeats(reviews) == [None, 0, None, None, 2, None, 0, 2]


def test_when_the_first_is_gone_the_next_takes_its_place(workspace):
    reviews = write(workspace)
    texts.clean_texts(workspace.pk)
    erase(user=User.objects.get(interactions=reviews[0].pk))
    texts.clean_texts(workspace.pk)
    assert repeats(reviews[1:]) == [None, None, None, 1, None, 0, 1]


def test_when_an_item_is_gone_copies_of_its_reviews_are_compared_anew(workspace):
    reviews = write(workspace)
    other = make_item(workspace, "the other book")
    moved = Interaction.objects.filter(pk__in=[reviews[2].pk, reviews[4].pk])
    moved.update(item=other)
    texts.clean_texts(workspace.pk)
    delete_item(workspace=workspace, external_id="the book")
    texts.clean_texts(workspace.pk)
    assert repeats([reviews[2], reviews[4]]) == [None, 0]


def test_another_workspace_is_another_world(workspace):
    other = make_workspace()
    mine, theirs = write(workspace, [FIRST]), write(other, [FIRST])
    for each in (other, workspace):
        texts.clean_texts(each.pk)
    assert repeats(mine) == repeats(theirs) == [None]


def test_items_are_compared_too(workspace):
    first = make_item(workspace, text=FIRST)
    copy = make_item(workspace, text=f"<p>{COPY}</p>")
    make_item(workspace, title="Sea", text="")
    texts.clean_texts(workspace.pk)
    pointers = dict(Item.objects.values_list("pk", "duplicate_of"))
    assert pointers[copy.pk] == first.pk
    assert [pk for pk, original in pointers.items() if original] == [copy.pk]


def test_texts_that_were_cleaned_on_their_way_in_are_compared_once_a_worker_comes(db):
    workspace = make_workspace(keeps_raw_text=False)
    reviews = write(workspace, [FIRST, COPY])
    texts.clean_texts(workspace.pk)
    # As the ingest leaves them: clean, without their raw text, and not yet compared.
    Review.objects.update(
        text="", clean_version="", duplicate_of=None, cleaned_source=F("source_hash")
    )
    kept = list(Review.objects.order_by("pk").values_list("clean_text", flat=True))
    texts.clean_texts(workspace.pk)
    assert repeats(reviews) == [None, 0]
    assert list(Review.objects.order_by("pk").values_list("clean_text", flat=True)) == kept

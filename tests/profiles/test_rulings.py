"""What staff decide about a review: who is shown it, whether it counts, and how that is undone."""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import ConflictError, InvalidError
from profiles.models import Evidence, Interaction, Reading, Review, Ruling, Statement, User
from profiles.queries.history import history_of
from profiles.queries.portraits import portrait_of
from profiles.queries.readings import reviews_to_read
from profiles.queries.rulings import rulings_on, undecided
from profiles.services import corrections
from profiles.services.rulings import LONGEST_REASON, rule, undo_ruling
from profiles.services.statements import state_users
from tests.likeness.people import make_account
from tests.profiles.readers import NOW, Room
from tests.profiles.test_passages import read_by_a_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(12)
    return room


@pytest.fixture
def ann(room) -> User:
    """Somebody who praises the acting of four books of crime."""
    user = room.reader("ann")
    for number in range(4):
        room.writes(user, "crime", number, f"The acting of {number} is superb.", value=5)
    state(user)
    return user


def state(user: User) -> None:
    assert state_users(user.workspace_id, [user.pk], now=NOW) == 1


def reviews() -> list[int]:
    return list(Review.objects.order_by("pk").values_list("pk", flat=True))


def quoted(user: User, **options) -> set[str]:
    told = portrait_of(user, **options).statements
    return {one.quote for view in told for one in view.evidence if one.quote}


def standings() -> list[str]:
    return list(Review.objects.order_by("pk").values_list("standing", flat=True))


def decide(verdict: str, *ids: int, **more) -> int:
    return rule(review_ids=ids, verdict=verdict, account=more.pop("account", None), **more)


def test_a_hidden_review_is_quoted_nowhere_at_once_and_still_counts(ann):
    first = reviews()[0]
    believed = {(one.tag, one.strength): one.confidence for one in portrait_of(ann).statements}
    assert len(quoted(ann)) == 4
    assert decide("hidden", first) == 1
    assert len(quoted(ann)) == 3, "before anything is drawn again"
    told = [one for view in portrait_of(ann).statements for one in view.evidence if one.is_hidden]
    assert {one.interaction for one in told} == {first}
    assert [deed.text for deed in history_of(ann) if deed.is_hidden] == [""]
    state(ann)
    assert not Evidence.objects.filter(interaction=first).exclude(quote="")
    held = {(one.tag, one.strength): one.confidence for one in portrait_of(ann).statements}
    assert held == believed
    assert len(quoted(ann, as_of=NOW)) == 3


def test_to_keep_one_says_only_that_somebody_has_looked(ann):
    first = reviews()[0]
    before = User.objects.get(pk=ann.pk).evidence_revision
    assert decide("kept", first, reason="quite all right") == 1
    assert first not in Review.objects.filter(undecided()).values_list("pk", flat=True)
    assert User.objects.get(pk=ann.pk).evidence_revision == before
    assert len(quoted(ann)) == 4
    Review.objects.filter(pk=first).update(source_hash="of another text")
    assert first in Review.objects.filter(undecided()).values_list("pk", flat=True)


def test_what_is_left_out_counts_by_its_deed_alone_until_that_is_undone(room, ann):
    decide("left_out", *reviews()[:3])
    assert Reading.objects.filter(review__interaction__user=ann).count() == 1
    state(ann)
    assert not Statement.objects.filter(user=ann, tag=room.acting, valid_until=None)
    assert Statement.objects.filter(user=ann, tag=room.tags["crime"], valid_until=None)
    Review.objects.update(cleaned_source="", source_hash="", ruled_source="")
    due = reviews_to_read(room.workspace.pk, "2").values_list("pk", flat=True)
    assert set(due) == set(reviews()[3:])
    undo_ruling(review_ids=reviews()[:3], account=None)
    assert set(due.all()) == set(reviews())
    assert standings() == [""] * 4


def test_no_reading_is_stored_of_what_was_left_out_while_it_was_read(ann):
    review = Review.objects.order_by("pk")[0]
    decide("left_out", review.pk)
    with pytest.raises(AssertionError):
        read_by_a_head(review, 0.1, 0.1)
    assert not Reading.objects.filter(review=review)


def test_a_decision_is_undone_step_by_step_and_nothing_of_it_is_lost(room, ann):
    first, staff = reviews()[0], make_account("staff")
    decide("kept", first, account=staff, reason="fine")
    decide("hidden", first, account=staff, reason="rude")
    assert decide("hidden", first) == 0, "it is hidden already"
    undo_ruling(review_ids=[first], account=staff)
    assert standings()[0] == "kept"
    assert first not in Review.objects.filter(undecided()).values_list("pk", flat=True)
    state(ann)
    assert len(quoted(ann)) == 4
    undo_ruling(review_ids=[first], account=None)
    assert standings()[0] == ""
    with pytest.raises(ConflictError):
        undo_ruling(review_ids=[first], account=staff)
    told = rulings_on(first).values_list("verdict", "reason", "account", "undone_by")
    assert list(told) == [("hidden", "rude", staff.pk, staff.pk), ("kept", "fine", staff.pk, None)]


def test_the_same_words_come_back_with_the_undoing(ann):
    before = quoted(ann)
    decide("hidden", *reviews())
    state(ann)
    assert quoted(ann) == set()
    undo_ruling(review_ids=reviews(), account=None)
    state(ann)
    assert quoted(ann) == before


def test_an_erasure_takes_decisions_along_and_an_export_tells_them(ann):
    decide("hidden", reviews()[0], account=make_account("staff"), reason="rude")
    told = json.loads(json.dumps(corrections.export(ann), cls=DjangoJSONEncoder))
    assert [row["verdict"] for row in told["profiles.ruling"]] == ["hidden"]
    assert [row["standing"] for row in told["profiles.review"]] == ["hidden", "", "", ""]
    receipt = corrections.erase(user=ann)
    assert receipt["profiles.ruling"] == {"before": 1, "after": 0}
    assert not Ruling.objects.exists()


def test_refused_are_a_decision_that_there_is_not_and_a_reason_too_long(ann):
    with pytest.raises(InvalidError):
        decide("burnt", reviews()[0])
    with pytest.raises(InvalidError):
        decide("hidden", reviews()[0], reason="x" * (LONGEST_REASON + 1))
    assert decide("hidden", 10**9) == 0
    assert not Ruling.objects.exists()


@pytest.mark.parametrize("size", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_reviews(ann, size):
    with CaptureQueriesContext(connection) as context:
        decide("left_out", *reviews()[:size])
    assert len(context) <= 22
    with CaptureQueriesContext(connection) as undoing:
        undo_ruling(review_ids=reviews()[:size], account=None)
    assert len(undoing) <= 16


def test_reviews_are_locked_before_items_and_items_before_users(ann):
    with CaptureQueriesContext(connection) as context:
        decide("hidden", reviews()[0])
    locks = [query["sql"] for query in context if "FOR NO KEY UPDATE" in query["sql"]]
    tables = ["profiles_review", "catalog_item", "profiles_user"]
    assert [next(t for t in tables if f'FROM "{t}"' in sql) for sql in locks] == tables
    assert Interaction.objects.filter(user=ann).count() == 4

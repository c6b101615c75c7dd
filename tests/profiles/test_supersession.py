"""Whatever happens to the evidence, the right statements give way, and no others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from profiles.models import AspectReading, Evidence, Interaction, Review, Statement, User
from profiles.queries import reasoning
from profiles.services import corrections
from profiles.services.interactions import delete_item
from profiles.services.statements import state_users
from tests.factories import make_interaction
from tests.profiles.readers import START, Room, drop

pytestmark = pytest.mark.django_db

HONEST = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TOLD = ("tag__key", "polarity", "strength", "confidence", "level", "status", "is_hidden")
# A rating of a book: its subject, its number and the stars.
RATING = st.tuples(
    st.sampled_from(("crime", "love", "travel")), st.integers(0, 7), st.sampled_from((1, 2, 5))
)
HISTORY = st.lists(RATING, min_size=3, max_size=14, unique_by=lambda row: row[:2])


@dataclass(frozen=True)
class Change:
    """What happens to a history: one rating is changed, dropped, or joined by others."""

    kind: str
    place: int
    added: list[tuple[str, int, int]]

    def of(self, history: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        place = self.place % len(history)
        subject, number, stars = history[place]
        if self.kind == "changed":
            return [*history[:place], (subject, number, 6 - stars), *history[place + 1 :]]
        if self.kind == "dropped":
            return [*history[:place], *history[place + 1 :]]
        met = {row[:2] for row in history}
        return [*history, *[row for row in self.added if row[:2] not in met]]


CHANGE = st.builds(
    Change,
    kind=st.sampled_from(("changed", "dropped", "added")),
    place=st.integers(0, 50),
    added=st.lists(RATING, min_size=1, max_size=3, unique_by=lambda row: row[:2]),
)

# So torn that a like of crime is only proposed; with two more duds, a dislike is.
TORN = [
    *(("crime", number, stars) for number, stars in enumerate((5, 5, 2))),
    *(("love", number, 5) for number in range(3)),
]


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(12)
    return room


@contextmanager
def undone() -> Iterator[None]:
    """Take back what an example did, and what was remembered of it."""
    reasoning._everybody.cache_clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def when(row: tuple[str, int, int]) -> timedelta:
    subject, number, _ = row
    return timedelta(days=10 * number + len(subject))


def reader(room: Room, history: list[tuple[str, int, int]]) -> User:
    user = room.reader()
    for row in history:
        subject, number, stars = row
        item = room.items[subject][number]
        make_interaction(user, item, "rate", value=stars, happened_at=START + when(row))
    room.raised(user)
    return user


def become(room: Room, user: User, history: list[tuple[str, int, int]]) -> None:
    """Change what is stored of the user until it is this history, and nothing else."""
    wanted = {
        room.items[subject][number].pk: row for row in history for subject, number, _ in [row]
    }
    for met in Interaction.objects.filter(user=user).select_related("user"):
        row = wanted.pop(met.item_id, None)
        if row is None:
            drop(met)
        elif met.value != row[2]:
            Interaction.objects.filter(pk=met.pk).update(value=row[2])
    for row in wanted.values():
        subject, number, stars = row
        item = room.items[subject][number]
        make_interaction(user, item, "rate", value=stars, happened_at=START + when(row))
    user.refresh_from_db()
    room.raised(user)


def state(*users: User) -> None:
    state_users(users[0].workspace_id, [user.pk for user in users], now=timezone.now())


def current(user: User) -> dict[str, tuple[object, ...]]:
    rows = Statement.objects.filter(user=user, valid_until=None).values_list("pk", *TOLD)
    return {row[1]: row for row in rows}


def resting(user: User) -> set[tuple[object, ...]]:
    """What the current statements rest on."""
    of = ("tag__key", "evidence__interaction__item__external_id")
    rows = Statement.objects.filter(user=user, valid_until=None)
    return set(rows.values_list(*of, "evidence__weight", "evidence__quote"))


def closed(user: User) -> dict[str, Statement]:
    """The last ended statement of each tag."""
    rows = Statement.objects.filter(user=user, valid_until__isnull=False).order_by("pk")
    return {row.tag.key: row for row in rows.select_related("tag")}


@HONEST
@given(HISTORY, CHANGE)
def test_what_changed_is_superseded_and_nothing_else_is_touched(room, history, change):
    with undone():
        user, other = reader(room, history), reader(room, history)
        state(user, other)
        before, of_other = current(user), current(other)
        after_change = change.of(history)
        become(room, user, after_change)
        twin = reader(room, after_change)
        state(user, twin)
        after, wanted = current(user), current(twin)
        assert {row[1:] for row in after.values()} == {row[1:] for row in wanted.values()}
        assert resting(user) == resting(twin)
        for tag, (key, *told) in before.items():
            stays = tag in wanted and list(wanted[tag][1:]) == told
            row = Statement.objects.get(pk=key)
            assert (row.valid_until is None) == stays
            if not stays:
                assert row.superseded_by_id == (after[tag][0] if tag in after else None)
                assert row.valid_until >= row.valid_from
        assert current(other) == of_other


@HONEST
@given(HISTORY, CHANGE, st.sampled_from((corrections.pin, corrections.reject)))
def test_what_somebody_decided_outlives_any_change_and_the_rest_gives_way(
    room, history, change, decide
):
    with undone():
        user = reader(room, history)
        state(user)
        stated = Statement.objects.filter(user=user, valid_until=None).order_by("tag__key")
        decided = stated.select_related("user", "tag").first()
        assume(decided is not None)
        decide(statement=decided)
        user.refresh_from_db()
        word = current(user)[decided.tag.key]
        after_change = change.of(history)
        become(room, user, after_change)
        twin = reader(room, after_change)
        state(user, twin)
        after, wanted = current(user), current(twin)
        assert after.pop(decided.tag.key) == word
        wanted.pop(decided.tag.key, None)
        assert {row[1:] for row in after.values()} == {row[1:] for row in wanted.values()}


@HONEST
@example(history=TORN, change=Change("added", 0, []))
@example(history=TORN, change=Change("added", 0, [("crime", 3, 1), ("crime", 4, 1)]))
@given(HISTORY, CHANGE)
def test_what_somebody_confirmed_stays_in_use_until_the_evidence_turns(room, history, change):
    with undone():
        user = reader(room, history)
        state(user)
        stated = Statement.objects.filter(user=user, valid_until=None).order_by("status", "pk")
        confirmed = stated.select_related("user", "tag").last()
        assume(confirmed is not None)
        corrections.confirm(statement=confirmed)
        user.refresh_from_db()
        tag, before = confirmed.tag.key, current(user)
        after_change = change.of(history)
        become(room, user, after_change)
        twin = reader(room, after_change)
        state(user, twin)
        after, wanted = current(user), current(twin)
        told, asked = after.pop(tag), wanted.pop(tag, None)
        if asked is None:
            assert told == before[tag]
        elif asked[2] == before[tag][2]:
            assert told[1:] == (*asked[1:6], Statement.Status.ACTIVE, asked[7])
        else:
            assert told[1:] == asked[1:]
        assert {row[1:] for row in after.values()} == {row[1:] for row in wanted.values()}


@HONEST
@given(HISTORY)
def test_stating_twice_is_stating_once(room, history):
    with undone():
        user = reader(room, history)
        state(user)
        rows = list(Statement.objects.order_by("pk").values())
        evidence = list(Evidence.objects.order_by("pk").values())
        state(user)
        assert list(Statement.objects.order_by("pk").values()) == rows
        assert list(Evidence.objects.order_by("pk").values()) == evidence


def drawn(user: User) -> set[tuple[object, ...]]:
    """Everything that a portrait says, with its evidence, but for keys and when we looked."""
    rows = Statement.objects.filter(user=user)
    return {
        (
            *(getattr(row, name) for name in ("polarity", "strength", "confidence", "level")),
            *(row.tag.key, row.status, row.valid_from, row.valid_until),
            tuple(
                row.evidence.order_by("interaction__item__external_id").values_list(
                    "interaction__item__external_id", "weight", "quote"
                )
            ),
        )
        for row in rows.select_related("tag")
    }


@HONEST
@given(st.lists(HISTORY, min_size=3, max_size=5), st.randoms(use_true_random=False), st.data())
def test_neither_order_nor_batches_show_in_a_portrait(room, histories, random, data):
    with undone():
        users = [reader(room, history) for history in histories]
        state(*users)
        together = [drawn(user) for user in users]
        Statement.objects.all().delete()
        for user, history in zip(users, histories, strict=True):
            Interaction.objects.filter(user=user).delete()
            become(room, user, random.sample(history, len(history)))
        reasoning._everybody.cache_clear()
        waiting = random.sample(users, len(users))
        while waiting:
            size = data.draw(st.integers(1, len(waiting)))
            state(*waiting[:size])
            waiting = waiting[size:]
        assert [drawn(user) for user in users] == together


@pytest.fixture
def critic(room) -> User:
    """Somebody who praised the acting of three books of crime, and took to travel."""
    user = room.reader()
    for number in range(3):
        room.writes(user, "crime", number, f"The acting of {number} is superb.", value=5)
    room.rates(user, "travel", 5, 0, 1, 2)
    state(user)
    assert {"crime", "acting", "travel"} <= current(user).keys()
    return user


def test_a_changed_review_supersedes_what_it_spoke_of_and_nothing_else(room, critic):
    before = current(critic)
    review = Review.objects.get(interaction__user=critic, interaction__item__external_id="crime-0")
    text = "The acting of 0 is dreadful."
    Review.objects.filter(pk=review.pk).update(text=text, clean_text=text)
    AspectReading.objects.filter(reading__review=review).update(polarity=-1.0)
    room.raised(critic)
    state(critic)
    after = current(critic)
    assert (after["crime"], after["travel"]) == (before["crime"], before["travel"])
    assert after.get("acting") != before["acting"]
    old = closed(critic)
    assert old.keys() == {"acting"}
    assert old["acting"].pk == before["acting"][0]
    told = Statement.objects.get(pk=before["crime"][0])
    assert "superb" not in told.evidence.get(interaction=review.pk).quote


def test_other_words_for_the_same_opinion_change_the_quote_and_no_statement(room, critic):
    before = current(critic)
    review = Review.objects.get(interaction__user=critic, interaction__item__external_id="crime-0")
    text = "The acting of 0 is a wonder."
    Review.objects.filter(pk=review.pk).update(text=text, clean_text=text)
    AspectReading.objects.filter(reading__review=review).update(end=len(text))
    room.raised(critic)
    state(critic)
    assert current(critic) == before
    assert not closed(critic)
    lines = Evidence.objects.filter(statement__user=critic, interaction=review.pk)
    assert {line.quote for line in lines if line.quote} == {text}


def test_a_deleted_interaction_ends_what_rested_on_it_and_nothing_else(room, critic):
    room.rates(critic, "love", 1, 0, 1)
    state(critic)
    before = current(critic)
    assert "love" in before
    delete_item(workspace=room.workspace, external_id="love-0")
    state(critic)
    after, old = current(critic), closed(critic)
    assert "love" not in after
    assert old["love"].superseded_by is None
    assert not Evidence.objects.filter(statement__tag__key="love", statement__user=critic).filter(
        interaction__item__external_id="love-0"
    )
    kept = {"crime", "acting", "travel"}
    assert {key: after[key][2:4] for key in kept} == {key: before[key][2:4] for key in kept}


@pytest.mark.parametrize(
    "stored",
    [
        {"polarity": -1},
        {"strength": 0.05},
        {"confidence": 0.05},
        {"level": Statement.Level.INFERRED},
        {"status": Statement.Status.PROPOSED},
    ],
)
def test_a_statement_that_differs_in_anything_told_is_superseded_alone(room, critic, stored):
    before = current(critic)
    Statement.objects.filter(pk=before["travel"][0]).update(**stored)
    room.raised(critic)
    state(critic)
    after = current(critic)
    assert after["travel"][0] != before["travel"][0]
    assert after.pop("travel")[2:] == before.pop("travel")[2:]
    assert after == before


def test_a_new_review_against_a_like_turns_it_and_leaves_the_others(room):
    user = room.reader()
    for number in range(3):
        room.writes(user, "crime", number, f"The acting of {number} is superb.", value=5)
    room.rates(user, "travel", 5, 0, 1, 2)
    state(user)
    before = current(user)
    for number in range(3, 8):
        room.writes(user, "crime", number, f"The acting of {number} is dreadful.", value=1)
    state(user)
    after = current(user)
    assert (before["crime"][2], before["acting"][2]) == (1, 1)
    assert after["crime"][0] != before["crime"][0]
    assert after["travel"][2] == before["travel"][2] == 1
    assert "acting" not in after or after["acting"][2] == -1

"""What an interaction says, asked of the database: the same as the formula of a portrait."""

import itertools

import numpy as np
import pytest
from django.db import connection

from profiles.modelling.strength import Kinds, signed
from profiles.models import Interaction, Kind, Reading, Review
from profiles.queries.company import load_company
from profiles.queries.liked import FEWEST_LIKES, list_liked_pairs
from profiles.queries.segments import standing_of
from profiles.queries.verdicts import SIGNED, verdicts
from tests.factories import make_interaction, make_item, make_review, make_tag, make_user
from tests.likeness.people import give_statement
from tests.recommendations.worlds import make_world, put_segment

STARS = {"value_middle": 3.0, "value_best": 5.0}
NAN = float("nan")


def make_kind(workspace, name, polarity, **scale):
    values = {"polarity": polarity, "weight": 0.5, "half_life_days": 30.0} | scale
    return Kind.objects.create(workspace=workspace, name=name, **values)


def put_reading(review: Review, sentiment: float) -> None:
    Reading.objects.create(
        workspace_id=review.workspace_id,
        review=review,
        sentiment=sentiment,
        confidence=0.8,
        safety=1.0,
        content_hash="",
        model="t",
        version="1",
    )


@pytest.fixture
def user(workspace):
    """One who did everything that can be done, by every kind there can be."""
    user, item = make_user(workspace), make_item(workspace)
    for number, (polarity, scale) in enumerate(itertools.product([-1, 0, 1], [{}, STARS])):
        kind = make_kind(workspace, f"kind {number}", polarity, **scale)
        for value, felt in itertools.product([None, 0.0, 3.0, 4.5, 9.0], [None, -0.5, 0.5]):
            review = make_review(user, item, "words", kind=kind.name, value=value)
            if felt is not None:
                put_reading(review, felt)
    return user


def expected(user, *, by_words: bool) -> dict[int, float]:
    rows = list(
        Interaction.objects.filter(user=user).values_list(
            "pk", "value", "kind__polarity", "kind__weight", "kind__half_life_days",
            "kind__value_middle", "kind__value_best", "review__reading__sentiment",
        )
    )  # fmt: skip
    pks, *columns = zip(*rows, strict=True)
    values, *kinds, felt = np.array(columns, dtype=np.float64)
    sentiment = felt if by_words else np.full(len(rows), NAN)
    said = signed(values, np.arange(len(rows)), Kinds(*kinds), sentiment=sentiment)
    return dict(zip(pks, said.tolist(), strict=True))


def test_the_database_says_what_the_formula_says(user):
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT met.id, {SIGNED} FROM profiles_interaction AS met
            JOIN profiles_kind AS kind ON kind.id = met.kind_id
            LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
        """)
        told = dict(cursor.fetchall())
    assert len(told) == 90
    assert told == pytest.approx(expected(user, by_words=True))


@pytest.mark.parametrize(("path", "rows"), [("", Interaction), ("interaction__", Review)])
def test_a_verdict_has_the_sign_of_what_the_user_did(user, path, rows):
    said = expected(user, by_words=False)
    for verdict, sign in zip(verdicts(path), (1, -1), strict=True):
        found = set(rows.objects.filter(verdict).values_list("pk", flat=True))
        assert found == {pk for pk, each in said.items() if np.sign(each) == sign}


def test_what_was_bought_and_rated_low_is_not_liked(workspace):
    user = make_user(workspace)
    make_kind(workspace, "bought", 1, **STARS)
    liked = [make_item(workspace) for _ in range(FEWEST_LIKES)]
    for item in liked:
        make_interaction(user, item, "bought")
    rued = make_item(workspace)
    make_interaction(user, rued, "bought", value=1.0)
    give_statement(user, make_tag(workspace, "gothic"), [], level="declared")
    found = {pair.item_id for pair in list_liked_pairs(workspace.pk)}
    assert found == {item.pk for item in liked}


def test_what_was_bought_and_not_rated_is_among_what_a_segment_took_to(db):
    world = make_world(size=2, readers=0)
    make_kind(world.workspace, "bought", 1, **STARS)
    users = [make_user(world.workspace) for _ in range(2)]
    segment = put_segment(world, users, "gothic")
    for user in users:
        make_interaction(user, world.gothic[0], "bought")
        make_interaction(user, world.gothic[1], "bought", value=1.0)
    found = {one.external_id: one.members for one in standing_of(segment, language="en").taken}
    assert found == {"g0": 2}


def test_a_value_off_any_scale_leaves_the_word_to_the_review(workspace):
    user, item = make_user(workspace), make_item(workspace)
    make_kind(workspace, "noted", 0)
    review = make_review(user, item, "Lovely.", kind="noted", value=7.0)
    put_reading(review, 0.9)
    assert load_company(workspace.pk).items.tolist() == [item.pk]

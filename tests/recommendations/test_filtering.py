"""What filters leave on a slate, and what boosts raise, from the real database."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Item
from recommendations.engine.blend import Blended
from recommendations.engine.boosts import boosted
from recommendations.filters import Filter, boosts_of
from recommendations.queries.filtering import condition_of, find_matching
from recommendations.queries.kept import forget_all
from recommendations.rows import SOURCES, SlateRequest
from recommendations.services import narrowing
from recommendations.services.checking import check_request
from recommendations.services.learning import learn
from recommendations.services.serving import next_slate, recommend
from tests.factories import make_item, make_tag, make_user, make_workspace
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_everything,
    put_factors,
    put_sequence,
    put_statement,
    put_tag,
    put_taste,
    put_vector,
)

pytestmark = pytest.mark.django_db
NOBODY = np.empty(0, dtype=np.int64)


@pytest.fixture
def shelf(db):
    """Six items that differ in everything that can be asked for."""
    workspace = make_workspace()
    field = make_tag(workspace, "crime", is_field=True)
    noir = make_tag(workspace, "noir", names={"en": "Noir", "zh": "黑色"}, parent=field)
    sea = make_tag(workspace, "sea")
    make_tag(workspace, "film noir", merged_into=noir)
    attributes = {
        "old": {"year": 1950, "genre": ["Drama", "Crime"], "size": "small"},
        "mid": {"year": 1985, "genre": "Drama", "seen": True},
        "new": {"year": 2010.0, "genre": []},
        "odd": {"year": "1985", "published": "1985-03-01"},
        "bare": {},
        "late": {"year": 2020},
    }
    items = {key: make_item(workspace, key, attributes=own) for key, own in attributes.items()}
    put_tag(items["old"], noir)
    put_tag(items["old"], sea)
    put_tag(items["mid"], sea)
    put_tag(items["new"], noir)
    Item.objects.filter(workspace=workspace).update(created_at=NOW - timedelta(days=100))
    Item.objects.filter(pk=items["late"].pk).update(
        created_at=NOW - timedelta(days=1),
        available_from=NOW - timedelta(days=1),
        available_until=NOW + timedelta(days=5),
    )
    return workspace


CASES = [
    ({"attribute": "year", "eq": 1985}, "mid"),
    ({"attribute": "year", "eq": 2010}, "new"),
    ({"attribute": "year", "gte": 1985, "lt": 2020}, "mid new"),
    ({"attribute": "year", "gt": 1985, "lte": 2020}, "new late"),
    ({"attribute": "published", "gte": "1985-01-01", "lt": "1986"}, "odd"),
    ({"attribute": "genre", "eq": "Drama"}, "old mid"),
    ({"attribute": "genre", "in": ["Crime", "War"]}, "old"),
    ({"attribute": "seen", "eq": True}, "mid"),
    ({"attribute": "year", "exists": False}, "bare"),
    ({"not": {"attribute": "year", "gte": 1985}}, "old odd bare"),
    ({"tags": ["NOIR"]}, "old new"),
    ({"tags": ["黑色"]}, "old new"),
    ({"tags": ["film noir"]}, "old new"),
    ({"tags": {"all": ["noir", "sea"]}}, "old"),
    ({"tags": {"any": ["sea"], "none": ["noir"]}}, "mid"),
    ({"tags": {"none": ["noir", "sea"]}}, "odd bare late"),
    ({"fields": ["crime"]}, "old new"),
    ({"fields": {"none": ["crime"]}}, "mid odd bare late"),
    ({"tags": ["nothing bears it"]}, ""),
    ({"created": {"gte": "2026-02-01"}}, "late"),
    ({"available_until": {"lt": "2026-04-01"}}, "late"),
    ({"available": {"at": "2026-03-20"}}, "old mid new odd bare"),
    ({"ids": ["old", "nobody's"]}, "old"),
    ({"or": [{"ids": ["bare"]}, {"tags": ["sea"]}]}, "old mid bare"),
    ({"and": [{"tags": ["sea"]}, {"attribute": "year", "lt": 1980}]}, "old"),
]


@pytest.mark.parametrize(("given", "names"), CASES)
def test_a_condition_fits_what_it_says(shelf, given, names):
    condition = condition_of(shelf.pk, Filter.parse(given))
    found = find_matching(shelf.pk, condition, NOBODY, 100, now=NOW)
    fitting = Item.objects.filter(pk__in=found.tolist()).values_list("external_id", flat=True)
    assert set(fitting) == set(names.split())


def test_attributes_with_any_letters_are_asked_for_as_they_are(shelf):
    name = 'it\'s %(now)s {odd} "$x" 年'
    make_item(shelf, "letters", attributes={name: 3})
    for given in ({"eq": 3}, {"gte": 2}, {"exists": True}):
        condition = condition_of(shelf.pk, Filter.parse({"attribute": name} | given))
        assert len(find_matching(shelf.pk, condition, NOBODY, 100, now=NOW)) == 1


def test_tags_of_another_workspace_are_not_meant(shelf):
    make_tag(make_workspace(), "alien")
    condition = condition_of(shelf.pk, Filter.parse({"tags": ["alien"]}))
    assert not len(find_matching(shelf.pk, condition, NOBODY, 100, now=NOW))


@pytest.fixture
def world(db):
    """Two shelves of sixty; every tenth travel book is rare, and nobody met t60 to t69 yet."""
    world = make_world(size=60, readers=3)
    learn(world.workspace.pk)
    put_everything(world)
    for number in range(60, 70):
        item = make_item(world.workspace, f"t{number}", title=f"Travel {number}")
        put_tag(item, world.tags["travel"])
        put_vector(item, world.space, [0.0, 1.0, 0.0])
    for item in Item.objects.filter(workspace=world.workspace):
        number = int(item.external_id[1:])
        rare = item.external_id[0] == "t" and number % 10 == 0
        Item.objects.filter(pk=item.pk).update(attributes={"rare": rare, "number": number})
    reader = find_user(world, "g1")
    put_statement(reader, world.tags["gothic"])
    put_taste(reader, world.space, [1.0, 0.0, 0.0])
    return world


def ask(world, user="g1", **body):
    request = SlateRequest.parse({"user": user} | body)
    return recommend(workspace=world.workspace, request=request, now=NOW)


def ids(slate):
    return [item.id for item in slate.items]


def codes(slate):
    return {warning.code for warning in slate.warnings}


RARE = {"attribute": "rare", "eq": True}
TRAVEL = {"tags": ["travel"]}


@pytest.mark.parametrize("known", [0, 5_000])
def test_a_narrow_filter_still_fills_the_list(world, monkeypatch, known):
    """Nothing of the reader's liking fits, and t60 is so new that no source knows it."""
    monkeypatch.setattr(narrowing, "MOST_KNOWN", known)
    slate = ask(world, filters=RARE, length=7)
    assert sorted(ids(slate)) == ["t0", "t10", "t20", "t30", "t40", "t50", "t60"]
    assert {one.code for one in slate.warnings} == {"cold_items"}, "t60"


@pytest.mark.parametrize("known", [0, 5_000])
@pytest.mark.parametrize("alone", SOURCES)
def test_every_source_looks_under_the_filter(world, monkeypatch, known, alone):
    monkeypatch.setattr(narrowing, "MOST_KNOWN", known)
    traveller = make_user(world.workspace, "new")
    put_statement(traveller, world.tags["travel"])
    put_taste(traveller, world.space, [0.0, 1.0, 0.0])
    read = find_user(world, "t2")
    for user in (traveller, read):
        slate = ask(world, user.external_id, filters=TRAVEL, sources=[alone], length=5)
        assert {one[0] for one in ids(slate)} <= {"t"}
    past = {"neighbours", "factors", "company", "sequence", "segment"}
    assert ids(ask(world, "t2" if alone in past else "new", sources=[alone]))


def test_pages_go_on_under_the_filter(world):
    first = ask(world, filters=TRAVEL, length=30)
    second = next_slate(workspace=world.workspace, slate_id=first.id, now=NOW)
    third = next_slate(workspace=world.workspace, slate_id=second.id, now=NOW)
    shown = [*ids(first), *ids(second), *ids(third)]
    assert {one[0] for one in shown} == {"t"}
    assert len(shown) == len(set(shown)) == 70
    assert "short" in codes(third)


def test_where_nothing_fits_a_strict_request_gets_nothing_and_others_all(world):
    nothing = {"attribute": "number", "gt": 1_000}
    strict = ask(world, filters=nothing)
    assert ids(strict) == []
    assert codes(strict) >= {"nothing_fits", "short"}
    easy = ask(world, filters=nothing, strict=False)
    assert ids(easy) == ids(ask(world))
    assert codes(easy) == {"filters_dropped"}


def refuse(user, tag):
    return put_statement(user, tag, polarity=-1, strength=1.0)


@pytest.mark.parametrize("known", [0, 5_000])
def test_where_all_that_fits_is_refused_nothing_fits(world, monkeypatch, known):
    monkeypatch.setattr(narrowing, "MOST_KNOWN", known)
    reader = make_user(world.workspace, "refusing")
    put_statement(reader, world.tags["gothic"])
    refuse(reader, world.tags["travel"])
    strict = ask(world, "refusing", filters=TRAVEL)
    assert ids(strict) == []
    assert codes(strict) >= {"nothing_fits", "short"}
    easy = ask(world, "refusing", filters=TRAVEL, strict=False)
    assert "filters_dropped" in codes(easy)
    assert {one[0] for one in ids(easy)} == {"g"}


@pytest.mark.parametrize("known", [4, 5_000])
def test_a_list_is_filled_up_for_who_refuses_something_too(world, monkeypatch, known):
    """Nothing that the source names fits, and of what fits half is refused."""
    monkeypatch.setattr(narrowing, "MOST_KNOWN", known)
    scarce = make_tag(world.workspace, "scarce")
    for number in range(60, 65):
        put_tag(Item.objects.get(workspace=world.workspace, external_id=f"t{number}"), scarce)
    fresh = {"attribute": "number", "gte": 60}
    alike = {"filters": fresh, "sources": ["neighbours", "popular"], "length": 5}
    assert len(ids(ask(world, **alike))) == 5
    refuse(find_user(world, "g1"), scarce)
    assert sorted(ids(ask(world, **alike))) == ["t65", "t66", "t67", "t68", "t69"]


def test_filters_cost_one_query_more_where_something_is_refused(world):
    refuse(find_user(world, "g1"), make_tag(world.workspace, "scarce"))
    assert count_queries(world, filters=RARE) == count_queries(world) + 2


def test_one_boost_turns_the_list_and_its_reasons_stay_facts(world):
    assert ids(ask(world, length=10))[0] == "g1"
    after = ask(world, length=10, boosts=[{"filter": {"ids": ["t50"]}, "factor": 100}])
    assert ids(after)[0] == "t50"
    shares = [sum(reason["share"] for reason in item.reasons) for item in after.items]
    assert max(shares) <= 1.001


def test_a_boost_never_lowers_what_is_disliked():
    blended = Blended(
        items=np.array([7, 3, 5]),
        scores=np.array([1.0, 0.5, -0.4], dtype=np.float32),
        parts=np.array([[1.0, 0.0], [0.2, 0.3], [0.0, -0.4]], dtype=np.float32),
        sources=("a", "b"),
    )
    raised = boosted(blended, np.array([3, 5, 7]), np.array([4.0, 2.0, 1.0], dtype=np.float32))
    assert raised.items.tolist() == [3, 7, 5]
    assert raised.scores.tolist() == pytest.approx([2.0, 1.0, -0.2])
    assert np.allclose(raised.parts.sum(axis=1), raised.scores)


def count_queries(world, **body):
    forget_all()
    with CaptureQueriesContext(connection) as queries:
        ask(world, length=5, **body)
    return len([one for one in queries if "SAVEPOINT" not in (one["sql"] or "")])


def test_filters_and_boosts_cost_a_query_each_and_one_where_they_name_tags(world):
    plain = count_queries(world)
    boosts = [{"filter": RARE, "factor": 2}, {"filter": TRAVEL, "factor": 0.5}]
    assert count_queries(world, filters=RARE) == plain + 1
    assert count_queries(world, boosts=boosts[:1]) == plain + 1
    assert count_queries(world, filters=TRAVEL) == plain + 2
    assert count_queries(world, filters=TRAVEL, boosts=boosts) == plain + 4


def test_that_much_fits_is_remembered_but_not_what_fits(world, monkeypatch):
    monkeypatch.setattr(narrowing, "MOST_KNOWN", 0)
    forget_all()
    first = ask(world, filters=RARE, length=7)
    assert ids(ask(world, filters=RARE, length=7)) == ids(first)
    Item.objects.filter(workspace=world.workspace, external_id="t20").update(
        attributes={"rare": False}
    )
    again = ask(world, filters=RARE, length=7)
    assert sorted(ids(again)) == ["t0", "t10", "t30", "t40", "t50", "t60"]


def test_a_filter_that_much_fits_costs_nothing_more_the_next_time(world, monkeypatch):
    monkeypatch.setattr(narrowing, "MOST_KNOWN", 5)
    put_factors(world, 0.0)  # they would read where the items stand the first time, too
    put_sequence(world, 0.0)
    counts = []
    forget_all()
    ask(world, filters={"attribute": "number", "gte": 1}, length=5)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            ask(world, filters=TRAVEL, length=5)
        counts.append(len(queries))
    assert counts[1] == counts[0] - 1


def test_a_check_says_what_would_match(world):
    body = {
        "filters": {"and": [RARE, {"attribute": "numbr", "exists": False}]},
        "boosts": [{"filter": TRAVEL, "factor": 2}, {"filter": {"ids": ["g1"]}, "factor": 2}],
    }
    checked = check_request(workspace=world.workspace, body=body, now=NOW)
    assert (checked.available, checked.matching, checked.boosted) == (130, 7, (70, 1))
    [warning] = checked.warnings
    assert warning.message == "Nothing that is to be had has the attribute 'numbr'."


def test_a_check_of_what_cannot_be_used_names_it(world):
    body = {"filters": {"attribute": "year", "gte": []}}
    checked = check_request(workspace=world.workspace, body=body, now=NOW)
    assert checked.problem["field"] == "filters.gte"
    assert checked.problem["value"] == "[]"
    assert checked.matching is None


def test_boosts_multiply(world):
    boosts = boosts_of([{"filter": TRAVEL, "factor": 2}, {"filter": RARE, "factor": 3}])
    items = np.array(sorted(item.pk for item in (world.travel[0], world.travel[1])))
    found = narrowing.load_factors(world.workspace.pk, boosts, items)
    assert sorted(found.tolist()) == [2.0, 6.0]

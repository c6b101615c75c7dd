"""What the language of filters takes, and how it refuses the rest."""

import pytest

from core.errors import InvalidError
from recommendations.filters import (
    MOST_BOOSTS,
    AttributeIs,
    AttributeRange,
    Filter,
    Joined,
    Words,
    boosts_of,
)
from recommendations.rows import SlateRequest


def nested(depth):
    value = {"ids": ["a"]}
    for _ in range(depth - 1):
        value = {"not": value}
    return value


def test_a_tree_of_conditions_is_read():
    given = {
        "and": [
            {"attribute": "year", "gte": 1990, "lt": 2000},
            {"or": [{"attribute": "genre", "in": ["Drama", "War"]}, {"tags": ["noir"]}]},
            {"not": {"fields": {"none": ["horror"]}}},
        ]
    }
    root = Filter.parse(given).root
    assert isinstance(root, Joined)
    years, either, negated = root.parts
    assert years == AttributeRange("year", {"gte": 1990, "lt": 2000})
    assert either.parts == (AttributeIs("genre", ("Drama", "War")), Words("tags", any=("noir",)))
    assert negated == Joined("not", (Words("fields", none=("horror",)),))


@pytest.mark.parametrize(
    ("given", "path", "remedy"),
    [
        ("year", "filters", "give an object with one condition."),
        ({}, "filters", "give exactly one of attribute, tags,"),
        ({"tags": ["a"], "ids": ["b"]}, "filters", "give exactly one of"),
        ({"tags": ["a"], "x": 1}, "filters", 'give "tags" alone'),
        ({"attribute": ""}, "filters.attribute", "give the name of an attribute."),
        ({"attribute": "year"}, "filters", "give one of eq, in, exists, or bounds"),
        ({"attribute": "year", "eq": 1, "gte": 1}, "filters", "give one of eq, in, exists"),
        ({"attribute": "year", "eq": None}, "filters.eq", "ask for what is missing by exists."),
        ({"attribute": "year", "in": []}, "filters.in", "give a list of one value or more."),
        ({"attribute": "year", "gte": True}, "filters.gte", "give a number or a text."),
        ({"attribute": "year", "gte": 1, "lte": "b"}, "filters", "give bounds of one type"),
        ({"attribute": "year", "exists": 1}, "filters.exists", "give true or false."),
        ({"tags": {"some": ["a"]}}, "filters.tags", "give a list, or lists under any, all, none."),
        ({"tags": {"any": [""]}}, "filters.tags.any[0]", "give text of 1 to 200 characters."),
        ({"created": {"gte": "soon"}}, "filters.created.gte", "send ISO 8601"),
        ({"created": {"gte": None}}, "filters.created.gte", "send ISO 8601"),
        ({"available": True}, "filters.available", 'give {"at":'),
        ({"and": [{"ids": ["a"]}, 7]}, "filters.and[1]", "give an object with one condition."),
        ({"and": []}, "filters.and", "give a list of one condition or more."),
        ({"not": [{"ids": ["a"]}]}, "filters.not", "give an object with one condition."),
        (nested(7), "filters" + ".not" * 6, "nest conditions at most 6 deep."),
        ({"or": [{"ids": ["a"]}] * 50}, "filters.or[49]", "give at most 50 conditions"),
        ({"ids": ["a"] * 1_001}, "filters.ids", "give at most 1000."),
    ],
)
def test_a_wrong_filter_names_path_value_and_remedy(given, path, remedy):
    with pytest.raises(InvalidError) as refused:
        Filter.parse(given)
    assert refused.value.details["field"] == path
    assert "value" in refused.value.details
    assert remedy in refused.value.message


def test_the_largest_filter_is_taken():
    Filter.parse(nested(6))
    Filter.parse({"or": [{"ids": ["a"]}] * 49})


def test_values_are_counted_over_the_whole_request():
    named = {"ids": ["a"] * 400}
    sets = {"tags": {"any": ["a"] * 150, "all": ["b"] * 150, "none": ["c"] * 100}}
    boost = {"filter": {"attribute": "year", "in": [1990] * 200}, "factor": 2}
    body = {"filters": {"and": [named, sets]}, "boosts": [boost]}
    SlateRequest.parse(body)
    with pytest.raises(InvalidError) as refused:
        SlateRequest.parse(body | {"boosts": [boost, boost]})
    assert refused.value.details["field"] == "boosts[1].filter"
    assert refused.value.details["value"] == "1200 values"
    assert "give at most 1000 in all filters and boosts of a request." in refused.value.message
    with pytest.raises(InvalidError):
        Filter.parse({"or": [{"ids": ["a"] * 501}] * 2})


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"filter": {"ids": ["a"]}, "factor": 2}, "boosts"),
        ([{"filter": {"ids": ["a"]}}], "boosts[0]"),
        ([{"filter": {"ids": ["a"]}, "factor": 0}], "boosts[0].factor"),
        ([{"filter": {"ids": ["a"]}, "factor": 101}], "boosts[0].factor"),
        ([{"filter": {"ids": ["a"]}, "factor": True}], "boosts[0].factor"),
        ([{"filter": {"ids": []}, "factor": 2}], "boosts[0].filter.ids"),
        ([{"filter": {"ids": ["a"]}, "factor": 2}] * (MOST_BOOSTS + 1), "boosts"),
    ],
)
def test_a_wrong_boost_names_its_path(given, path):
    with pytest.raises(InvalidError) as refused:
        boosts_of(given)
    assert refused.value.details["field"] == path


def test_filters_and_boosts_survive_being_stored():
    body = {
        "filters": {"not": {"created": {"gte": "2026-01-01"}}},
        "boosts": [{"filter": {"tags": ["noir"]}, "factor": 1.5}],
        "strict": False,
    }
    request = SlateRequest.parse(body)
    assert request.as_json() | body == request.as_json()
    assert SlateRequest.parse(request.as_json()) == request

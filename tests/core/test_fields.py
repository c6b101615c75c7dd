import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from catalog.rows import ItemIn
from core import fields
from core.errors import InvalidError
from core.rows import RowResult, shown
from profiles.rows import InteractionIn, UserIn

NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
A_LIKE = {"user": "ann", "item": "emma", "kind": "like"}


def refusal(parse, row) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        parse(row)
    return caught.value


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2024-05-31T12:00:00Z", NOON),
        ("2024-05-31T14:00:00+02:00", NOON),
        ("2024-05-31 12:00:00", NOON),
        ("2024-05-31", NOON - timedelta(hours=12)),
        (1717156800, NOON),
        (1717156800000, NOON),
        (1717156800.5, NOON + timedelta(seconds=0.5)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_moment_is_read_from_iso_or_unix_time(sent, read):
    assert fields.moment({"at": sent}, "at") == read


@pytest.mark.parametrize("sent", ["yesterday", "", True, [], "1066-10-14", 1e300, float("nan")])
def test_what_is_no_moment_is_refused_by_name(sent):
    error = refusal(lambda row: fields.moment(row, "at"), {"at": sent})
    assert error.details["field"] == "at"
    assert error.message.startswith("at is ")


@pytest.mark.parametrize("sent", [float("inf"), float("nan"), 10**400, "4", True, [4]])
def test_only_finite_numbers_are_numbers(sent):
    error = refusal(InteractionIn.parse, A_LIKE | {"value": sent})
    assert error.details["field"] == "value"


def test_zero_is_a_value():
    assert InteractionIn.parse(A_LIKE | {"value": 0}).value == 0.0


@pytest.mark.parametrize("field", ["user", "item", "kind"])
@pytest.mark.parametrize("sent", [None, "", "   ", 1.5, "a\nb", "x" * 201, True, "\x00"])
def test_an_interaction_without_a_usable_id_is_refused(field, sent):
    error = refusal(InteractionIn.parse, A_LIKE | {field: sent})
    assert error.details["field"] == field


def test_a_number_serves_as_an_id_and_spaces_do_not_count():
    assert UserIn.parse({"id": 7}).id == "7"
    assert UserIn.parse({"id": " 7 "}).id == "7"


def test_tags_are_kept_once_and_in_order():
    assert ItemIn.parse({"id": "1", "tags": ["b", " a", "b", ""]}).tags == ("b", "a")


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("tags", "drama"),
        ("tags", [1]),
        ("tags", ["x" * 201]),
        ("tags", ["x"] * 201),
        ("attributes", [1]),
        ("attributes", {"a": float("nan")}),
        ("attributes", {"a": "\x00"}),
        ("attributes", {"a": "\ud800"}),
        ("attributes", {"a": "x" * 50_000}),
        ("title", 12),
        ("title", "x" * 1_001),
        ("text", "half \ud800 a pair"),
        ("text", "x" * 100_001),
        ("is_available", "yes"),
        ("available_until", "soon"),
    ],
)
def test_an_item_with_a_wrong_field_is_refused_by_that_field(field, sent):
    error = refusal(ItemIn.parse, {"id": "1", field: sent})
    assert error.details["field"] == field
    assert len(error.details["value"]) <= 80


def test_an_item_cannot_stop_being_available_before_it_starts():
    row = {"id": "1", "available_from": "2024-02-01", "available_until": "2024-01-01"}
    assert refusal(ItemIn.parse, row).details["field"] == "available_until"


def test_the_refusal_says_what_to_do():
    error = refusal(InteractionIn.parse, A_LIKE | {"value": "four"})
    assert error.message == "value is 'four': send a number."
    assert RowResult.rejected("9", error) == RowResult(
        "9", "rejected", "invalid", "value is 'four': send a number.", "value", "four"
    )


def test_a_shown_value_is_short_and_printable():
    assert shown("\ud800" + "x" * 100) == "\\ud800" + "x" * 73 + "…"
    assert shown([1, "a"]) == "[1, 'a']"


def test_the_order_of_attributes_does_not_change_an_item():
    one = ItemIn.parse({"id": "1", "attributes": {"a": 1, "b": 2}})
    other = ItemIn.parse({"attributes": {"b": 2, "a": 1}, "id": "1"})
    assert one.source_hash == other.source_hash
    assert one.source_hash != ItemIn.parse({"id": "1", "attributes": {"a": 1}}).source_hash


def test_an_event_is_known_by_its_moment_whatever_the_zone():
    utc = InteractionIn("ann", "emma", "like", happened_at=NOON)
    east = InteractionIn(
        "ann", "emma", "like", happened_at=NOON.astimezone(timezone(timedelta(hours=8)))
    )
    assert utc.event_key == east.event_key


def test_the_text_makes_another_event_and_the_value_does_not():
    plain = InteractionIn("ann", "emma", "review", happened_at=NOON)
    assert (
        plain.event_key
        != InteractionIn("ann", "emma", "review", text="Witty.", happened_at=NOON).event_key
    )
    assert (
        plain.event_key
        == InteractionIn("ann", "emma", "review", value=4.0, happened_at=NOON).event_key
    )


def test_an_event_id_is_all_that_counts_where_there_is_one():
    one = InteractionIn("ann", "emma", "review", text="Witty.", event_id="e1")
    assert one.event_key == InteractionIn("bob", "ivanhoe", "like", event_id="e1").event_key
    assert one.event_key != InteractionIn("ann", "emma", "review", event_id="e2").event_key


def test_unknown_fields_are_named_and_do_not_stop_a_row():
    row = A_LIKE | {"valeu": 4, "colour": "red"}
    assert fields.unknown_fields(row, InteractionIn) == ["colour", "valeu"]
    assert InteractionIn.parse(row).value is None
    assert fields.unknown_fields(A_LIKE, InteractionIn) == []


def test_a_slate_is_named_by_its_uuid():
    slate = uuid.UUID("6a1f3f0e-8d0c-5d5e-9a53-2f8f6a5b7c12")
    assert InteractionIn.parse(A_LIKE | {"slate_id": str(slate)}).slate_id == slate
    error = refusal(InteractionIn.parse, A_LIKE | {"slate_id": "slate 1"})
    assert error.details["field"] == "slate_id"

"""What an encoder is trained on: what is believed of users, against what they took to."""

import pytest

from profiles.models import Statement
from profiles.queries.liked import list_liked_pairs
from tests.factories import make_interaction, make_item, make_tag, make_user
from tests.likeness.people import give_statement


@pytest.fixture
def items(workspace) -> list:
    return [make_item(workspace, f"book-{number}") for number in range(4)]


@pytest.fixture
def user(workspace, items):
    user = make_user(workspace, "ada")
    for item in items[:3]:
        make_interaction(user, item)
    return user


def said_about(items: list) -> dict[str, str]:
    names = {item.pk: item.external_id for item in items}
    workspace_id = items[0].workspace_id
    return {names[pair.item_id]: pair.said for pair in list_liked_pairs(workspace_id)}


def test_what_is_said_are_statements_that_stand_without_the_item(workspace, user, items):
    give_statement(user, make_tag(workspace, "gothic"), items[:3], strength=0.9)
    give_statement(user, make_tag(workspace, "travel"), items[1:3], strength=0.5)
    assert said_about(items) == {
        "book-0": "gothic, travel",
        "book-1": "gothic",
        "book-2": "gothic",
    }


def test_one_who_says_it_themselves_needs_no_grounds(workspace, user, items):
    give_statement(user, make_tag(workspace, "poetry"), [], level=Statement.Level.DECLARED)
    assert set(said_about(items).values()) == {"poetry"}


@pytest.mark.parametrize(
    "how",
    [
        {"polarity": -1},
        {"status": Statement.Status.PROPOSED},
        {"status": Statement.Status.REJECTED},
        {"level": Statement.Level.LATENT},
        {"is_hidden": True},
    ],
)
def test_what_is_not_in_use_is_not_said(workspace, user, items, how):
    give_statement(user, make_tag(workspace, "gothic"), items[:3], **how)
    assert said_about(items) == {}

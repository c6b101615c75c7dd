import pytest

from catalog.models import Tag
from core.errors import ConflictError
from profiles.models import Interaction, Statement, User
from profiles.queries.due import users_to_state
from profiles.services import corrections
from profiles.services.statements import state_users
from profiles.services.users import raise_evidence
from tests.profiles.readers import NOW, Room

pytestmark = pytest.mark.django_db
Status = Statement.Status
# What undoing may not leave changed of a statement.
KEPT = [
    field.attname for field in Statement._meta.concrete_fields if field.attname not in {"before"}
]


@pytest.fixture
def user(workspace):
    users = Room(workspace).crowd(24)
    state_users(workspace.pk, [user.pk for user in users], now=NOW)
    return users[0]


@pytest.fixture
def statement(user):
    return Statement.objects.get(user=user, tag__key="crime", valid_until=None)


def rows(user):
    return list(Statement.objects.filter(user=user).order_by("pk").values(*KEPT))


def declare(user, word="crime", polarity=-1):
    return corrections.declare(user=user, tag_key_or_name=word, polarity=polarity)


@pytest.mark.parametrize(
    "change", [corrections.confirm, corrections.reject, corrections.pin, corrections.hide]
)
def test_a_correction_undone_leaves_the_statement_as_it_was(user, statement, change):
    before = rows(user)
    change(statement=statement)
    assert rows(user) != before
    assert corrections.undo(statement=statement) == statement
    assert rows(user) == before


def test_what_a_declaration_put_aside_holds_again_and_it_is_gone(user, statement):
    before = rows(user)
    declared = declare(user)
    assert corrections.undo(statement=declared) == statement
    assert rows(user) == before


def test_a_declaration_about_something_new_leaves_nothing_behind(user):
    before = rows(user)
    declared = declare(user, "slow trains", 1)
    assert corrections.undo(statement=declared) is None
    assert rows(user) == before
    assert not Tag.objects.filter(key="slow trains").exists()


def test_a_word_that_others_hold_too_stays(user):
    for other in User.objects.filter(workspace=user.workspace)[1:4]:
        corrections.declare(user=other, tag_key_or_name="slow trains", polarity=1)
    corrections.undo(statement=declare(user, "slow trains", 1))
    assert Tag.objects.filter(key="slow trains").exists()


def test_declarations_are_undone_one_after_the_other(user, statement):
    before = rows(user)
    first, second = declare(user), declare(user, polarity=1)
    assert corrections.undo(statement=second) == first
    assert corrections.undo(statement=first) == statement
    assert rows(user) == before


def test_a_rejected_declaration_is_undone_in_two_steps(user, statement):
    before = rows(user)
    declared = declare(user)
    corrections.reject(statement=declared)
    assert corrections.undo(statement=declared).status == Status.ACTIVE
    assert corrections.undo(statement=declared) == statement
    assert rows(user) == before


def test_what_nobody_said_cannot_be_undone_and_nothing_twice(statement):
    with pytest.raises(ConflictError):
        corrections.undo(statement=statement)
    corrections.pin(statement=statement)
    corrections.undo(statement=statement)
    with pytest.raises(ConflictError):
        corrections.undo(statement=statement)


def test_what_was_superseded_cannot_be_undone(user, statement):
    corrections.pin(statement=statement)
    declare(user)
    with pytest.raises(ConflictError):
        corrections.undo(statement=statement)


def test_what_became_known_meanwhile_is_taken_in(user, statement):
    declared = declare(user)
    Interaction.objects.filter(user=user).delete()
    raise_evidence([user.pk])
    state_users(user.workspace_id, [user.pk], now=NOW)
    corrections.undo(statement=declared)
    assert users_to_state(user.workspace_id).filter(pk=user.pk).exists()
    state_users(user.workspace_id, [user.pk], now=NOW)
    statement.refresh_from_db()
    assert statement.valid_until is not None

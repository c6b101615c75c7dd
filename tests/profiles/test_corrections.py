import json

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder

from accounts.models import Account, Workspace
from catalog.models import Tag
from core.errors import ConflictError, InvalidError, NotFoundError
from profiles.models import Interaction, ProfileVector, Segment, Statement, User
from profiles.queries.due import users_to_describe, users_to_state
from profiles.queries.holdings import holdings_of
from profiles.queries.portraits import portrait_of
from profiles.services import corrections
from profiles.services.descriptions import describe_to, describe_users
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from profiles.services.users import raise_evidence
from recommendations.models import Slate
from tests.factories import make_tag, make_workspace
from tests.profiles.readers import NOW, Room

pytestmark = pytest.mark.django_db
Status = Statement.Status


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(24)
    refresh(workspace)
    return room


def refresh(workspace: Workspace) -> None:
    ids = list(User.objects.filter(workspace=workspace).values_list("pk", flat=True))
    state_users(workspace.pk, ids, now=NOW)
    taste_users(workspace.pk, ids, now=NOW)
    segment_users(workspace.pk)
    describe_users(workspace.pk, ids)


@pytest.fixture
def user(room) -> User:
    return User.objects.get(external_id="crowd-0")


@pytest.fixture
def statement(user) -> Statement:
    return Statement.objects.get(user=user, tag__key="crime", valid_until=None)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (corrections.confirm, "status", Status.ACTIVE),
        (corrections.reject, "status", Status.REJECTED),
        (corrections.pin, "status", Status.PINNED),
    ],
)
def test_a_correction_is_kept_with_who_made_it_and_the_portrait_follows(
    statement, change, field, value
):
    account = Account.objects.create(username="curator")
    before = User.objects.get(pk=statement.user_id)
    changed = change(statement=statement, account=account)
    statement.refresh_from_db()
    assert getattr(changed, field) == getattr(statement, field) == value
    assert statement.reviewed_by == account
    after = User.objects.get(pk=statement.user_id)
    assert after.portrait_revision == before.portrait_revision + 1
    assert users_to_describe(after.workspace_id).filter(pk=after.pk).exists()


def test_what_is_hidden_is_not_used_and_not_taken_for_a_review(user, statement):
    before = User.objects.get(pk=user.pk).portrait_revision
    corrections.hide(statement=statement)
    assert User.objects.get(pk=user.pk).portrait_revision == before + 1
    shown = portrait_of(user, with_hidden=True)
    assert statement.pk in {one.id for one in shown.statements}
    assert statement.pk not in {one.id for one in [*shown.in_use, *shown.proposed]}
    assert "crime" not in describe_to(user, "en")
    corrections.unhide(statement=statement)
    back = next(one for one in portrait_of(user).in_use if one.id == statement.pk)
    assert not back.is_reviewed


def test_what_was_hidden_and_shown_again_still_ends_with_its_evidence(user, statement):
    corrections.hide(statement=statement)
    corrections.unhide(statement=statement)
    Interaction.objects.filter(user=user).delete()
    raise_evidence([user.pk])
    state_users(user.workspace_id, [user.pk], now=NOW)
    statement.refresh_from_db()
    assert statement.valid_until is not None


@pytest.mark.parametrize("change", [corrections.pin, corrections.hide])
def test_the_same_correction_twice_is_one(statement, change):
    change(statement=statement)
    before = User.objects.get(pk=statement.user_id).portrait_revision
    change(statement=statement)
    assert User.objects.get(pk=statement.user_id).portrait_revision == before


def test_a_superseded_statement_cannot_be_corrected(statement):
    corrections.declare(user=statement.user, tag_key_or_name="crime", polarity=-1)
    with pytest.raises(ConflictError):
        corrections.confirm(statement=statement)


def test_declaring_supersedes_and_repeating_changes_nothing(user, statement):
    new = corrections.declare(user=user, tag_key_or_name=" CRIME ", polarity=-1)
    statement.refresh_from_db()
    assert statement.superseded_by == new
    assert (new.level, new.status, new.confidence) == ("declared", Status.ACTIVE, 1.0)
    assert corrections.declare(user=user, tag_key_or_name="crime", polarity=-1) == new


def test_a_new_word_becomes_a_tag_of_the_vocabulary(user):
    declared = corrections.declare(user=user, tag_key_or_name="Slow Trains", polarity=1)
    assert (declared.tag.key, declared.tag.source) == ("slow trains", "user")


def test_a_word_that_means_what_a_tag_means_is_that_tag(user):
    tag = make_tag(user.workspace, "romantic comedy")
    declared = corrections.declare(user=user, tag_key_or_name="RomCom", polarity=1)
    assert declared.tag == tag
    assert not Tag.objects.filter(key="romcom").exists()


def test_a_word_that_means_what_one_user_alone_said_stays_a_tag_of_its_own(user):
    other = User.objects.get(external_id="crowd-1")
    theirs = corrections.declare(user=other, tag_key_or_name="romantic comedy", polarity=1)
    assert theirs.tag.source == Tag.Source.USER
    mine = corrections.declare(user=user, tag_key_or_name="romcom", polarity=1)
    assert mine.tag != theirs.tag


@pytest.mark.parametrize(
    ("words", "polarity", "strength"), [("crime", 0, 0.9), ("crime", 1, 1.5), ("...", 1, 0.9)]
)
def test_what_cannot_be_declared_is_refused(user, words, polarity, strength):
    with pytest.raises(InvalidError):
        corrections.declare(user=user, tag_key_or_name=words, polarity=polarity, strength=strength)


def test_pausing_takes_the_taste_away_and_resuming_makes_everything_due(user):
    assert ProfileVector.objects.filter(user=user).exists()
    size = Segment.objects.get(profiles__user=user).size
    segment = Segment.objects.get(profiles__user=user)
    corrections.pause(user=user)
    assert not ProfileVector.objects.filter(user=user).exists()
    assert Segment.objects.get(pk=segment.pk).size == size - 1
    assert not users_to_state(user.workspace_id).filter(pk=user.pk).exists()
    corrections.resume(user=user)
    assert users_to_state(user.workspace_id).filter(pk=user.pk).exists()


def test_erasing_leaves_nothing_of_the_user_and_everything_of_the_others(room, user):
    room.writes(user, "travel", 7, "The acting is superb.", value=5)
    refresh(room.workspace)
    corrections.declare(user=user, tag_key_or_name="travel", polarity=-1)
    first = Slate.objects.create(workspace=room.workspace, user=user, item_ids=[1], scores=[1.0])
    Slate.objects.create(
        workspace=room.workspace, user=user, item_ids=[2], scores=[1.0], previous=first
    )
    before = {model: model._default_manager.count() for model in apps.get_models()}
    held = {label: rows.count() for label, rows in holdings_of(user).items()}
    receipt = corrections.erase(user=user)
    assert receipt.pop("catalog.tag") == {"before": 0, "after": 0}
    after = {model: model._default_manager.count() for model in apps.get_models()}
    assert {label: each["before"] for label, each in receipt.items()} == held
    assert {each["after"] for each in receipt.values()} == {0}
    assert held["recommendations.slate"] == 2
    for name in ("user", "interaction", "review", "reading", "statement", "evidence", "profile"):
        assert held[f"profiles.{name}"] > 0, name
    gone = {model._meta.label_lower: before[model] - after[model] for model in after}
    assert {label: count for label, count in gone.items() if count} == {
        label: count for label, count in held.items() if count
    }
    with pytest.raises(NotFoundError):
        corrections.erase(user=user)


def test_every_table_about_a_user_is_held_and_others_rows_are_not(user):
    held = holdings_of(user)
    direct = {
        model._meta.label_lower
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is User
    }
    assert direct <= held.keys()
    other = User.objects.get(external_id="crowd-1")
    for label, rows in held.items():
        assert not set(rows) & set(holdings_of(other)[label]), label


def test_an_export_is_plain_values_of_every_row(user):
    told = json.loads(json.dumps(corrections.export(user), cls=DjangoJSONEncoder))
    assert told["profiles.user"][0]["external_id"] == "crowd-0"
    assert len(told["profiles.interaction"]) == 8
    assert len(told["profiles.profilevector"][0]["vector"]) == 3


def test_another_workspace_has_its_own_declared_tags(user):
    stranger = User.objects.create(workspace=make_workspace(), external_id="crowd-0")
    mine = corrections.declare(user=user, tag_key_or_name="crime", polarity=1)
    theirs = corrections.declare(user=stranger, tag_key_or_name="crime", polarity=1)
    assert mine.tag != theirs.tag

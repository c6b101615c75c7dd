import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Space
from profiles.models import Profile, ProfileVector, User
from profiles.queries.due import segments_due, users_to_describe, users_to_taste
from profiles.queries.members import members_of
from profiles.queries.portraits import portrait_of
from profiles.queries.segments import list_segments
from profiles.services import corrections
from profiles.services.descriptions import describe_users
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from tests.profiles.readers import NOW, START, Room
from tests.profiles.test_corrections import refresh

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(30)
    refresh(workspace)
    return room


@pytest.fixture
def user(room) -> User:
    return User.objects.get(external_id="crowd-0")


def test_a_portrait_tells_likes_dislikes_evidence_and_segment(user):
    portrait = portrait_of(user)
    assert [view.tag for view in portrait.likes] == ["crime"]
    assert [view.tag for view in portrait.dislikes] == ["love"]
    (like,) = portrait.likes
    assert {view.item for view in like.evidence} == {f"crime-{number}" for number in range(5)}
    assert all(view.weight > 0 for view in like.evidence)
    assert "crime" in portrait.description
    assert portrait.segment.name == "crime"
    assert portrait.behaviour["kinds"] == {"rate": 8}
    assert (portrait.counts.interactions, portrait.counts.items) == (8, 8)


def test_a_portrait_in_chinese_uses_the_chinese_names(room, user):
    room.tags["crime"].names = {"en": "crime", "zh": "罪案"}
    room.tags["crime"].save()
    assert portrait_of(user, language="zh-hans").likes[0].name == "罪案"


def test_the_portrait_of_a_past_day_is_what_was_believed_then(room, user):
    corrections.reject(statement=user.statements.get(tag__key="love"))
    room.rates(user, "crime", 1, 5, 6, 7, after_days=1_500)
    state_users(room.workspace.pk, [user.pk], now=LATER)
    then = portrait_of(user, as_of=NOW + timedelta(hours=1))
    assert [view.tag for view in then.likes] == ["crime"]
    assert then.description == ""
    assert portrait_of(user, as_of=START - timedelta(days=1)).statements == ()
    assert "love" not in {view.tag for view in portrait_of(user).statements}
    assert "love" in {view.tag for view in portrait_of(user, with_hidden=True).statements}


def test_a_hidden_statement_is_shown_to_nobody_but_staff(user):
    corrections.hide(statement=user.statements.get(tag__key="crime"))
    describe_users(user.workspace_id, [user.pk])
    assert portrait_of(user).likes == []
    assert "crime" not in portrait_of(user).description
    for_staff = portrait_of(user, with_hidden=True)
    assert [view.tag for view in for_staff.statements if view.polarity > 0] == ["crime"]
    assert for_staff.likes == []


@pytest.mark.parametrize("more", [0, 40])
def test_a_portrait_takes_five_queries_whatever_its_size(room, user, more):
    for number in range(more):
        corrections.declare(user=user, tag_key_or_name=f"tag {number}", polarity=1)
    with CaptureQueriesContext(connection) as context:
        portrait = portrait_of(user)
    assert len(portrait.statements) == 2 + more
    assert len(context) == 5


def test_taste_points_to_what_is_liked_and_away_from_what_is_not(room, user):
    vectors = {each.slot: each for each in ProfileVector.objects.filter(user=user)}
    assert list(vectors[0].vector) == [1, 0, 0]
    assert list(vectors[-1].vector) == [0, 1, 0]
    assert vectors[-1].weight == pytest.approx(-3 / 8, abs=0.03)  # three of eight, fading alike
    assert not users_to_taste(room.workspace.pk).exists()


def test_without_an_active_space_nobody_waits_for_a_taste(workspace):
    room = Room(workspace)
    room.crowd(2)
    assert not users_to_taste(workspace.pk).exists()
    assert taste_users(workspace.pk, [1], now=NOW) == 0


def test_a_new_space_makes_every_taste_due(room):
    Space.objects.update(state=Space.State.RETIRED)
    room.space("more axes")
    assert users_to_taste(room.workspace.pk).count() == 30


@pytest.mark.parametrize("size", [2, 20])
def test_taste_takes_the_same_queries_for_any_number_of_users(room, size):
    users = list(User.objects.filter(workspace=room.workspace).order_by("pk")[:size])
    with CaptureQueriesContext(connection) as context:
        taste_users(room.workspace.pk, [user.pk for user in users], now=NOW)
    assert len(context) <= 16


def test_segments_follow_taste_and_keep_their_numbers(room):
    names = {segment.number: str(segment) for segment in list_segments(room.workspace.pk)}
    assert sorted(names.values()) == ["crime", "love", "travel"]
    assert not segments_due(room.workspace.pk).exists()
    segment_users(room.workspace.pk)
    again = {segment.number: str(segment) for segment in list_segments(room.workspace.pk)}
    assert again == names
    assert sum(segment.size for segment in list_segments(room.workspace.pk)) == 30


def test_a_new_user_is_placed_at_once(room):
    user = room.reader("newcomer")
    room.rates(user, "travel", 5, 0, 1, 2)
    taste_users(room.workspace.pk, [user.pk], now=NOW)
    segment = Profile.objects.get(user=user).segment
    fan = Profile.objects.get(user__external_id="crowd-2").segment
    assert segment == fan
    assert "newcomer" in {each.user.external_id for each in members_of(segment)}


def test_descriptions_are_kept_in_both_languages(room, user):
    stored = Profile.objects.get(user=user).descriptions
    assert set(stored) == {"en", "zh"}
    assert ["crime", 1] in stored["en"]["claims"]
    assert ["love", -1] in stored["en"]["claims"]
    assert not users_to_describe(room.workspace.pk).exists()


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("portrait", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_draws_the_portrait(room, user):
    room.writes(user, "crime", 6, "The acting is superb throughout.", value=5)
    room.rates(user, "love", 1, 3, 4, 5, after_days=30)
    refresh(room.workspace)
    told = shown("crowd-0", "--evidence", "8")
    for words in ("crime", "Dislikes", "love", "superb", "█"):
        assert words in told
    assert "喜欢" in shown("crowd-0", "--language", "zh")


def test_the_command_writes_json(user):
    told = json.loads(shown("crowd-0", "--json"))
    assert {each["tag"] for each in told["statements"]} == {"crime", "love"}


def test_an_unknown_user_is_told_who_was_meant(room):
    with pytest.raises(CommandError, match=r"Did you mean crowd-0"):
        shown("crowd-", "--workspace", room.workspace.name)
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        shown("crowd-0", "--workspace", "nowhere")


def test_a_user_without_a_portrait_is_told_how_to_draw_it(room):
    room.reader("blank")
    with pytest.raises(CommandError, match=r"manage\.py refresh"):
        shown("blank")
    with pytest.raises(CommandError, match="not a date"):
        shown("blank", "--as-of", "yesterday")

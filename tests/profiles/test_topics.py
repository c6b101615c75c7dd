"""Sensitive topics: kept out of portraits on the way in, in statements and on the way out."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Scenario
from catalog.models import Item, ItemTag, Tag
from catalog.queries.names import tag_names
from catalog.queries.vocabulary import list_tags, tags_of
from catalog.services.tags import load_vocabulary
from core.errors import InvalidError
from profiles.models import Segment, Statement
from profiles.queries.portraits import portrait_of
from profiles.segment_words import segment_in_words
from profiles.services.corrections import declare
from profiles.services.statements import state_users
from profiles.services.topics import hold_sensitive, lift_topics
from tests.factories import make_space, make_tag, make_workspace
from tests.likeness.people import make_staff
from tests.profiles.readers import NOW, Room
from workers.tasks import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return make_workspace("clinic", scenario=Scenario.HEALTH)


def take_to(room: Room, tag: Tag) -> list[Item]:
    """Let somebody rate eight books of the tag as high as can be, in a crowd that does not."""
    user = room.reader("ada")
    for item in room.items["crime"]:
        ItemTag.objects.create(workspace=room.workspace, item=item, tag=tag, model="t", version="1")
    room.rates(user, "crime", 5, *range(8))
    state_users(room.workspace.pk, [user.pk], now=NOW)
    return room.items["crime"]


@pytest.mark.parametrize(("key", "is_stated"), [("sea voyages", True), ("buddhism", False)])
def test_no_statement_rests_on_a_sensitive_tag(workspace, key, is_stated):
    room = Room(workspace)
    room.crowd(24)
    tag = make_tag(workspace, key)
    hold_sensitive(workspace.pk)
    items = take_to(room, tag)
    assert Statement.objects.filter(tag=tag).exists() == is_stated
    assert tag in {found.tag for found in tags_of(items[0])}, "the item keeps it"
    assert (tag.key in list_tags(workspace).values_list("key", flat=True)) == is_stated
    assert (tag.key in tag_names(workspace, "en")) == is_stated


def test_a_statement_from_before_is_shown_to_nobody(workspace):
    room = Room(workspace)
    room.crowd(24)
    tag = make_tag(workspace, "buddhism")
    take_to(room, tag)
    statement = Statement.objects.get(tag=tag)
    assert hold_sensitive(workspace.pk) == [tag]
    assert "buddhism" not in {one.tag for one in portrait_of(statement.user).statements}
    state_users(workspace.pk, [statement.user_id], now=NOW)
    statement.refresh_from_db()
    assert statement.valid_until is not None


def test_no_segment_is_told_of_a_topic_that_is_held_back_again(clinic):
    lift_topics(workspace=clinic, topics=["health"])
    spoken, other = make_tag(clinic, "diabetes"), make_tag(clinic, "crime")
    names, description = segment_in_words([spoken, other], [])
    about = Segment.objects.create(
        workspace=clinic,
        number=1,
        names=names,
        description=description,
        tags=[spoken.pk, other.pk],
        space=make_space(clinic),
        centroid=[1.0],
        size=3,
    )
    averse = Segment.objects.create(
        workspace=clinic,
        number=2,
        **dict(zip(("names", "description"), segment_in_words([other], [spoken]), strict=True)),
        tags=[other.pk],
        space=about.space,
        centroid=[2.0],
        size=3,
    )
    lift_topics(workspace=clinic, topics=[])
    for segment in (about, averse):
        segment.refresh_from_db()
        told = f"{segment.names} {segment.description}".casefold()
        assert "diabetes" not in told
        assert "crime" in told
        assert segment.tags == [other.pk]


def test_a_sensitive_topic_cannot_be_declared(workspace):
    user = Room(workspace).reader("ada")
    with pytest.raises(InvalidError, match="sensitive"):
        declare(user=user, tag_key_or_name="Buddhism", polarity=1)
    assert not Tag.objects.filter(key="buddhism").exists()


def test_what_a_vocabulary_file_brings_is_judged_too(workspace):
    load_vocabulary(workspace, {"tags": {"inner life": {"en": "Inner life", "zh": "宗教"}}})
    assert Tag.objects.get(key="inner life").topic == "religion"


def test_lifting_a_topic_frees_its_tags_and_holding_it_blocks_them_at_once(clinic):
    load_vocabulary(clinic, {"tags": {"diabetes": {"en": "Diabetes"}, "islam": {"en": "Islam"}}})
    diabetes = Tag.objects.get(key="diabetes")
    assert lift_topics(workspace=clinic, topics=["health"]) == [diabetes]
    blocked = Tag.objects.filter(is_blocked=True)
    assert list(blocked.values_list("key", flat=True)) == ["islam"]
    assert lift_topics(workspace=clinic, topics=[]) == [diabetes]
    assert blocked.count() == 2


def test_what_staff_blocked_for_reasons_of_their_own_stays_blocked(clinic):
    tag = make_tag(clinic, "gore", is_blocked=True)
    lift_topics(workspace=clinic, topics=["health"])
    tag.refresh_from_db()
    assert tag.is_blocked


def test_what_staff_blocked_stays_so_when_its_topic_is_held_back_and_lifted_again(clinic):
    tag = make_tag(clinic, "diabetes", is_blocked=True, topic="health")
    lift_topics(workspace=clinic, topics=["health"])
    tag.refresh_from_db()
    assert not tag.is_blocked
    form = {"names": '{"en": "diabetes"}', "source": "given", "is_blocked": "on"}
    client = client_of(clinic, Membership.Role.CURATOR)
    client.post(reverse("admin:catalog_tag_change", args=[tag.pk]), form)
    for topics in ([], ["health"]):
        lift_topics(workspace=clinic, topics=topics)
    tag.refresh_from_db()
    assert (tag.is_blocked, tag.topic) == (True, "")
    client.post(reverse("admin:catalog_tag_change", args=[tag.pk]), form | {"is_blocked": ""})
    tag.refresh_from_db()
    assert not tag.is_blocked


def test_only_a_health_workspace_lifts_and_only_what_there_is(workspace, clinic):
    with pytest.raises(InvalidError, match="scenario"):
        lift_topics(workspace=workspace, topics=["health"])
    with pytest.raises(InvalidError, match="no topic"):
        lift_topics(workspace=clinic, topics=["weather"])


def test_the_command_lifts_and_says_so(clinic):
    make_tag(clinic, "diabetes", is_blocked=True, topic="health")
    out = StringIO()
    call_command("workspace", "topics", "clinic", "health", stdout=out)
    assert out.getvalue() == ("Portraits of clinic may speak of health: 1 tags changed.\n")
    with pytest.raises(CommandError, match="no topic"):
        call_command("workspace", "topics", "clinic", "weather", stdout=out)


def client_of(workspace, role: str) -> Client:
    client = Client()
    client.force_login(make_staff(f"{role}-of-{workspace.name}", workspace, role=role))
    return client


@pytest.mark.parametrize("role", Membership.Role.values)
def test_only_owners_lift_in_the_admin_and_only_in_a_health_workspace(workspace, clinic, role):
    counts = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    for place in (clinic, workspace):
        page = reverse("admin:accounts_workspace_change", args=[place.pk])
        sent = {"title": "", "keeps_raw_text": "on", "lifted_topics": ["health"]} | counts
        client_of(place, role).post(page, sent)
        place.refresh_from_db()
        may = role == Membership.Role.OWNER and place == clinic
        assert place.lifted_topics == (["health"] if may else [])


def test_staff_see_why_a_tag_is_blocked_and_cannot_unblock_it(workspace):
    tag = make_tag(workspace, "buddhism", is_blocked=True, topic="religion")
    client = client_of(workspace, Membership.Role.CURATOR)
    page = client.get(reverse("admin:catalog_tag_changelist")).content.decode()
    assert "religion" in page
    form = {"names": '{"en": "buddhism"}', "source": "given"}
    client.post(reverse("admin:catalog_tag_change", args=[tag.pk]), form)
    tag.refresh_from_db()
    assert (tag.is_blocked, tag.topic) == (True, "religion")


def test_words_in_which_somebody_discloses_something_are_quoted_nowhere(workspace):
    room = Room(workspace)
    room.crowd(24)
    user = room.reader("ada")
    disclosed = "As a diabetic, I found the acting superb."
    room.writes(user, "crime", 1, disclosed, value=5)
    room.writes(user, "crime", 2, "The acting is superb, again.", value=5)
    state_users(workspace.pk, [user.pk], now=NOW)
    quotes = set(Statement.objects.filter(user=user).values_list("evidence__quote", flat=True))
    assert "The acting is superb, again." in quotes
    assert disclosed not in quotes


def test_a_tag_of_an_item_is_judged_as_it_comes_in(workspace):
    item = Room(workspace)._book(make_tag(workspace, "x"), "x", 99)
    Item.objects.filter(pk=item.pk).update(given_tags=["Antidepressants"], text="A book.")
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    assert Tag.objects.get(key="antidepressants").topic == "health"

"""Interests become tags that stay the same for as long as their items hold together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import ItemTag, Tag
from catalog.services.clusters import Cluster, store_clusters
from profiles.models import Interaction, User
from profiles.queries.interests import REST, interests_due
from profiles.services.interests import draw_interests
from tests.factories import make_interaction, make_item, make_tag, make_user, make_workspace

pytestmark = pytest.mark.django_db
THEMES = ("ink", "yarn", "clay", "oars")


@pytest.fixture
def bench():
    """Four crafts of ten things each, and forty makers who keep to one craft."""
    workspace = make_workspace()
    things = {}
    for theme in THEMES:
        tag = make_tag(workspace, theme, names={"en": theme, "zh": f"{theme}艺"})
        things[theme] = [make_item(workspace, f"{theme}-{n}") for n in range(10)]
        for item in things[theme]:
            ItemTag.objects.create(workspace=workspace, item=item, tag=tag, model="t", version="1")
    for number in range(40):
        user = make_user(workspace)
        for step in range(5):
            item = things[THEMES[number % 4]][(number // 4 + step * 3) % 10]
            make_interaction(user, item, "like")
    return workspace, things


def members(workspace):
    rows = ItemTag.objects.filter(workspace=workspace, tag__source=Tag.Source.CLUSTER)
    found = {}
    for tag, item in rows.values_list("tag_id", "item__external_id"):
        found.setdefault(tag, set()).add(item)
    return found


def test_clusters_hold_what_the_same_people_take_to_and_are_called_by_it(bench):
    workspace, _ = bench
    count = draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    found = members(workspace)
    assert count == len(found) >= 4
    for items in found.values():
        assert len({item.split("-")[0] for item in items}) == 1
    names = {tag.pk: tag.names for tag in Tag.objects.filter(pk__in=found)}
    for pk, items in found.items():
        theme = next(iter(items)).split("-")[0]
        assert names[pk]["en"].startswith(theme)
        assert names[pk]["zh"].startswith(f"{theme}艺")


def test_what_was_given_names_an_interest_before_what_was_found_in_texts(bench):
    workspace, things = bench
    for theme, items in things.items():
        found = make_tag(workspace, f"found {theme}", source=Tag.Source.PHRASE)
        for item in items:
            values = {"model": "t", "version": "1"}
            ItemTag.objects.create(workspace=workspace, item=item, tag=found, **values)
        items[0].item_tags.exclude(tag=found).delete()  # so that what was found tells more
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    clusters = members(workspace)
    names = {tag.pk: tag.names["en"] for tag in Tag.objects.filter(pk__in=clusters)}
    for pk, items in clusters.items():
        assert names[pk].startswith(next(iter(items)).split("-")[0])


def test_where_words_do_not_set_clusters_apart_two_of_their_items_do(bench):
    workspace, things = bench
    Tag.objects.exclude(key="ink").update(is_blocked=True)
    for theme, items in things.items():
        for item in items:
            item.title = f"The {theme} of {item.pk}"
            item.save()
            ItemTag.objects.get_or_create(
                workspace=workspace,
                item=item,
                tag=Tag.objects.get(key="ink"),
                defaults={"model": "t", "version": "1"},
            )
    extra = [make_item(workspace, title="Plain") for _ in range(20)]
    for number, user in enumerate(User.objects.order_by("pk")):
        make_interaction(user, extra[number % 20], "like")
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    names = [tag.names for tag in Tag.objects.filter(source=Tag.Source.CLUSTER)]
    told = [each for each in names if each["en"].startswith("ink, as in The ")]
    assert told
    assert told[0]["zh"].startswith("ink艺，如《The ")
    assert len({each["en"] for each in names}) == len(names)


def test_drawing_twice_changes_nothing_and_tells_nobody(bench):
    workspace, _ = bench
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    before = members(workspace)
    told = dict(User.objects.values_list("pk", "evidence_revision"))
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    assert members(workspace) == before
    assert dict(User.objects.values_list("pk", "evidence_revision")) == told


def test_whoever_met_an_item_of_a_cluster_is_due_again(bench):
    workspace, _ = bench
    stranger = make_user(workspace)
    before = dict(User.objects.values_list("pk", "evidence_revision"))
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    after = dict(User.objects.values_list("pk", "evidence_revision"))
    assert after[stranger.pk] == before[stranger.pk]
    assert all(after[pk] == before[pk] + 1 for pk in after if pk != stranger.pk)


def test_a_cluster_keeps_its_tag_and_the_name_that_staff_gave_it():
    workspace = make_workspace()
    items = [make_item(workspace).pk for _ in range(6)]
    first = Cluster({"en": "a · b"}, dict.fromkeys(items[:4], 1.0))
    store_clusters(workspace.pk, [first], version="1")
    tag = Tag.objects.get(source=Tag.Source.CLUSTER)
    Tag.objects.filter(pk=tag.pk).update(names={"en": "By hand"})
    grown = Cluster({"en": "c"}, dict.fromkeys(items[:5], 1.0))
    assert store_clusters(workspace.pk, [grown], version="1") == [items[4]]
    tag.refresh_from_db()
    assert tag.names == {"en": "By hand"}
    assert set(tag.item_tags.values_list("words", flat=True)) == {"c"}
    assert set(tag.item_tags.values_list("item_id", flat=True)) == set(items[:5])


def test_items_keep_the_words_that_named_their_cluster_and_nobody_is_told_of_new_ones():
    workspace = make_workspace()
    members = dict.fromkeys([make_item(workspace).pk for _ in range(4)], 1.0)
    store_clusters(workspace.pk, [Cluster({"zh": "甲", "en": "a · b"}, members)], version="1")
    words = ItemTag.objects.filter(workspace=workspace).values_list("words", flat=True).distinct()
    assert list(words) == ["a · b"]
    assert not store_clusters(workspace.pk, [Cluster({"zh": "乙"}, members)], version="1")
    assert list(words.all()) == ["乙"]


def test_a_cluster_of_other_items_gets_a_tag_of_its_own_and_the_old_one_is_emptied():
    workspace = make_workspace()
    items = [make_item(workspace).pk for _ in range(8)]
    store_clusters(
        workspace.pk, [Cluster({"en": "old"}, dict.fromkeys(items[:4], 1.0))], version="1"
    )
    moved = store_clusters(
        workspace.pk, [Cluster({"en": "new"}, dict.fromkeys(items[3:], 1.0))], version="1"
    )
    assert moved == items
    old, new = Tag.objects.filter(source=Tag.Source.CLUSTER).order_by("pk")
    assert (old.key, new.key) == ("interest-1", "interest-2")
    assert not old.item_tags.exists()
    assert new.item_tags.count() == 5


def test_a_cluster_of_a_sensitive_topic_enters_no_portrait():
    workspace = make_workspace()
    items = [make_item(workspace).pk for _ in range(4)]
    store_clusters(
        workspace.pk,
        [Cluster({"en": "depression · therapy"}, dict.fromkeys(items, 1.0))],
        version="1",
    )
    assert Tag.objects.get(source=Tag.Source.CLUSTER).is_blocked


def test_interests_are_due_when_users_met_items_since_and_have_rested(bench):
    workspace, things = bench
    now = timezone.now()
    assert interests_due(workspace.pk).exists()
    draw_interests(workspace.pk, now=now, least_users=40)
    assert not interests_due(workspace.pk).exists()
    make_interaction(User.objects.first(), things["ink"][9], "like")
    assert not interests_due(workspace.pk).exists()
    draw_interests(workspace.pk, now=now - REST - timedelta(minutes=1), least_users=40)
    make_interaction(User.objects.last(), things["yarn"][9], "like")
    assert interests_due(workspace.pk).exists()


def test_too_few_users_have_no_interests_and_lose_those_they_had(bench):
    workspace, _ = bench
    draw_interests(workspace.pk, now=timezone.now(), least_users=40)
    kept = User.objects.order_by("pk").values_list("pk", flat=True)[:20]
    Interaction.objects.exclude(user__in=list(kept)).delete()
    assert draw_interests(workspace.pk, now=timezone.now(), least_users=40) == 0
    assert members(workspace) == {}

"""What slates led to, and places given to what is to be learnt about."""

from datetime import timedelta

import numpy as np
import pytest

from core.errors import InvalidError
from profiles.models import Interaction
from profiles.services import corrections
from recommendations.models import Impression, ItemRate, ServingSettings, Slate
from recommendations.queries.due import rates_due, responses_due
from recommendations.queries.outcomes import list_outcomes
from recommendations.rows import SlateRequest
from recommendations.services.learning import learn
from recommendations.services.outcomes import (
    count_again,
    count_responses,
    record_impressions,
)
from recommendations.services.serving import recommend
from recommendations.wording import sentence_of
from tests.factories import make_interaction, make_tag, make_user, make_workspace
from tests.recommendations.worlds import NOW, find_user, make_world, put_statement, put_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    world = make_world(size=20, readers=4)
    learn(world.workspace.pk)
    return world


def ask(world, user="g1", **fields):
    request = SlateRequest.parse({"user": user, "placement": "home", "length": 5} | fields)
    return recommend(workspace=world.workspace, request=request, now=NOW)


def stored(served):
    slate = Slate.objects.get(pk=served.id)
    Slate.objects.filter(pk=slate.pk).update(created_at=NOW)
    return slate


def meet(world, served, place, kind, user="g1", **fields):
    item = next(
        one for one in (*world.gothic, *world.travel) if one.external_id == served.items[place].id
    )
    fields.setdefault("slate_id", served.id)
    return make_interaction(find_user(world, user), item, kind, happened_at=NOW, **fields)


def outcomes(world):
    """Where and when, what was seen, clicked and liked; without the sums over all days."""
    found = list_outcomes(world.workspace.pk, since=NOW - timedelta(days=3))
    return [
        (one.placement, one.day, one.seen.shown, one.seen.clicked.hits, one.seen.positive.hits)
        for one in found
        if one.day
    ]


def test_impressions_and_what_followed_are_joined_to_the_slate(world):
    served = ask(world)
    slate = stored(served)
    assert record_impressions(slate=slate, items=None, now=NOW) == 5
    assert record_impressions(slate=slate, items=None, now=NOW) == 0
    meet(world, served, 0, "view")
    meet(world, served, 1, "like")
    meet(world, served, 1, "view")
    meet(world, served, 2, "dismiss")
    meet(world, served, 3, "rate", value=5)
    meet(world, served, 4, "rate", value=1)
    assert outcomes(world) == [("home", NOW.date(), 5, 3, 2)]


def test_an_interaction_that_names_the_slate_is_an_impression_of_its_item(world):
    served = ask(world)
    stored(served)
    meet(world, served, 2, "view")
    assert outcomes(world) == [("home", NOW.date(), 1, 1, 0)]


def test_what_others_did_or_what_was_not_on_the_slate_does_not_count(world):
    served = ask(world)
    record_impressions(slate=stored(served), items=[served.items[0].id], now=NOW)
    meet(world, served, 0, "like", user="g2")
    meet(world, served, 0, "like", slate_id=None)
    elsewhere = next(one for one in world.gothic if one.external_id == "g5")
    make_interaction(find_user(world, "g1"), elsewhere, slate_id=served.id, happened_at=NOW)
    assert outcomes(world) == [("home", NOW.date(), 1, 0, 0)]


def test_only_items_of_the_slate_can_have_been_seen(world):
    served = ask(world)
    with pytest.raises(InvalidError) as refused:
        record_impressions(slate=stored(served), items=["g5", "nothing"], now=NOW)
    assert refused.value.details["field"] == "items[0]"
    assert not Impression.objects.exists()


def test_rates_are_counted_when_an_item_is_seen(world):
    served = ask(world)
    slate = stored(served)
    meet(world, served, 0, "like")
    record_impressions(slate=slate, items=[served.items[0].id, served.items[1].id], now=NOW)
    rates = ItemRate.objects.order_by("-clicked").values_list("shown", "clicked", "positive")
    assert list(rates) == [(1, 1, 1), (1, 0, 0)]


def test_over_all_days_a_user_counts_once_and_a_stranger_with_each_slate(world):
    for user, days in (("g1", 0), ("g1", 1), ("g2", 0), (None, 0), (None, 0)):
        slate = stored(ask(world, user))
        Slate.objects.filter(pk=slate.pk).update(created_at=NOW - timedelta(days=days))
        record_impressions(slate=slate, items=None, now=NOW)
    found = list_outcomes(world.workspace.pk, since=NOW - timedelta(days=3))
    days = [NOW.date() - timedelta(days=1), NOW.date(), None]
    assert [(one.day, one.seen.users, one.seen.shown) for one in found] == [
        (day, users, shown) for day, users, shown in zip(days, (1, 4, 4), (5, 20, 25), strict=True)
    ]
    assert found[-1].seen.clicked.trials_squared == 10**2 + 3 * 5**2


def rates():
    found = ItemRate.objects.order_by("-clicked", "-shown", "item_id")
    return list(found.values_list("shown", "clicked", "positive"))


def test_a_click_that_comes_later_counts_too(world):
    served = ask(world)
    record_impressions(slate=stored(served), items=None, now=NOW)
    assert not responses_due(world.workspace.pk).exists()
    meet(world, served, 0, "like")
    assert rates() == [(1, 0, 0)] * 5
    assert responses_due(world.workspace.pk).exists()
    assert count_responses(world.workspace.pk) == 1
    assert rates() == [(1, 1, 1)] + [(1, 0, 0)] * 4
    assert not responses_due(world.workspace.pk).exists()
    assert count_responses(world.workspace.pk) == 1
    assert rates() == [(1, 1, 1)] + [(1, 0, 0)] * 4


def test_without_impressions_interactions_that_name_slates_make_rates(world):
    first, second = ask(world), ask(world, "g2", exclude_ids=["g1"])
    stored(first)
    stored(second)
    meet(world, first, 0, "view")
    meet(world, first, 0, "like")
    meet(world, first, 1, "dismiss")
    meet(world, second, 0, "like", slate_id=None)
    count_responses(world.workspace.pk)
    assert rates() == [(1, 1, 1), (1, 0, 0)]


def test_what_others_did_makes_no_rate(world):
    served = ask(world)
    record_impressions(slate=stored(served), items=[served.items[0].id], now=NOW)
    meet(world, served, 0, "like", user="g2")
    meet(world, served, 1, "like", user="g2")
    elsewhere = next(one for one in world.gothic if one.external_id == "g5")
    make_interaction(find_user(world, "g1"), elsewhere, slate_id=served.id, happened_at=NOW)
    count_responses(world.workspace.pk)
    assert rates() == [(1, 0, 0)]
    assert not responses_due(world.workspace.pk).exists()


def test_what_was_still_being_written_is_counted_the_next_time(world):
    """Ids are given before rows can be seen: a lower one may come to light after a higher one."""
    first, second = ask(world), ask(world, "g2")
    stored(first)
    stored(second)
    late = meet(world, first, 0, "like")
    Interaction.objects.filter(pk=late.pk).delete()
    meet(world, second, 1, "like", user="g2")
    count_responses(world.workspace.pk)
    late.save(force_insert=True)
    meet(world, second, 2, "like", user="g2")
    count_responses(world.workspace.pk)
    assert rates() == [(1, 1, 1)] * 3


def test_interactions_of_another_workspace_wake_nobody_here(world):
    served = ask(world)
    stored(served)
    meet(world, served, 0, "like")
    assert not responses_due(make_workspace().pk).exists()


def test_an_erased_user_takes_their_impressions_along(world):
    served = ask(world)
    record_impressions(slate=stored(served), items=None, now=NOW)
    find_user(world, "g1").delete()
    assert not Impression.objects.exists()


def test_rates_are_counted_again_once_somebody_who_saw_the_items_is_erased(world):
    first, second = ask(world), ask(world, "g2", exclude_ids=["g1"])
    shared = {one.id for one in first.items} & {one.id for one in second.items}
    alone = {one.id for one in first.items} - shared
    assert shared
    assert alone
    place = next(place for place, one in enumerate(first.items) if one.id in shared)
    meet(world, first, place, "like")
    for served in (first, second):
        record_impressions(slate=stored(served), items=None, now=NOW)
    workspace_id = world.workspace.pk
    assert not rates_due(workspace_id).exists()
    corrections.erase(user=find_user(world, "g1"))
    due = list(rates_due(workspace_id).values_list("pk", flat=True))
    assert len(due) == len(shared) + 2 * len(alone)
    assert count_again(workspace_id, due) == len(due)
    rates = dict(ItemRate.objects.values_list("item__external_id", "shown"))
    assert rates == {one.id: 1 for one in second.items}
    assert set(ItemRate.objects.values_list("clicked", "positive")) == {(0, 0)}
    assert not rates_due(workspace_id).exists()


def test_some_places_are_given_away_with_a_reason_that_says_so(world):
    ServingSettings.objects.create(workspace=world.workspace, explored_share=0.4)
    served = ask(world, "g1", length=10)
    tried = [item for item in served.items if item.explored]
    assert len(tried) == 4
    assert not served.items[0].explored
    for item in tried:
        assert item.reasons == ({"kind": "explored", "share": 0.0},)
        assert sentence_of(item.reasons[0], "en") == "Shown to learn who it is for"
    assert len(stored(served).explored) == 4
    assert len({item.id for item in served.items}) == 10


def test_what_a_user_said_they_like_keeps_its_place_beside_what_is_tried_out(world):
    """One travel alone bears a tag; what is gothic, and liked more, would fill the list."""
    plays, rare = make_tag(world.workspace, "plays"), world.travel[7]
    put_tag(rare, plays)
    reader = make_user(world.workspace, "new")
    put_statement(reader, world.tags["gothic"])
    put_statement(reader, plays, strength=0.1)
    assert [item.id for item in ask(world, "new", length=10).items][-1] == rare.external_id
    ServingSettings.objects.create(workspace=world.workspace, explored_share=0.4)
    served = ask(world, "new", length=10)
    assert sum(item.explored for item in served.items) == 4
    assert rare.external_id in {item.id for item in served.items if not item.explored}


def test_settings_of_another_workspace_change_nothing(world):
    ServingSettings.objects.create(workspace=make_workspace(), explored_share=0.5)
    assert not any(item.explored for item in ask(world).items)
    assert not Interaction.objects.exclude(slate_id=None).exists()
    assert np.isfinite([item.score for item in ask(world).items]).all()

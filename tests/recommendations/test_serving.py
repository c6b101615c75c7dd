"""What a slate holds, from the real database."""

from datetime import timedelta

import pytest
from django.db import connection

from catalog.models import Item
from core.errors import InvalidError, NotFoundError
from profiles.models import Interaction
from recommendations.engine.reasons import GENERAL
from recommendations.models import Fit, Popularity, Slate, TagLinks
from recommendations.queries import finders
from recommendations.queries.askers import NEWEST
from recommendations.rows import SOURCES, InlineStatement, SlateRequest
from recommendations.services import learning
from recommendations.services.learning import learn
from recommendations.services.serving import next_slate, recommend
from tests.factories import make_interaction, make_tag, make_user, make_workspace
from tests.recommendations.worlds import (
    NOW,
    find_user,
    make_world,
    put_everything,
    put_statement,
    put_taste,
    with_portrait,
)

pytestmark = pytest.mark.django_db


def ask(world, user=None, **fields):
    return recommend(workspace=world.workspace, request=SlateRequest(user=user, **fields), now=NOW)


def ids(slate):
    return [item.id for item in slate.items]


def codes(slate):
    return {warning.code for warning in slate.warnings}


@pytest.fixture
def world(db):
    world = make_world()
    learn(world.workspace.pk)
    put_everything(world)
    return world


def test_the_one_item_that_a_reader_has_left_comes_first(world):
    slate = ask(world, "g3")
    assert ids(slate)[0] == "g3"
    assert slate.items[0].position == 1
    assert not {f"g{n}" for n in range(8) if n != 3} & set(ids(slate))


def test_a_past_item_is_named_as_the_reason(world):
    [reason, *_] = ask(world, "g3", sources=("neighbours",)).items[0].reasons
    assert reason["kind"] == "item"
    assert reason["title"] == f"Gothic {reason['item'][1:]}"
    assert reason["item"] != "g3"
    assert 0 < reason["share"] <= 1


def test_the_newest_interaction_counts_without_a_refit(world):
    newcomer = make_user(world.workspace, "new")
    make_interaction(newcomer, world.gothic[0], happened_at=NOW - timedelta(days=2))
    before = ask(world, "new", sources=("neighbours",), length=5)
    assert {one[0] for one in ids(before)} == {"g"}
    make_interaction(newcomer, world.travel[0], happened_at=NOW - timedelta(minutes=1))
    after = ask(world, "new", sources=("neighbours",), length=14)
    assert {one[0] for one in ids(after)} == {"g", "t"}
    assert "t0" not in ids(after)


def test_one_who_comes_back_after_years_is_served_by_their_past(world):
    Fit.objects.update(config=fading_by_days(Fit.objects.get().config, 30.0))
    newcomer = make_user(world.workspace, "new")
    make_interaction(newcomer, world.travel[0], happened_at=NOW - timedelta(days=2_000))
    found = ask(world, "new", sources=("neighbours",), length=5)
    assert {one[0] for one in ids(found)} == {"t"}
    assert "cold_user" not in codes(found)


def fading_by_days(config, days):
    return config | {"history": config["history"] | {"half_life_days": days}}


def test_many_interactions_without_a_date_do_not_hide_a_new_one(world):
    newcomer = make_user(world.workspace, "new")
    for place in range(NEWEST):
        make_interaction(newcomer, world.gothic[place % 4])
    Interaction.objects.filter(user=newcomer).update(received_at=NOW - timedelta(days=9))
    make_interaction(newcomer, world.travel[0], happened_at=NOW - timedelta(days=1))
    found = ask(world, "new", sources=("neighbours",), length=14)
    assert "t" in {one[0] for one in ids(found)}


def test_an_edit_of_a_statement_moves_the_very_next_list(world):
    newcomer = make_user(world.workspace, "new")
    statement = put_statement(newcomer, world.tags["travel"])
    liked = ask(world, "new", length=4)
    assert {one[0] for one in ids(liked)} == {"t"}
    assert {reason["tag"] for reason in liked.items[0].reasons if "tag" in reason} == {"travel"}
    statement.polarity = -1
    statement.save()
    assert {one[0] for one in ids(ask(world, "new", length=4))} == {"g"}


@pytest.mark.parametrize(
    "edit",
    [
        {"status": "rejected", "polarity": -1},
        {"is_hidden": True},
        {"status": "proposed"},
    ],
)
def test_statements_that_may_not_be_used_change_nothing(world, edit):
    newcomer = make_user(world.workspace, "new")
    without = ask(world, "new")
    put_statement(newcomer, world.tags["travel"], **edit)
    assert ids(ask(world, "new")) == ids(without)


def test_a_taste_finds_what_lies_near_it(world):
    newcomer = make_user(world.workspace, "new")
    put_taste(newcomer, world.space, [0.0, 1.0, 0.0])
    slate = ask(world, "new", sources=("taste",), length=3)
    assert {one[0] for one in ids(slate)} == {"t"}
    assert slate.items[0].reasons[0]["kind"] == "text"


def test_items_met_excluded_or_gone_are_never_shown(world):
    world.travel[0].is_available = False
    world.travel[0].save()
    world.travel[1].available_until = NOW
    world.travel[1].save()
    world.travel[2].available_from = NOW + timedelta(days=1)
    world.travel[2].save()
    put_statement(find_user(world, "g3"), world.tags["travel"])  # proposes even what is gone
    slate = ask(world, "g3", length=16, exclude_ids=("t3", "nothing-of-ours"))
    assert set(ids(slate)) == {"g3", "t4", "t5", "t6", "t7"}
    [short] = [one for one in slate.warnings if one.code == "short"]
    assert short.message.startswith("5 of 16:")
    assert "7 met before, 1 asked away" in short.message
    assert "3 not available now" in short.message


@pytest.mark.parametrize("alone", SOURCES)
def test_a_source_whose_best_items_are_gone_names_the_next_ones(alone, monkeypatch):
    monkeypatch.setattr(learning, "KEPT_NEIGHBOURS", 200)
    world = make_world(size=160, readers=3)
    learn(world.workspace.pk)
    newcomer = make_user(world.workspace, "new")
    put_everything(world)
    make_interaction(newcomer, world.travel[159], happened_at=NOW)
    put_statement(newcomer, world.tags["travel"])
    put_taste(newcomer, world.space, [0.0, 1.0, 0.0])
    # Of a companion no more than a hundred likings are known, so not so many can be gone.
    first = ask(world, "new", sources=(alone,), length=60 if alone == "company" else 100)
    Item.objects.filter(
        workspace=world.workspace, external_id__in=ids(first), external_id__startswith="t"
    ).update(is_available=False)
    second = ask(world, "new", sources=(alone,), length=30)
    assert len(second.items) == 30
    assert not {one for one in ids(first) if one[0] == "t"} & set(ids(second))


def test_before_anything_is_learnt_what_is_gone_leaves_no_gap():
    world = make_world(size=80, readers=1)
    Item.objects.filter(workspace=world.workspace, external_id__startswith="g").update(
        available_until=NOW
    )
    slate = ask(world, None, length=80)
    assert {one[0] for one in ids(slate)} == {"t"}
    assert len(slate.items) == 80


def test_what_is_served_scores_as_it_was_learnt(world):
    """A popularity place far down is worth on a shortlist what it is worth in the catalogue."""
    world = make_world(size=150, readers=2)
    learn(world.workspace.pk)
    fit = Fit.objects.get(workspace=world.workspace)
    blend = fit.config["blend"] | {"buckets": [], "scales": {"popular": "rank"}}
    blend["weights"] = {"popular": 1.0, "taste": 0.0}
    Fit.objects.filter(pk=fit.pk).update(config=fit.config | {"blend": blend})
    for place, row in enumerate(Popularity.objects.filter(fit=fit).order_by("-item_id")):
        Popularity.objects.filter(pk=row.pk).update(overall=300.0 - place)
    put_taste(make_user(world.workspace, "new"), world.space, [1.0, 0.0, 0.0])
    slate = ask(world, "new", length=100)
    scores = {item.id: item.score for item in slate.items}
    assert scores["t149"] == 1.0
    assert scores["t101"] == pytest.approx(20 / 68, abs=1e-6)  # the 49th, counted from 0 on 48
    assert {scores[one] for one in scores if one[0] == "g"} == {0.0}


def test_pages_of_a_slate_never_repeat(world):
    pages = [ask(world, "g3", length=4)]
    while len(pages) < 4:
        pages.append(next_slate(workspace=world.workspace, slate_id=pages[-1].id, now=NOW))
    shown = [one for page in pages for one in ids(page)]
    assert len(shown) == len(set(shown)) == 9  # all but the seven that g3 met
    assert Slate.objects.get(pk=pages[1].id).previous_id == pages[0].id


def test_another_workspace_has_no_such_slate(world):
    slate = ask(world, "g3")
    with pytest.raises(NotFoundError):
        next_slate(workspace=make_workspace(), slate_id=slate.id, now=NOW)
    with pytest.raises(NotFoundError):
        next_slate(workspace=world.workspace, slate_id="not-an-id", now=NOW)


def test_a_stranger_is_served_by_declared_tags(world):
    slate = ask(world, "nobody", statements=(InlineStatement("Travel"),), length=3)
    assert {one[0] for one in ids(slate)} == {"t"}
    assert codes(slate) == {"unknown_user"}
    [reason] = [one for one in slate.items[0].reasons if one["kind"] == "statement"]
    assert (reason["statement"], reason["tag"], reason["polarity"]) == (None, "travel", 1)


def test_a_stranger_without_a_word_is_told_that_the_list_is_not_personal(world):
    slate = ask(world, "nobody", statements=(InlineStatement("unheard of"),))
    assert len(slate.items) == 10
    assert codes(slate) == {"unknown_user", "not_personal", "unknown_tags"}
    assert {one["kind"] for item in slate.items for one in item.reasons} <= GENERAL


def test_a_stranger_may_name_a_tag_by_one_that_means_the_same(world):
    make_tag(
        world.workspace, "far away", names={"en": "Far away"}, merged_into=world.tags["travel"]
    )
    slate = ask(world, statements=(InlineStatement("Far Away"),), length=3)
    assert {one[0] for one in ids(slate)} == {"t"}
    assert not codes(slate)
    assert slate.items[0].reasons[0]["tag"] == "travel"


def test_of_two_words_for_one_tag_its_own_decides(world):
    make_tag(world.workspace, "far away", merged_into=world.tags["travel"])
    both = (InlineStatement("travel"), InlineStatement("far away", -1), InlineStatement("Travel"))
    slate = ask(world, statements=both, length=3)
    assert {one[0] for one in ids(slate)} == {"t"}
    assert not codes(slate)


def test_a_stranger_who_names_an_interest_field_is_told_so(world):
    field = make_tag(world.workspace, "field:journeys", names={"en": "Journeys"}, is_field=True)
    world.tags["travel"].parent = field
    world.tags["travel"].save()
    slate = ask(world, statements=(InlineStatement("journeys"), InlineStatement("nonsense")))
    assert codes(slate) == {"not_personal", "unknown_tags"}
    told = [one.message for one in slate.warnings if one.code == "unknown_tags"]
    assert [one.split(" name ")[0] for one in told] == ["1 of the statements"] * 2
    assert "interest field" in told[1]
    make_tag(world.workspace, "journeys")
    assert codes(ask(world, statements=(InlineStatement("journeys"),))) == set()


def test_a_text_that_only_a_worker_can_read_is_reported(world):
    assert "text_pending" in codes(ask(world, None, text="long walks"))


def test_a_known_user_of_whom_nothing_is_known_is_called_cold(world):
    make_user(world.workspace, "new")
    assert {"cold_user", "not_personal"} <= codes(ask(world, "new"))


def test_a_paused_user_gets_what_everyone_gets(world):
    everyone = ids(ask(world))
    reader = find_user(world, "g3")
    reader.is_paused = True
    reader.save()
    put_statement(reader, world.tags["gothic"])
    slate = ask(world, "g3")
    assert ids(slate) == everyone
    assert codes(slate) == {"paused"}


@pytest.mark.parametrize("broken", list(finders.FINDERS))
def test_a_source_that_fails_is_left_out_and_the_rest_serve(world, broken, monkeypatch):
    def fail(asker):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    names = finders.FINDERS[broken]
    put_statement(find_user(world, "g3"), world.tags["gothic"])
    put_taste(find_user(world, "g3"), world.space, [1.0, 0.0, 0.0])
    swapped = {fail if find is broken else find: one for find, one in finders.FINDERS.items()}
    monkeypatch.setattr(finders, "FINDERS", swapped)
    slate = ask(world, "g3")
    assert ids(slate)
    assert codes(slate) >= {"source_failed"}
    assert set(slate.meta["sources"]) == set(SOURCES) - set(names)


@pytest.mark.parametrize("alone", SOURCES)
def test_each_source_can_serve_alone(world, alone):
    reader = find_user(world, "g3")
    put_statement(reader, world.tags["travel"])
    put_taste(reader, world.space, [0.0, 1.0, 0.0])
    slate = ask(world, "g3", sources=(alone,))
    assert slate.meta["sources"] == [alone]
    assert len(slate.items) >= 1


def test_a_workspace_that_learnt_nothing_serves_with_a_warning():
    world = make_world()
    slate = ask(world)
    assert len(slate.items) == 10
    assert codes(slate) == {"no_fit", "not_personal"}
    assert slate.meta["fit"] is None


def test_the_slate_is_stored_as_it_was_served(world):
    slate = ask(world, "g3", placement="home", length=2)
    stored = Slate.objects.get(pk=slate.id)
    assert stored.user.external_id == "g3"
    assert len(stored.item_ids) == len(stored.scores) == len(stored.reasons) == 2
    assert stored.placement == stored.query["placement"] == "home"
    assert stored.meta["fit"]["id"] == Fit.objects.get(state="serving").pk
    assert slate.meta["space"]["encoder"] == "made-by-hand"


def test_looking_ahead_stores_nothing(world):
    request = SlateRequest(user="g3")
    recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)
    assert not Slate.objects.exists()


def test_statements_lead_to_what_users_of_like_portraits_took_to(world):
    """Nothing that t5 bears is stated of the reader: readers of gothic were seen to take to it."""
    with_portrait(world, 1.0)
    fit = Fit.objects.get(workspace=world.workspace, state="serving")
    TagLinks.objects.filter(fit=fit).delete()
    TagLinks.objects.create(
        workspace=world.workspace,
        fit=fit,
        tag=world.tags["gothic"],
        item_ids=[world.travel[5].pk, world.gothic[3].pk],
        weights=[2.0, 0.5],
    )
    put_statement(find_user(world, "g3"), world.tags["gothic"])
    slate = ask(world, "g3", length=9)
    assert "portrait" in slate.meta["sources"]
    [found] = [item for item in slate.items if item.id == "t5"]
    reason = found.reasons[0]
    assert (reason["kind"], reason["tag"]) == ("statement", "gothic")
    without = ask(world, "g3", length=9, sources=("neighbours", "popular"))
    assert found.position < next(one.position for one in without.items if one.id == "t5")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"length": 0}, "length", "length is '0': give a whole number from 1 to 100."),
        ({"length": 101}, "length", "length is '101': give a whole number from 1 to 100."),
        ({"length": True}, "length", "length is 'True': give a whole number from 1 to 100."),
        ({"sources": ["magic"]}, "sources", "sources is 'magic': choose among nei"),
        ({"sources": []}, "sources", "sources is '[]': leave it out"),
        (
            {"statements": [{"tag": "x", "polarity": 2}]},
            "statements.polarity",
            "statements.polarity is '2': give 1 for a like",
        ),
        ({"statements": [{"tag": ""}]}, "statements.tag", "statements.tag is '': give the key"),
        ({"exclude_ids": "i1"}, "exclude_ids", "exclude_ids is 'i1': give a list."),
        ({"lenght": 3}, "lenght", "lenght is '3': the fields are boosts, exclude_ids"),
        ({"user": ""}, "user", "user is '': give 1 to 200"),
    ],
)
def test_a_wrong_request_names_the_value_and_the_remedy(body, field, message):
    with pytest.raises(InvalidError) as refused:
        SlateRequest.parse(body)
    assert refused.value.message.startswith(message)
    assert refused.value.details["field"] == field


def test_a_request_survives_being_stored():
    body = {"user": "u", "length": 3, "statements": ["gothic"], "exclude_ids": ["a"], "text": "t"}
    request = SlateRequest.parse(body)
    assert SlateRequest.parse(request.as_json()) == request

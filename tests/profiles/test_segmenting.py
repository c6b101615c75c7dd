"""Segments in the database: their run, their history, and who is placed where."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection

from catalog.models import ItemVector, Space
from profiles.models import Profile, Segment, SegmentRun, SegmentSize, User
from profiles.queries.company import load_company
from profiles.queries.due import segments_due
from profiles.queries.members import members_of
from profiles.services.corrections import declare, reject
from profiles.services.places import COMPANY
from profiles.services.provisional import nearest_by_words
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from tests.factories import make_interaction
from tests.profiles.readers import NOW, Room
from workers.tasks.portraits import refresh_user

pytestmark = pytest.mark.django_db
CROWD = 30


def redraw(room: Room) -> None:
    ids = list(User.objects.filter(workspace=room.workspace).values_list("pk", flat=True))
    state_users(room.workspace.pk, ids, now=NOW)
    taste_users(room.workspace.pk, ids, now=NOW)
    segment_users(room.workspace.pk)


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(CROWD)
    redraw(room)
    return room


def members(room: Room) -> dict[int, set[str]]:
    """Return the users of each segment, by its number."""
    found: dict[int, set[str]] = {}
    rows = Profile.objects.filter(workspace=room.workspace, segment__isnull=False)
    for number, user in rows.values_list("segment__number", "user__external_id"):
        found.setdefault(number, set()).add(user)
    return found


def test_readers_of_the_same_books_are_one_segment_named_for_them(room):
    turns = [{f"crowd-{turn}" for turn in range(CROWD) if turn % 3 == rest} for rest in range(3)]
    found = members(room)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, turns))
    crime = Profile.objects.get(user__external_id="crowd-0").segment
    assert crime.names == {"en": "crime", "zh": "crime"}
    assert crime.description["en"] == (
        "They like crime more than others do. They turn from love more often than others."
    )
    assert crime.description["zh"] == "他们比其他人更喜欢crime。他们比其他人更不喜欢love。"


def test_a_run_keeps_what_was_tried_and_how_large_every_segment_became(room):
    run = SegmentRun.objects.get(workspace=room.workspace)
    assert (run.segments, run.users) == (3, CROWD)
    assert run.stability >= 0.7
    assert {each["view"] for each in run.report["tried"]} == {"company", "behaviour", "taste"}
    assert sorted(SegmentSize.objects.values_list("size", flat=True)) == [10, 10, 10]


def test_another_run_keeps_the_numbers_and_adds_to_the_history(room):
    before = members(room)
    for turn in range(30, 45):
        user = room.reader(f"crowd-{turn}")
        room.rates(user, list(room.items)[turn % 3], 5, *range(5))
    redraw(room)
    after = members(room)
    assert after.keys() == before.keys()
    assert all(before[number] <= after[number] for number in before)
    assert SegmentRun.objects.count() == 2
    assert SegmentRun.objects.latest("pk").report["kept"] == 1.0
    history = Segment.objects.get(number=min(before)).history.order_by("run")
    assert list(history.values_list("size", flat=True)) == [10, 15]


def test_a_number_that_lost_its_members_goes_to_no_other_group(room):
    numbers = set(members(room))
    User.objects.filter(workspace=room.workspace).delete()
    segment_users(room.workspace.pk)
    assert not Segment.objects.filter(size__gt=0).exists()
    room.crowd(CROWD)
    redraw(room)
    assert numbers.isdisjoint(members(room))


def test_a_new_user_is_placed_by_the_company_they_keep_before_the_next_run(room):
    user = room.reader("new")
    room.rates(user, "love", 5, 1, 2, 3)
    taste_users(room.workspace.pk, [user.pk], now=NOW)
    profile = Profile.objects.get(user=user)
    alike = Profile.objects.get(user__external_id="crowd-1")
    assert profile.segment_id == alike.segment_id
    assert profile.segment.size == 11
    assert profile.segment_margin > 0
    assert SegmentRun.objects.count() == 1


def test_a_user_who_met_only_what_nobody_met_stands_where_statements_point_until_the_next_run(room):
    ItemVector.objects.filter(space__encoder=COMPANY).delete()
    user = room.reader("alone")
    room.rates(user, "love", 5, 1, 2, 3)
    taste_users(room.workspace.pk, [user.pk], now=NOW)
    assert place_of(user) is None, "nothing is stated yet"
    state_users(room.workspace.pk, [user.pk], now=NOW)
    refresh_user(user.pk)
    assert place_of(user) == ("crowd-1", False)
    segment_users(room.workspace.pk)
    assert place_of(user) == ("crowd-1", True)


def place_of(user: User) -> tuple[str, bool] | None:
    """With whom the user stands, and whether as a member."""
    profile = Profile.objects.filter(user=user, segment__isnull=False).first()
    if profile is None:
        return None
    others = Profile.objects.filter(segment=profile.segment, user__external_id__startswith="crowd")
    nearest = others.order_by("user__external_id").first()
    return nearest.user.external_id, profile.segment_distance is not None


def test_whoever_declares_something_is_placed_by_it_at_once_and_counts_nowhere(room):
    user = room.reader("declares")
    said = declare(user=user, tag_key_or_name="love", polarity=1)
    refresh_user(user.pk)
    assert place_of(user) == ("crowd-1", False)
    segment = Profile.objects.get(user=user).segment
    assert (segment.size, members_of(segment).count()) == (10, 10)
    segment_users(room.workspace.pk)
    assert place_of(user) == ("crowd-1", False), "another run keeps the place"
    reject(statement=said)
    refresh_user(user.pk)
    assert place_of(user) is None


def test_a_provisional_place_gives_way_to_what_the_user_takes_to(room):
    user = room.reader("declares")
    declare(user=user, tag_key_or_name="love", polarity=1)
    refresh_user(user.pk)
    room.rates(user, "crime", 5, 1, 2, 3)
    taste_users(room.workspace.pk, [user.pk], now=NOW)
    assert place_of(user) == ("crowd-0", True)
    assert Profile.objects.get(user=user).segment.size == 11
    sizes = Segment.objects.filter(size__gt=0).order_by("size").values_list("size", flat=True)
    assert list(sizes) == [10, 10, 11]


def test_what_is_disliked_draws_nobody_near_and_of_two_the_stronger_decides():
    one, two = Segment(number=1, tags=[1, 2], size=5), Segment(number=2, tags=[3], size=5)
    assert nearest_by_words({1: 0.9}, [one, two]) is one
    assert nearest_by_words({1: 0.9, 3: 0.7}, [one, two]) is two  # .9 / sqrt(2) = .64
    assert nearest_by_words({1: 0.9, 2: -0.9}, [one, two]) is None
    assert nearest_by_words({4: 0.9}, [one, two]) is None
    larger = Segment(number=3, tags=[3], size=6)
    assert nearest_by_words({3: 0.9}, [two, larger]) is larger


@pytest.mark.django_db(transaction=True)
def test_two_that_segment_for_the_first_time_at_once_leave_what_one_would(workspace):
    room = Room(workspace)
    room.space()
    room.crowd(CROWD)

    def work(_: int) -> int:
        try:
            return segment_users(workspace.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(work, range(2))) == [CROWD, CROWD]
    assert sorted(members(room)) == [1, 2, 3]
    assert sorted(Segment.objects.values_list("size", flat=True)) == [10, 10, 10]
    assert SegmentRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_user_without_a_profile_gets_one_with_the_segment(workspace):
    room = Room(workspace)
    user = room.reader("bare")
    room.rates(user, "love", 5, 1, 2)
    assert segment_users(workspace.pk) == 1
    assert Profile.objects.get(user=user).segment.size == 1


def test_the_directions_of_items_stand_aside_and_serve_nothing(room):
    space = Space.objects.get(encoder=COMPANY)
    assert space.state == Space.State.ASIDE
    assert Space.objects.filter(workspace=room.workspace, state=Space.State.ACTIVE).count() == 1
    kept = ItemVector.objects.filter(space=space).count()
    assert kept == len(load_company(room.workspace.pk).items)
    segment_users(room.workspace.pk)
    assert ItemVector.objects.filter(space=space).count() == kept


def test_another_version_makes_a_segmented_workspace_due(room):
    assert not segments_due(room.workspace.pk).exists()
    Segment.objects.filter(workspace=room.workspace).update(version="before")
    assert segments_due(room.workspace.pk).exists()


def test_segmenting_takes_the_same_queries_for_any_number_of_users(
    room, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30):
        segment_users(room.workspace.pk)


def test_what_was_taken_to_is_weighed_over_all_that_was_done(workspace):
    room = Room(workspace)
    user = room.reader()
    bought, returned, seen, twice = room.items["crime"][:4]
    make_interaction(user, bought, "borrow")
    make_interaction(user, returned, "borrow")
    make_interaction(user, returned, "return")
    make_interaction(user, returned, "dismiss")
    make_interaction(user, seen, "view")
    for _ in range(2):
        make_interaction(user, twice, "view")
    room.rates(user, "love", 5, 0)
    room.rates(user, "love", 1, 1)
    company = load_company(workspace.pk)
    assert company.users.tolist() == [user.pk]
    assert company.items.tolist() == sorted([bought.pk, twice.pk, room.items["love"][0].pk])
    assert np.isnan(company.when).sum() == 2
    User.objects.filter(pk=user.pk).update(is_paused=True)
    assert not len(load_company(workspace.pk).users)

"""The admin's pages of figures: who sees them, who changes what, and what they say."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Workspace
from core.models import JobRun, StageRun
from likeness.health import answers
from profiles.models import Profile, Segment, User
from profiles.queries.base import compared_with
from profiles.services.quality import look_over
from profiles.services.segments import segment_users
from tests.factories import make_item, make_user, make_workspace
from tests.likeness.people import make_staff
from tests.profiles.readers import Room
from workers.tasks.quality import look_over as look_over_task

pytestmark = pytest.mark.django_db
CLOCK = {"kind": "clockwork", "value": 0.01}
SUSPECT = {"kind": "suspect", "value": 0.7}


def client_of(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(24)
    segment_users(workspace.pk)
    return room


def staff(room: Room, role: str) -> Client:
    return client_of(make_staff(f"staff-{role}", room.workspace, role=role))


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def page_of(segment: Segment) -> str:
    return reverse("admin:profiles_segment_change", args=[segment.pk])


def test_a_segment_shows_its_members_and_why_there_are_so_many(room):
    viewer = staff(room, Membership.Role.VIEWER)
    segment = Segment.objects.filter(size__gt=0).first()
    page = text_of(viewer.get(page_of(segment)))
    member = Profile.objects.filter(segment=segment).first().user
    assert reverse("admin:profiles_user_change", args=[member.pk]) in page
    assert "24 users were parted by" in page
    assert "adjusted Rand index" in page


def test_a_segment_of_another_workspace_is_not_there(room):
    stranger = client_of(make_staff("stranger", make_workspace("elsewhere")))
    assert stranger.get(page_of(Segment.objects.first())).status_code == 404
    assert client_of(make_staff("chief")).get(page_of(Segment.objects.first())).status_code == 200


def test_the_list_of_segments_draws_how_they_have_grown(room):
    viewer = staff(room, Membership.Role.VIEWER)
    segment_users(room.workspace.pk)
    page = text_of(viewer.get(reverse("admin:profiles_segment_changelist")))
    assert "lk-sparks" in page
    assert "8 → 8" in page


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        text_of(client.get(address))
    return len(captured)


def test_boards_take_the_same_queries_for_more_of_everything(room):
    chief = client_of(make_staff("chief"))
    look_over(room.workspace.pk)
    here = f"?workspace={room.workspace.pk}"
    boards = [
        page_of(Segment.objects.filter(size__gt=0).first()),
        reverse("admin:profiles_segment_changelist"),
        reverse("costs") + here,
        reverse("quality") + here,
    ]
    before = [queries_of(chief, board) for board in boards]
    for number in range(12):
        user = make_user(room.workspace, f"odd-{number}")
        Profile.objects.create(workspace=room.workspace, user=user, oddities=[CLOCK, SUSPECT])
        StageRun.objects.create(
            workspace=room.workspace, stage=f"s{number}.x", rows=1, seconds=1.0, tokens=5
        )
        room.rates(user, "crime", 5, *range(5))
        make_workspace(f"more-{number}")
    segment_users(room.workspace.pk)
    assert [queries_of(chief, board) for board in boards] == before


def test_costs_name_the_stages_with_their_models(room):
    StageRun.objects.create(
        workspace=room.workspace,
        stage="encode.items",
        model="tiny",
        rows=90,
        seconds=4.5,
        tokens=77,
    )
    page = text_of(staff(room, Membership.Role.VIEWER).get(reverse("costs")))
    assert "tiny" in page
    assert "No budget is set." in page


def test_owners_set_the_budget_and_others_may_not(room):
    address = f"{reverse('costs')}?workspace={room.workspace.pk}"
    wanted = {"seconds": "0", "tokens": ""}
    refused = staff(room, Membership.Role.CURATOR).post(address, wanted, follow=True)
    assert "Only owners" in text_of(refused)
    assert Workspace.objects.get(pk=room.workspace.pk).budget_seconds is None
    owner = staff(room, Membership.Role.OWNER)
    page = text_of(owner.post(address, wanted, follow=True))
    kept = Workspace.objects.get(pk=room.workspace.pk)
    assert (kept.budget_seconds, kept.budget_tokens) == (0, None)
    assert "The budget for today is used up" in page
    assert "The budget for today is used up" in text_of(owner.get(reverse("admin:index")))
    assert owner.post(address, {"seconds": "-4"}).status_code == 400


def test_quality_tells_who_may_be_a_bot_and_curators_leave_them_out(room):
    user = User.objects.get(external_id="crowd-0")
    look_over(room.workspace.pk)
    Profile.objects.filter(user=user).update(oddities=[CLOCK, SUSPECT])
    address = f"{reverse('quality')}?workspace={room.workspace.pk}"
    asked = {"do": "leave_out", "user": str(user.pk)}
    viewer, curator = staff(room, Membership.Role.VIEWER), staff(room, Membership.Role.CURATOR)
    assert "as even as a clock" in text_of(viewer.get(address))
    viewer.post(address, asked)
    assert user in compared_with(room.workspace.pk)
    assert "is left out" in text_of(curator.post(address, asked, follow=True))
    assert user not in compared_with(room.workspace.pk)
    curator.post(address, asked | {"do": "count"})
    assert user in compared_with(room.workspace.pk)


def test_quality_leads_to_the_items_whose_numbers_stand_out(room):
    for number in range(20):
        make_item(room.workspace, f"usual-{number}", attributes={"pages": 300 + number})
    odd = make_item(room.workspace, "odd", attributes={"pages": 90_000})
    gone = make_item(room.workspace, "gone", attributes={"pages": 80_000})
    look_over(room.workspace.pk)
    gone.delete()
    address = f"{reverse('quality')}?workspace={room.workspace.pk}"
    page = text_of(staff(room, Membership.Role.VIEWER).get(address))
    link = reverse("admin:catalog_item_change", args=[odd.pk])
    assert f'<a class="lk-link" href="{link}">odd</a> (90,000)' in page
    assert "gone (80,000)" in page


def test_a_made_up_user_or_workspace_is_refused_in_words(room):
    curator = staff(room, Membership.Role.CURATOR)
    address = f"{reverse('quality')}?workspace={room.workspace.pk}"
    asked = {"do": "leave_out", "user": "9" * 30}
    assert "There is no such user here." in text_of(curator.post(address, asked, follow=True))
    for made_up in ("0", "x", "9" * 30):
        assert curator.get(f"{reverse('costs')}?workspace={made_up}").status_code == 404


def test_a_board_orders_a_look_once_and_tells_how_it_stands(room):
    answers.forget()
    curator = staff(room, Membership.Role.CURATOR)
    board = f"{reverse('quality')}?workspace={room.workspace.pk}"
    page = text_of(curator.post(board, {"do": "look"}, follow=True))
    assert "It waits for a worker." in page
    assert "No worker answers: start one" in page
    assert 'value="look"' not in page
    again = text_of(curator.post(board, {"do": "look"}, follow=True))
    assert "This is ordered already, and not finished." in again
    [order] = JobRun.objects.filter(workspace=room.workspace)
    assert look_over_task.run(str(order.pk))
    order.refresh_from_db()
    assert order.state == "done"
    page = text_of(curator.get(board))
    assert 'value="look"' in page
    assert "As of" in page
    assert not look_over_task.run(str(order.pk))


def test_nobody_but_staff_sees_a_board(room):
    for board in (reverse("costs"), reverse("quality"), page_of(Segment.objects.first())):
        assert Client().get(board).status_code == 302

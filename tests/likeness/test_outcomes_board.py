"""The admin's page of outcomes: rates, experiments and their results, and who starts them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from likeness.boards.outcomes import DAYS
from recommendations.models import Experiment, Impression, ServingSettings, Slate
from tests.factories import make_interaction, make_item, make_user, make_workspace
from tests.likeness.people import make_staff

pytestmark = pytest.mark.django_db
ARMS = [{"name": "as now"}, {"name": "no tags", "without": ["tags"]}]


def client_of(workspace, role=Membership.Role.OWNER):
    client = Client()
    client.force_login(make_staff(f"staff-{role}-{workspace.pk}", workspace, role=role))
    return client


def serve(workspace, number, **fields):
    item = make_item(workspace, f"item {number}")
    user = make_user(workspace, f"user {number}")
    slate = Slate.objects.create(
        workspace=workspace, user=user, item_ids=[item.pk], scores=[1.0], **fields
    )
    Impression.objects.create(workspace=workspace, slate=slate, item=item, seen_at=slate.created_at)
    return user, item, slate


def test_the_board_tells_rates_with_their_intervals(workspace):
    for number in range(10):
        user, item, slate = serve(workspace, number, placement="home")
        if number < 8:
            make_interaction(user, item, slate_id=slate.pk)
    page = client_of(workspace).get("/admin/outcomes/").content.decode()
    assert "home" in page
    assert "10 seen" in page
    assert "80.0% (47.4 to 94.7)" in page


def test_an_owner_starts_and_stops_an_experiment_and_reads_its_results(workspace):
    experiment = Experiment.objects.create(workspace=workspace, name="tags?", arms=ARMS)
    client = client_of(workspace)
    client.post("/admin/outcomes/", {"experiment": experiment.pk, "do": "start"})
    experiment.refresh_from_db()
    assert experiment.state == "running"
    serve(workspace, 1, experiment=experiment, arm="no tags")
    page = client.get("/admin/outcomes/").content.decode()
    assert "no tags" in page
    assert "against the first" in page
    asked = f"/admin/outcomes/{experiment.pk}/stop/"
    assert asked in page
    assert "cannot be started again" in client.get(asked).content.decode()
    experiment.refresh_from_db()
    assert experiment.state == "running"
    client.post(asked)
    experiment.refresh_from_db()
    assert experiment.state == "stopped"


def test_curators_and_others_do_not_stop_one(workspace):
    ours = Experiment.objects.create(workspace=workspace, name="x", arms=ARMS, state="running")
    theirs = Experiment.objects.create(
        workspace=make_workspace(), name="y", arms=ARMS, state="running"
    )
    curator = client_of(workspace, Membership.Role.CURATOR)
    curator.post(f"/admin/outcomes/{ours.pk}/stop/")
    assert curator.post(f"/admin/outcomes/{theirs.pk}/stop/").status_code == 404
    assert Experiment.objects.filter(state="running").count() == 2


def test_what_runs_comes_first_and_the_others_follow_page_by_page(workspace):
    def plan(name, **fields):
        return Experiment.objects.create(workspace=workspace, name=name, arms=ARMS, **fields)

    running = plan("the-one-that-runs", state="running", placement="home")
    for number in range(12):
        plan(f"stopped-{number:02}", state="stopped", placement=f"p{number}")
    client = client_of(workspace)
    first = client.get("/admin/outcomes/").content.decode()
    assert first.index("the-one-that-runs") < first.index("stopped-11")
    assert f"?workspace={workspace.pk}&amp;page=2" in first
    assert "stopped-00" not in first
    assert "stopped-00" in client.get("/admin/outcomes/?page=2").content.decode()
    listed = client.get("/admin/recommendations/experiment/").content.decode()
    results = f"/admin/outcomes/?workspace={workspace.pk}&amp;experiment={running.pk}"
    assert results in listed
    alone = client.get(results.replace("&amp;", "&")).content.decode()
    assert "the-one-that-runs" in alone
    assert "stopped-11" not in alone


def test_only_what_was_never_started_is_deleted(workspace):
    client = client_of(workspace)
    for state, status in (("draft", 302), ("running", 403), ("stopped", 403)):
        one = Experiment.objects.create(workspace=workspace, name=state, arms=ARMS, state=state)
        address = f"/admin/recommendations/experiment/{one.pk}/delete/"
        assert client.post(address, {"post": "yes"}).status_code == status
    kept = list(Experiment.objects.values_list("pk", flat=True))
    assert len(kept) == 2
    many = {"action": "delete_selected", "_selected_action": kept, "post": "yes"}
    client.post("/admin/recommendations/experiment/", many)
    assert Experiment.objects.count() == 2


def test_rates_keep_tenths_and_a_day_without_any_is_no_zero(workspace):
    for number in range(40):
        user, item, slate = serve(workspace, number, placement="home")
        if number < 1:
            make_interaction(user, item, slate_id=slate.pk)
    page = client_of(workspace).get("/admin/outcomes/").content.decode()
    assert page.count('<rect class="bar"') == 1
    assert page.count("<td>–</td>") == DAYS - 1
    assert "<td>2.5</td>" in page
    assert '<text x="256" y="9" text-anchor="end">2.5</text>' in page


def words_of(client):
    page = client.get("/admin/outcomes/").content.decode()
    return " ".join(re.sub("<[^>]*>", " ", page).split())


def test_an_experiment_says_where_it_runs_and_what_its_arms_change(workspace):
    arms = [
        {"name": "as now", "weight": 3},
        {"name": "b", "without": ["tags"], "blend": {"popular": 0.5}, "explored_share": 0.2},
    ]
    Experiment.objects.create(workspace=workspace, name="x", arms=arms, placement="home")
    words = words_of(client_of(workspace))
    assert "at home" in words
    assert "as now 75% of users · as it is" in words
    assert "b 25% of users · left out: tags like those they like" in words
    assert "weighed: what is popular × 0.5 · 20% of places tried out" in words
    assert "It changes nothing until an owner starts it" in words


def test_an_experiment_of_which_nothing_was_seen_says_what_to_do(workspace):
    Experiment.objects.create(workspace=workspace, name="x", arms=ARMS, state="running")
    words = words_of(client_of(workspace))
    assert "at every placement" in words
    assert "Nothing was seen of it yet." in words
    assert "0.0%" not in words


def test_the_board_says_whether_an_arm_does_better(workspace):
    experiment = Experiment.objects.create(
        workspace=workspace, name="x", arms=ARMS, state="running"
    )
    client = client_of(workspace)
    for number in range(3):
        serve(workspace, number, experiment=experiment, arm=ARMS[number % 2]["name"])
    assert "too few users yet" in words_of(client)
    for number in range(3, 43):
        arm = ARMS[number % 2]["name"]
        user, item, slate = serve(workspace, number, experiment=experiment, arm=arm)
        if number % 2 or number < 10:
            make_interaction(user, item, "view", slate_id=slate.pk)
    words = words_of(client)
    assert "more clicks than the first: +" in words
    assert "no difference in likings can be told yet: +0.0 points" in words


@pytest.mark.parametrize("role", [Membership.Role.VIEWER, Membership.Role.CURATOR])
def test_nobody_else_starts_one(workspace, role):
    experiment = Experiment.objects.create(workspace=workspace, name="tags?", arms=ARMS)
    client_of(workspace, role).post(
        "/admin/outcomes/", {"experiment": experiment.pk, "do": "start"}
    )
    experiment.refresh_from_db()
    assert experiment.state == "draft"


def test_an_experiment_of_another_workspace_is_not_there(workspace):
    theirs = Experiment.objects.create(workspace=make_workspace(), name="theirs", arms=ARMS)
    client = client_of(workspace)
    answer = client.post("/admin/outcomes/", {"experiment": theirs.pk, "do": "start"})
    assert answer.status_code == 404
    assert "theirs" not in client.get("/admin/outcomes/").content.decode()


def test_an_experiment_is_planned_in_a_form_that_checks_its_arms(workspace):
    client = client_of(workspace)
    form = {"workspace": workspace.pk, "name": "x", "placement": "", "arms": '[{"name": "a"}]'}
    refused = client.post("/admin/recommendations/experiment/add/", form)
    assert "give a list of 2 to 10 arms." in refused.content.decode()
    arms = '[{"name": "a"}, {"name": "b"}]'
    client.post("/admin/recommendations/experiment/add/", form | {"arms": arms})
    assert Experiment.objects.get().name == "x"


def test_what_has_started_can_no_longer_be_changed(workspace):
    experiment = Experiment.objects.create(
        workspace=workspace, name="x", arms=ARMS, state="running"
    )
    form = {"workspace": workspace.pk, "name": "y", "placement": "", "arms": "[]"}
    address = f"/admin/recommendations/experiment/{experiment.pk}/change/"
    assert client_of(workspace).post(address, form).status_code == 403


def test_an_owner_sets_the_share_that_is_tried_out(workspace):
    form = {"workspace": workspace.pk, "explored_share": "0.2"}
    client_of(workspace).post("/admin/recommendations/servingsettings/add/", form)
    assert ServingSettings.objects.get().explored_share == 0.2


def test_the_number_of_queries_is_the_same_for_any_number_of_slates(workspace):
    client, counts = client_of(workspace), []
    for more in (1, 12):
        for number in range(more):
            serve(workspace, f"{more}.{number}", placement=f"place {number}")
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/outcomes/")
        counts.append(len(queries))
    assert counts[0] == counts[1]

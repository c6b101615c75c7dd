"""The admin's page of outcomes: rates, experiments and their results, and who starts them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
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
    assert "80.0% (49.0 to 94.3)" in page


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
    client.post("/admin/outcomes/", {"experiment": experiment.pk, "do": "stop"})
    experiment.refresh_from_db()
    assert experiment.state == "stopped"


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

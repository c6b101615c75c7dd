"""The page of outcomes in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import Membership
from recommendations.models import Experiment, Impression, Slate
from tests.factories import make_interaction, make_user
from tests.likeness.people import make_staff

pytestmark = pytest.mark.browser
ARMS = [{"name": "as now"}, {"name": "without tags", "without": ["tags"]}]


def fill(world):
    experiment = Experiment.objects.create(
        workspace=world.workspace, name="Do tags help?", arms=ARMS, state="running"
    )
    for number in range(40):
        user = make_user(world.workspace, f"visitor {number}")
        items = world.gothic[:4]
        slate = Slate.objects.create(
            workspace=world.workspace,
            user=user,
            placement="home",
            experiment=experiment,
            arm=ARMS[number % 2]["name"],
            item_ids=[item.pk for item in items],
            scores=[1.0] * 4,
        )
        for item in items:
            Impression.objects.create(
                workspace=world.workspace, slate=slate, item=item, seen_at=slate.created_at
            )
        if number % 3 == 0:
            make_interaction(user, items[0], slate_id=slate.pk)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_owner_reads_and_stops_an_experiment(open_window, reader, width):
    fill(reader.world)
    owner = make_staff("owner", reader.world.workspace, role=Membership.Role.OWNER)
    page = open_window(owner, width=width)
    page.goto("/admin/outcomes/")
    expect(page.locator("svg.lk-chart").first).to_be_visible()
    expect(page.locator(".lk-table tbody tr")).to_have_count(2)
    expect(page.locator(".lk-ranges svg")).to_have_count(4)
    expect(page.locator(".lk-ranges").last).to_contain_text("no difference in clicks can be told")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("link", name="Stop …").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("body")).to_contain_text("From the next list on, this counts.")
    expect(page.locator(".lk-badge")).to_have_text("stopped")

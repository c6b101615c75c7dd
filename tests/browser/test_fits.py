"""The page of a fit in a real browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Membership
from recommendations.models import Fit
from recommendations.services.learning import learn
from tests.likeness.people import make_staff
from tests.likeness.test_fit_board import REPORT

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_an_owner_reads_a_fit_and_lets_it_serve_again(open_window, reader, width):
    for _ in range(2):
        learn(reader.world.workspace.pk)
    first = Fit.objects.earliest("pk")
    Fit.objects.filter(pk=first.pk).update(report=REPORT)
    owner = make_staff("owner", reader.world.workspace, role=Membership.Role.OWNER)
    page = open_window(owner, width=width)
    page.goto(reverse("admin:recommendations_fit_change", args=[first.pk]))
    expect(page.locator("svg.lk-chart")).to_have_count(4)
    page.locator("summary").first.click()
    expect(page.locator("details[open] .lk-bars li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Let this fit serve again").click()
    expect(page.locator("body")).to_contain_text(f"fit {first.pk} serves.")
    expect(page.locator(".lk-badge").first).to_have_text("serves now")
    expect(page.get_by_role("button", name="Let this fit serve again")).to_have_count(0)

"""What staff see of trained models and of how far confidence can be trusted."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Membership
from catalog.models import TrainedModel
from catalog.queries.trained import digests_in, folder_of
from profiles.models import Calibration
from tests.likeness.people import Reader, make_staff

pytestmark = pytest.mark.browser

TABLE = [
    {"told": 0.3, "confirmed": 0.28, "count": 40},
    {"told": 0.8, "confirmed": 0.82, "count": 160},
]


@pytest.fixture
def calibration(reader: Reader) -> Calibration:
    return Calibration.objects.create(
        workspace=reader.world.workspace,
        error=0.021,
        statements=200,
        table=TABLE,
        is_used=True,
        version="1",
        made_at=timezone.now(),
    )


@pytest.fixture
def models(reader: Reader, settings, tmp_path) -> list[TrainedModel]:
    """Two candidates to read sentiment with."""
    settings.MODELS = tmp_path
    made = [
        TrainedModel.objects.create(
            workspace=reader.world.workspace,
            use=TrainedModel.Use.SENTIMENT,
            method="frozen",
            base="e5",
            name=f"sentiment-{number}",
            digest=f"{number}" * 64,
            metrics={"gain": {"value": 0.02, "low": 0.01, "high": 0.03}},
            trained_at=timezone.now(),
        )
        for number in (1, 2)
    ]
    for model in made:
        folder = folder_of(model.name)
        folder.mkdir()
        (folder / "head.json").write_text("{}", encoding="utf-8")
        model.files = digests_in(folder)
        model.save()
    return made


def act(page: Page, name: str, action: str) -> None:
    page.goto("/admin/catalog/trainedmodel/")
    row = page.locator("#result_list tbody tr").filter(has_text=name)
    row.locator("input.action-select").check()
    page.locator("select[name=action]").select_option(action)
    page.locator("button[name=index]").click()


def states(models: list[TrainedModel]) -> list[str]:
    return [TrainedModel.objects.get(pk=model.pk).state for model in models]


def test_an_owner_chooses_what_runs_and_goes_back(open_window, reader, models):
    page = open_window(make_staff("owner", reader.world.workspace, role=Membership.Role.OWNER))
    act(page, "sentiment-1", "run_chosen")
    expect(page.locator("body")).to_contain_text("sentiment-1 runs now.")
    act(page, "sentiment-2", "run_chosen")
    assert states(models) == ["retired", "running"]
    act(page, "sentiment-2", "go_back")
    expect(page.locator("body")).to_contain_text("The model before runs again.")
    assert states(models) == ["running", "retired"]


def test_a_curator_sees_the_models_and_chooses_none(open_window, reader, models):
    page = open_window(make_staff("curator", reader.world.workspace))
    page.goto("/admin/catalog/trainedmodel/")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    expect(page.locator("#result_list")).to_contain_text("+0.0200 (+0.0100 … +0.0300)")
    assert page.locator("option[value=run_chosen]").count() == 0


def test_the_reliability_plot_has_a_dot_and_a_row_for_every_bin(open_window, reader, calibration):
    page = open_window(make_staff("curator", reader.world.workspace))
    page.goto("/admin/profiles/calibration/")
    page.locator("#result_list tbody th a").click()
    expect(page.locator("h1, h2").filter(has_text="How far confidence")).to_have_count(1)
    expect(page.locator("svg circle")).to_have_count(len(TABLE))
    expect(page.locator("table tbody tr")).to_have_count(len(TABLE))


@pytest.mark.parametrize("path", ["profiles/calibration/{}/change/", "catalog/trainedmodel/"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_they_fit_a_phone(open_window, reader, calibration, models, path, locale):
    staff = make_staff("owner", reader.world.workspace, role=Membership.Role.OWNER)
    page = open_window(staff, width=390, locale=locale)
    page.goto("/admin/" + path.format(calibration.pk))
    assert page.evaluate("document.documentElement.scrollWidth") == 390

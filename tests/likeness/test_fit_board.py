"""A fit on its page: what staff read of its report, and who lets it serve again."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from likeness.boards.fit_pictures import counted_of, decisions_of, interval, tried_of
from recommendations.engine.members import KNOBS, WAYS
from recommendations.fit_words import decision_in_words, setting_in_words, way_names
from recommendations.models import Fit
from recommendations.services.learning import learn
from tests.factories import make_workspace
from tests.likeness.people import make_staff
from tests.recommendations.worlds import World, make_world

pytestmark = pytest.mark.django_db

GATE = {"is_open": True, "value": 0.052, "low": 0.011, "high": 0.093, "users": 812}
REPORT = {
    "users": [700, 640, 512],
    "tried": [
        {"choice": "PopularityConfig(half_life_days=None, window_share=0.05)", "merit": 0.04},
        {"choice": "PopularityConfig(half_life_days=30.0, window_share=None)", "merit": 0.05},
        {"choice": "ease(ridge=100, limit=0)", "merit": 0.08},
        {"choice": "HistoryConfig(half_life_steps=5.0, dislike=0.0, feeling=0.0)", "merit": 0.081},
        {"choice": "HistoryConfig(half_life_steps=None, dislike=0.0, feeling=0.0)", "merit": 0.08},
    ],
    "mix": {"alone": {"walk": 0.07, "ease": 0.08}, "shares": {"walk": 1.0, "ease": 3.0}},
    "gates": {"portrait": GATE, "sentiment": GATE | {"is_open": False, "low": -0.01}},
    "newcomers": {
        "share": 0.5,
        "tried": [
            {"share": 0.0, "merit": 0.09, "found_of_new": 0.0},
            {"share": 0.5, "merit": 0.0899, "found_of_new": 0.12},
        ],
    },
    "ranker": {
        "tried": 12,
        "settings": {"learning_rate": 0.05, "num_leaves": 15},
        "gate": GATE,
        "users": 812,
        "features": {"blended_score": 0.61, "popular_of_late": 0.39},
    },
    "against": 7,
    "served_because": "level_and_newer",
    "lead": {"value": 0.001, "low": -0.004, "high": 0.006},
}
BLEND = {
    "weights": {"neighbours": 1.0, "popular": 1.0},
    "buckets": [{"least": 3, "weights": {"neighbours": 3.0, "popular": 1.0}}],
}


@pytest.fixture
def world(db) -> World:
    world = make_world(size=12, readers=11)
    for _ in range(2):
        learn(world.workspace.pk)
    return world


def client_of(world: World, role: str) -> Client:
    client = Client()
    client.force_login(make_staff(f"staff-{role}", world.workspace, role=role))
    return client


def page_of(fit: Fit) -> str:
    return reverse("admin:recommendations_fit_change", args=[fit.pk])


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_staff_read_what_was_decided_in_words(world):
    fit = Fit.objects.earliest("pk")
    Fit.objects.filter(pk=fit.pk).update(report=REPORT, config=fit.config | {"blend": BLEND})
    page = text_of(client_of(world, Membership.Role.VIEWER).get(page_of(fit)))
    for told in (
        "Level with fit 7 (+0.10 points, -0.40 to +0.60), and newer",
        "in use: +5.2 % (+1.1 % to +9.3 %), 812 users compared",
        "The words of reviews not in use",
        "What “of late” means: half in 30 days best of 2 settings",
        "a relaxed linear autoencoder 75 %, alone 0.0800",
        "50 % lent ✓ 12.0 % of new items found",
        "blended score 61.0 %",
        "The best of 12 tries, on 812 users: num leaves 15, learning rate 0.05.",
        "what 512 – 700 users took to next, at 3 moments",
        "3 or more",
    ):
        assert told in page


def test_a_fit_with_the_first_settings_says_that_nothing_was_tried(world):
    page = text_of(client_of(world, Membership.Role.VIEWER).get(page_of(Fit.objects.latest("pk"))))
    assert "serves now" in page
    assert "users are too few to compare by" in page
    assert "Nothing: there were too few users to choose by" in page


def test_owners_let_a_fit_serve_again_and_others_may_not(world):
    first, second = Fit.objects.order_by("pk")
    refused = client_of(world, Membership.Role.CURATOR).post(page_of(first), follow=True)
    assert "Only owners of the workspace choose what serves." in text_of(refused)
    second.refresh_from_db()
    assert second.state == Fit.State.SERVING
    owner = client_of(world, Membership.Role.OWNER)
    page = text_of(owner.post(page_of(first), follow=True))
    assert f"From the next list on, fit {first.pk} serves." in page
    assert f"from fit {second.pk}." in page
    first.refresh_from_db()
    assert first.state == Fit.State.SERVING


def test_the_list_lets_one_fit_serve_again(world):
    first, second = Fit.objects.order_by("pk")
    address = reverse("admin:recommendations_fit_changelist")
    owner = client_of(world, Membership.Role.OWNER)

    def choose(*fits: Fit) -> str:
        asked = {"action": "serve_again", "_selected_action": [fit.pk for fit in fits]}
        return text_of(owner.post(address, asked, follow=True))

    assert "Choose one fit of your own." in choose(first, second)
    assert "serves." in choose(first)
    first.refresh_from_db()
    assert first.state == Fit.State.SERVING
    Fit.objects.filter(pk=second.pk).update(version="0")
    assert "stored by version 0" in choose(second)


def test_a_fit_of_another_workspace_is_not_there(world):
    elsewhere = make_workspace("elsewhere")
    client = Client()
    client.force_login(make_staff("stranger", elsewhere))
    assert client.get(page_of(Fit.objects.latest("pk"))).status_code == 404
    assert Client().get(page_of(Fit.objects.latest("pk"))).status_code == 302


def test_shares_of_sources_are_of_all_weights_and_the_weightiest_stands_first():
    counted = counted_of(BLEND)
    buckets = [{"least": least, "weights": {}} for least in (0, 1, 5)]
    lengths = counted_of({"weights": {}, "buckets": buckets}).columns
    assert lengths == ["all users", "0", "1–4", "5 or more"]
    assert [row.shares for row in counted.rows] == [[50, 75], [50, 25]]
    assert counted_of({"weights": {"popular": 2.0}}).columns == ["all users"]


def test_an_interval_is_drawn_around_nothing_gained():
    drawn = interval({"value": 0.05, "low": 0.0, "high": 0.1}, words="", name="", unit="%")
    assert drawn.zero == 130.0 == drawn.x
    assert drawn.tick > drawn.zero
    below = interval({"value": -0.05, "low": -0.1, "high": -0.01}, words="", name="", unit="%")
    assert below.x + below.width < below.zero


@pytest.mark.parametrize(("unit", "end"), [("%", "0.1 %"), ("", "0.01")])
def test_the_line_of_what_changes_nothing_still_has_ends(unit, end):
    drawn = interval({"value": 0.0, "low": 0.0, "high": 0.0}, words="", name="", unit=unit)
    assert (drawn.first, drawn.last, drawn.tick) == (f"−{end}", f"+{end}", 130.0)


def test_a_decision_without_any_difference_says_so():
    nothing = {"is_open": False, "value": 0.0, "low": 0.0, "high": 0.0, "users": 12}
    told = "not in use: the same for every user, 12 users compared"
    assert decision_in_words(nothing) == told


def test_a_closed_decision_is_drawn_too_and_what_is_unknown_is_left_out():
    found = decisions_of({"gates": {"portrait": GATE, "weather": GATE}, "ranker": {"gate": GATE}})
    assert [one.is_open for one in found] == [True, True]


def test_settings_are_grouped_by_kind_with_the_best_first():
    kinds = tried_of(REPORT)
    assert [kind.best for kind in kinds] == [
        "half in 30 days",
        "ridge 100, limit 0",
        "half in 5 items",
    ]
    assert [bar.percent for bar in kinds[0].bars] == [100, 80]
    assert kinds[2].bars[1].name == "as it is"


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_link_items_and_its_settings_have_words(way):
    assert way in way_names()
    said = setting_in_words(dict.fromkeys(KNOBS[way], 0.5))
    assert len(said.split(", ")) == len(KNOBS[way])

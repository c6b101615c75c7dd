"""The admin's look, and what stands where in it."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

# Pages that stand beside the admin's own lists.
BOARDS = ("costs", "quality", "outcomes-board", "training")


def link(title: Any, icon: str, view: str, query: str = "") -> dict[str, Any]:
    """Return one entry of the side bar."""
    url: Any = reverse_lazy(view if view in BOARDS else f"admin:{view}")
    return {
        "title": title,
        "icon": icon,
        "link": format_lazy("{}?{}", url, query) if query else url,
    }


def is_chief(request: HttpRequest) -> bool:
    """Return whether the visitor may see what is not of one workspace."""
    return bool(getattr(request.user, "is_superuser", False))


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Likeness",
    "SITE_HEADER": "Likeness",
    "SITE_SYMBOL": "portrait",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "sizes": "any",
            "type": "image/svg+xml",
            "href": lambda _request: static("likeness/icon.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "likeness.dashboard.figures",
    "STYLES": [
        lambda _request: static("likeness/admin.css"),
        lambda _request: static("likeness/boards.css"),
    ],
    "COLORS": {
        "primary": {
            "50": "rgb(236 246 242)",
            "100": "rgb(215 235 227)",
            "200": "rgb(175 215 202)",
            "300": "rgb(128 190 172)",
            "400": "rgb(104 182 162)",
            "500": "rgb(64 156 135)",
            "600": "rgb(31 111 92)",
            "700": "rgb(27 90 76)",
            "800": "rgb(24 72 62)",
            "900": "rgb(21 60 52)",
            "950": "rgb(10 36 31)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "title": _("Portraits"),
                "items": [
                    link(
                        _("Review inbox"),
                        "inbox",
                        "profiles_statement_changelist",
                        "status__exact=proposed",
                    ),
                    link(_("Users"), "group", "profiles_user_changelist"),
                    link(_("Readings"), "rate_review", "profiles_reading_changelist"),
                    link(_("Decisions on reviews"), "gavel", "profiles_ruling_changelist"),
                    link(_("Segments"), "hub", "profiles_segment_changelist"),
                    link(_("Data quality"), "fact_check", "quality"),
                    link(_("Reliability"), "verified", "profiles_calibration_changelist"),
                ],
            },
            {
                "title": _("Catalogue"),
                "items": [
                    link(_("Items"), "inventory_2", "catalog_item_changelist"),
                    link(_("Vocabulary"), "sell", "catalog_tag_changelist"),
                    link(_("Spaces"), "scatter_plot", "catalog_space_changelist"),
                    link(_("Kinds of interaction"), "touch_app", "profiles_kind_changelist"),
                ],
            },
            {
                "title": _("Recommending"),
                "items": [
                    link(_("Training"), "school", "training"),
                    link(_("Trained models"), "psychology", "catalog_trainedmodel_changelist"),
                    link(_("Fits"), "model_training", "recommendations_fit_changelist"),
                    link(_("Slates"), "view_carousel", "recommendations_slate_changelist"),
                    link(_("Outcomes"), "monitoring", "outcomes-board"),
                    link(_("Experiments"), "science", "recommendations_experiment_changelist"),
                    link(_("Exploring"), "explore", "recommendations_servingsettings_changelist"),
                ],
            },
            {
                "title": _("Running it"),
                "items": [
                    link(_("Jobs"), "pending_actions", "core_jobrun_changelist"),
                    link(_("Stages"), "speed", "core_stagerun_changelist"),
                    link(_("Costs"), "payments", "costs"),
                    link(_("Workspaces"), "domain", "accounts_workspace_changelist"),
                    link(_("Accounts"), "badge", "accounts_account_changelist")
                    | {"permission": is_chief},
                    link(_("API keys"), "key", "accounts_apikey_changelist"),
                ],
            },
        ],
    },
}

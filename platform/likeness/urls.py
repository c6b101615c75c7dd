"""Every address of the platform."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from core.api import not_found
from core.converters import ExternalIdConverter
from core.problems import ProblemView
from likeness.boards.costs import costs
from likeness.boards.fits import fit
from likeness.boards.outcomes import outcomes, stop
from likeness.boards.quality import quality
from likeness.boards.segments import segment
from likeness.boards.training import training
from likeness.deeds_admin import deeds, delete_deed
from likeness.health import LiveView, ReadyView
from likeness.portraits_admin import portrait
from likeness.previews_admin import preview

register_converter(ExternalIdConverter, "external")

api: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("catalog.api.urls")),
    path("", include("recommendations.api.urls")),
    path("", include("profiles.api.urls")),
    path("problems/<slug:code>", ProblemView.as_view(), name="problem"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api)),
    path("health/live", LiveView.as_view(), name="live"),
    path("health/ready", ReadyView.as_view(), name="ready"),
    re_path(r"^(?:api|health)(?:/|$)", not_found, name="nothing-here"),
    # Where the admin opens a user: the portrait, which shows what every floor knows of them.
    path("admin/profiles/user/<int:user_id>/change/", admin.site.admin_view(portrait)),
    path(
        "admin/profiles/user/<int:user_id>/deeds/",
        admin.site.admin_view(deeds),
        name="user-deeds",
    ),
    path(
        "admin/profiles/user/<int:user_id>/deeds/<uuid:key>/",
        admin.site.admin_view(delete_deed),
        name="delete-user-deed",
    ),
    path(
        "admin/profiles/user/<int:user_id>/statements/<int:statement_id>/preview/",
        admin.site.admin_view(preview),
        name="preview-statement",
    ),
    path("admin/profiles/segment/<int:segment_id>/change/", admin.site.admin_view(segment)),
    path("admin/recommendations/fit/<int:fit_id>/change/", admin.site.admin_view(fit)),
    path("admin/costs/", admin.site.admin_view(costs), name="costs"),
    path("admin/outcomes/", admin.site.admin_view(outcomes), name="outcomes-board"),
    path(
        "admin/outcomes/<int:experiment_id>/stop/",
        admin.site.admin_view(stop),
        name="stop-experiment",
    ),
    path("admin/quality/", admin.site.admin_view(quality), name="quality"),
    path("admin/training/", admin.site.admin_view(training), name="training"),
    path("admin/", admin.site.urls),
    path("", include("likeness.pages.urls")),
]

handler400 = "likeness.pages.refusals.bad_request"
handler403 = "likeness.pages.refusals.forbidden"
handler404 = "likeness.pages.refusals.not_found"
handler500 = "likeness.pages.refusals.server_error"

"""Addresses of slates and similar items, under the API's own. They come before the bare item."""

from django.urls import path

from recommendations.api import experiment_views, list_views, views

urlpatterns = [
    path("items/<external:external_id>/similar", views.SimilarView.as_view(), name="item-similar"),
    path("recommendations", views.RecommendationsView.as_view(), name="recommendations"),
    path("recommendations/validate", views.ValidateView.as_view(), name="validate"),
    path("slates/<uuid:slate_id>/impressions", views.ImpressionsView.as_view(), name="impressions"),
    path("experiments", experiment_views.ExperimentsView.as_view(), name="experiments"),
    path("experiments/<int:number>", experiment_views.ExperimentView.as_view(), name="experiment"),
    path(
        "experiments/<int:number>/start",
        experiment_views.ExperimentChangeView.as_view(),
        {"change": "start"},
        name="experiment-start",
    ),
    path(
        "experiments/<int:number>/stop",
        experiment_views.ExperimentChangeView.as_view(),
        {"change": "stop"},
        name="experiment-stop",
    ),
    path("lists", list_views.ListsView.as_view(), name="lists"),
    path("playlists", list_views.PlaylistsView.as_view(), name="playlists"),
    path("outcomes", views.OutcomesView.as_view(), name="outcomes"),
    path("recommendations/<uuid:slate_id>/next", views.NextSlateView.as_view(), name="next-slate"),
]

"""Addresses of items, users and portraits, under the API's own.

Ids may hold slashes, so addresses with fixed words around an id come before the bare id.
"""

from django.urls import path, re_path

from profiles.api import items, portraits, segments, users

BATCH = {"external_id": "batch"}

urlpatterns = [
    path("items/batch", items.ItemBatchView.as_view(), BATCH, name="items-batch"),
    path("items/<external:external_id>", items.ItemView.as_view(), name="item"),
    path("users/batch", users.UserBatchView.as_view(), BATCH, name="users-batch"),
    path(
        "users/<external:external_id>/profile", portraits.ProfileView.as_view(), name="user-profile"
    ),
    path(
        "users/<external:external_id>/statements",
        portraits.StatementsView.as_view(),
        name="user-statements",
    ),
    path("users/<external:external_id>/export", users.ExportView.as_view(), name="user-export"),
    path("users/<external:external_id>", users.UserView.as_view(), name="user"),
    path("interactions", users.InteractionsView.as_view(), name="interactions"),
    path("interactions/<external:event_id>", users.InteractionView.as_view(), name="interaction"),
    re_path(
        r"^statements/(?P<statement_id>\d{1,18})/(?P<verdict>confirm|reject|pin)$",
        portraits.CorrectionView.as_view(),
        name="statement-verdict",
    ),
    re_path(
        r"^statements/(?P<statement_id>\d{1,18})/undo$",
        portraits.UndoView.as_view(),
        name="statement-undo",
    ),
    path("segments", segments.SegmentsView.as_view(), name="segments"),
    path("segments/<int:number>/users", segments.MembersView.as_view(), name="segment-users"),
]

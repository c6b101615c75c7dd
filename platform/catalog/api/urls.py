"""Addresses of the vocabulary, under the API's own."""

from django.urls import path

from catalog.api import views

urlpatterns = [
    path("tags", views.TagsView.as_view(), name="tags"),
]

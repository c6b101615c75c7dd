"""Addresses of a workspace's jobs, under the API's own."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("jobs/<uuid:job_id>", views.JobView.as_view(), name="job"),
]

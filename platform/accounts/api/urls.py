"""Addresses of a workspace's jobs and costs, under the API's own."""

from django.urls import path

from accounts.api import costs, views

urlpatterns = [
    path("costs", costs.CostsView.as_view(), name="api-costs"),
    path("jobs/<uuid:job_id>", views.JobView.as_view(), name="job"),
]

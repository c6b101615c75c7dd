"""What others wrote while a form was on its way stays, and what they started stays started."""

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Membership, Workspace
from catalog.models import Tag
from recommendations.models import Experiment
from recommendations.services.outcomes import start_experiment
from tests.factories import make_tag
from tests.likeness.people import make_staff

pytestmark = pytest.mark.django_db


class Form:
    """A form of one row, filled in by an owner who read the row before others changed it."""

    def __init__(self, row: models.Model, **sent: object) -> None:
        workspace = row if isinstance(row, Workspace) else row.workspace
        self.request = RequestFactory().post("/")
        self.request.user = make_staff("owner", workspace, role=Membership.Role.OWNER)
        self.row = type(row).objects.get(pk=row.pk)
        self.admin = admin.site.get_model_admin(type(row))
        self.form = self.admin.get_form(self.request, self.row)(sent, instance=self.row)
        assert self.form.is_valid(), self.form.errors

    def save(self) -> None:
        self.admin.save_model(self.request, self.form.save(commit=False), self.form, change=True)


def test_counters_that_rise_meanwhile_are_not_set_back(workspace):
    form = Form(workspace, title="Books", keeps_raw_text="on", budget_seconds="60")
    Workspace.objects.filter(pk=workspace.pk).update(erasures=3, portraits_revision=7)
    form.save()
    workspace.refresh_from_db()
    assert (workspace.title, workspace.budget_seconds) == ("Books", 60)
    assert (workspace.erasures, workspace.portraits_revision) == (3, 7)


def test_what_another_blocks_while_a_tag_is_renamed_stays_blocked(workspace):
    tag, crime = make_tag(workspace, "gore"), make_tag(workspace, "crime", is_field=True)
    form = Form(tag, names='{"en": "Blood"}', source=tag.source)
    Tag.objects.filter(pk=tag.pk).update(is_blocked=True, is_blocked_by_staff=True, parent=crime)
    form.save()
    tag.refresh_from_db()
    assert (tag.names, tag.source) == ({"en": "Blood"}, Tag.Source.STAFF)
    assert (tag.is_blocked, tag.is_blocked_by_staff, tag.parent) == (True, True, crime)


def test_a_tag_that_went_meanwhile_does_not_come_back(workspace):
    tag = make_tag(workspace, "gore")
    form = Form(tag, names='{"en": "Blood"}', source=tag.source)
    Tag.objects.all().delete()
    with pytest.raises(Http404):
        form.save()
    assert not Tag.objects.exists()


def test_an_experiment_that_was_started_meanwhile_stays_as_it_was_started(workspace):
    arms = [{"name": "as now"}, {"name": "no tags", "without": ["tags"]}]
    experiment = Experiment.objects.create(workspace=workspace, name="tags", arms=arms)
    form = Form(experiment, name="other", placement="", arms='[{"name": "a"}, {"name": "b"}]')
    start_experiment(experiment=experiment, now=timezone.now())
    with pytest.raises(PermissionDenied):
        form.save()
    experiment.refresh_from_db()
    assert (experiment.name, experiment.state) == ("tags", Experiment.State.RUNNING)
    assert experiment.arms == arms

"""Owners of a health workspace say which sensitive topics its portraits may speak of."""

from typing import Any

from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import WorkspaceAdmin
from accounts.models import Scenario, Workspace
from language.sensitive import TOPICS
from profiles.services.topics import lift_topics
from profiles.wording import topic_in_words


def topics_in_words() -> list[tuple[str, str]]:
    """Return every topic with what it is called in the language of the page."""
    return [(topic, topic_in_words(topic)) for topic in TOPICS]


class WorkspaceForm(ModelForm[Workspace]):
    """A workspace with the topics that may be lifted, where any may."""

    lifted_topics = MultipleChoiceField(
        choices=topics_in_words,
        required=False,
        widget=CheckboxSelectMultiple,
        label=_("sensitive topics lifted"),
        help_text=_("Portraits may speak of these. They are health data by law: ask first."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.scenario != Scenario.HEALTH:
            del self.fields["lifted_topics"]


class LiftingWorkspaceAdmin(WorkspaceAdmin):
    """Only where the scenario is health are there topics to lift."""

    form = WorkspaceForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_fields(request, obj))
        may_lift = obj is not None and obj.scenario == Scenario.HEALTH
        return [*fields, "lifted_topics"] if may_lift else fields

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: Any) -> None:
        if "lifted_topics" in form.changed_data:  # first: it locks users, and they come first
            lift_topics(workspace=obj, topics=form.cleaned_data["lifted_topics"])
        super().save_model(request, obj, form, change)

"""What the admin calls its tables, columns and fields: each of these words can be translated."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.functional import Promise

from tests.likeness.people import make_staff

pytestmark = pytest.mark.django_db

# What Django names itself, in every language.
DJANGO = {"id", "password", "last_login"}
# Open on boards of their own, so that only their lists show labels.
ON_BOARDS = {"profiles.User", "profiles.Segment", "profiles.Calibration", "recommendations.Fit"}


@pytest.fixture
def request_of_chief() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = make_staff("chief")
    return request


def named(shown: Any, request: HttpRequest) -> Iterator[tuple[Any, str]]:
    """The names that a model's list, its filters, its form and the tables in it show."""
    yield from ((shown, name) for name in shown.get_list_display(request))
    yield from ((shown, name) for name in shown.list_filter if isinstance(name, str))
    if shown.model._meta.label in ON_BOARDS:
        return
    for one in [shown, *shown.get_inline_instances(request)]:
        yield from ((one, name) for name in flatten_fieldsets(one.get_fieldsets(request, None)))


def words_for(shown: Any, name: str) -> list[Any]:
    """The label, choices and help of what `shown` calls `name`."""
    own = getattr(shown, name, None)
    if inspect.ismethod(own):
        return [getattr(own, "short_description", name)]
    try:
        field = shown.model._meta.get_field(name)
    except FieldDoesNotExist:
        field = shown.form.base_fields.get(name)
        return [field.label] if field else []  # else of the form for adding, which is Django's
    choices = [label for _value, label in field.choices or ()]
    return [field.verbose_name, *choices, *([field.help_text] if field.help_text else [])]


def plain_words(shown: Any, request: HttpRequest) -> Iterator[str]:
    """Everything that the admin of a model says in one language only."""
    meta = shown.model._meta
    if not isinstance(meta.verbose_name, Promise):
        yield meta.label
    for part, name in named(shown, request):
        if name in DJANGO or name == "action_checkbox":
            continue
        words = words_for(part, name)
        yield from (f"{meta.label}.{name}: {word}" for word in words if type(word) is str)
    for action in shown.actions or ():
        if isinstance(getattr(shown, action).short_description, str):
            yield f"{meta.label}: action {action}"


def test_all_words_of_the_admin_can_be_translated(request_of_chief):
    registered = admin.site._registry.values()
    plain = [word for shown in registered for word in plain_words(shown, request_of_chief)]
    assert plain == []
    assert len(registered) > 15

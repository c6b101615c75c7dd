"""The past day that a page is asked to show a portrait of."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core import fields


def past_day_of(request: HttpRequest) -> date | None:
    """Return the past day in `?day=`, None for today; what cannot be shown is said to be so."""
    asked = request.GET.get("day", "")
    try:
        day = date.fromisoformat(asked) if asked else None
    except ValueError:
        day = None
    if asked and (day is None or not fields.FIRST_YEAR <= day.year <= timezone.localdate().year):
        told = _("“%(day)s” is no day that can be shown. Choose one up to today.")
        messages.error(request, told % {"day": asked})
        return None
    return None if day is None or day >= timezone.localdate() else day


def end_of(day: date | None) -> datetime | None:
    """Return the last moment of the day, as clocks go here."""
    if day is None:
        return None
    next_day = datetime.combine(day + timedelta(days=1), time.min)
    return timezone.make_aware(next_day) - timedelta(microseconds=1)

"""The figures of a portrait, named in the language of the page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from likeness.pages.charts import Chart, Range, bars_of, line_of, ranges_of
from profiles.queries.portraits import Portrait
from profiles.queries.quality import numbers_of_items

Figure = tuple[str, str]
# Burstiness within this of 0 is what chance gives.
EVEN = 0.2


def figures_of(portrait: Portrait) -> list[Figure]:
    """Return the figures that are known, each with its name."""
    behaviour = portrait.behaviour
    found: list[Figure | None] = [
        (_("interactions"), f"{portrait.counts.interactions:,}"),
        (_("different items"), f"{portrait.counts.items:,}"),
        (_("reviews"), f"{portrait.counts.reviews:,}"),
        _percent(_("met for the first time"), behaviour.get("novelty")),
        _percent(_("return to a maker met before"), behaviour.get("loyalty")),
        _percent(_("bring a subject never met before"), behaviour.get("new_tags")),
        _percent(_("breadth of interests"), behaviour.get("breadth")),
        _percent(_("pleased"), behaviour.get("pleased_share")),
        _percent(_("taste moved in 90 days"), behaviour.get("drift")),
        _signed(_("rating, against the middle"), behaviour.get("generosity")),
        _signed(_("tone of reviews"), portrait.sentiment.get("mean")),
        _pace(behaviour),
    ]
    return [figure for figure in found if figure is not None]


def rhythm_of(portrait: Portrait) -> Chart:
    """Return interactions by month as bars."""
    return bars_of(list(portrait.behaviour.get("months", {}).items()))


def mood_of(portrait: Portrait) -> Chart:
    """Return the sentiment of the reviews by month as a line, with a dot where there are any."""
    months = portrait.sentiment.get("months", [])
    chart = line_of([(one["month"], one["mean"]) for one in months])
    told = [dot for dot, one in zip(chart.dots, months, strict=True) if one["count"]]
    return replace(chart, dots=told)


def habits_of(portrait: Portrait) -> list[tuple[str, Chart]]:
    """Return when the user is active, as bars by hour, weekday and season, each with its name."""
    rhythm = portrait.behaviour.get("rhythm") or {}
    weekdays = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    seasons = [_("Dec–Feb"), _("Mar–May"), _("Jun–Aug"), _("Sep–Nov")]
    pictures = (
        (_("By hour, in UTC"), [f"{hour}:00" for hour in range(24)], rhythm.get("hours")),
        (_("By weekday"), weekdays, rhythm.get("weekdays")),
        (_("By season"), seasons, rhythm.get("seasons")),
    )
    return [
        (name, bars_of(list(zip(labels, counts, strict=True))))
        for name, labels, counts in pictures
        if counts
    ]


def bands_of(portrait: Portrait) -> list[Range]:
    """Return where the user's items lie in price, length or year, among all items.

    Known once somebody has looked over the data of the workspace. One query, or none.
    """
    bands = portrait.behaviour.get("bands") or {}
    return ranges_of(bands, numbers_of_items(portrait.workspace)) if bands else []


def _pace(behaviour: Mapping[str, Any]) -> Figure | None:
    """Say whether the user comes evenly or in bursts, where it can be told."""
    burstiness = (behaviour.get("rhythm") or {}).get("burstiness")
    if burstiness is None:
        return None
    if abs(burstiness) <= EVEN:
        return _("visits"), _("now and then")
    return _("visits"), _("in bursts") if burstiness > 0 else _("evenly")


def _percent(name: str, share: float | None) -> Figure | None:
    return None if share is None else (name, f"{share:.0%}")


def _signed(name: str, level: float | None) -> Figure | None:
    return None if level is None else (name, f"{level:+.2f}")

"""The figures of a portrait, named in the language of the page."""

from django.utils.translation import gettext as _

from likeness.pages.charts import Chart, bars_of, line_of
from profiles.queries.portraits import Portrait

Figure = tuple[str, str]


def figures_of(portrait: Portrait) -> list[Figure]:
    """Return the figures that are known, each with its name."""
    behaviour = portrait.behaviour
    found: list[Figure | None] = [
        (_("interactions"), f"{portrait.counts.interactions:,}"),
        (_("different items"), f"{portrait.counts.items:,}"),
        (_("reviews"), f"{portrait.counts.reviews:,}"),
        _percent(_("met for the first time"), behaviour.get("novelty")),
        _percent(_("breadth of interests"), behaviour.get("breadth")),
        _percent(_("pleased"), behaviour.get("pleased_share")),
        _percent(_("moved in 90 days"), behaviour.get("drift")),
        _signed(_("rating, against the middle"), behaviour.get("generosity")),
        _signed(_("tone of reviews"), portrait.sentiment.get("mean")),
    ]
    return [figure for figure in found if figure is not None]


def rhythm_of(portrait: Portrait) -> Chart:
    """Return interactions by month as bars."""
    return bars_of(list(portrait.behaviour.get("months", {}).items()))


def mood_of(portrait: Portrait) -> Chart:
    """Return the sentiment of the reviews by month as a line."""
    return line_of([(one["month"], one["mean"]) for one in portrait.sentiment.get("months", [])])


def _percent(name: str, share: float | None) -> Figure | None:
    return None if share is None else (name, f"{share:.0%}")


def _signed(name: str, level: float | None) -> Figure | None:
    return None if level is None else (name, f"{level:+.2f}")

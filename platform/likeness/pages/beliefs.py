"""A statement as its page shows it: in words of the page's language, with what may be answered."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from profiles.models import Statement
from profiles.queries.portraits import EvidenceView, StatementView

Status, Level = Statement.Status, Statement.Level


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence: the user's own words, and what they did to which item."""

    quote: str
    words: str


@dataclass(frozen=True, slots=True)
class Belief:
    """One statement for the page. `percent` and `sure` are of 100; `tone` picks its colour."""

    id: int
    name: str
    tone: str
    level: str
    status: str
    percent: int
    sure: int
    since: datetime
    evidence: list[Ground]
    verdicts: list[tuple[str, str]]


def belief_of(view: StatementView) -> Belief:
    """Put one statement into the words of the current language."""
    return Belief(
        id=view.id,
        name=view.name,
        tone=_tone(view),
        level=_level(view.level),
        status=_status(view),
        percent=round(100 * view.strength),
        sure=round(100 * view.confidence),
        since=view.valid_from,
        evidence=[Ground(one.quote, ground_in_words(one)) for one in view.evidence],
        verdicts=_verdicts(view),
    )


def is_set_aside(view: StatementView) -> bool:
    """Return whether the user put the statement away: rejected or hidden."""
    return view.status == Status.REJECTED or view.is_hidden


def ground_in_words(one: EvidenceView) -> str:
    """Say what the user did to which item, and when."""
    done = kind_in_words(one.kind) % {"title": one.title or one.item}
    parts = [done]
    if one.value is not None:
        parts.append(_("rating %(value)g") % {"value": one.value})
    if one.happened_at is not None:
        parts.append(date_format(one.happened_at, "DATE_FORMAT"))
    return " · ".join(parts)


def kind_in_words(kind: str) -> str:
    """Return a sentence with a place for the title; an unknown kind is named as it is."""
    sentences = {
        "view": _("You looked at “%(title)s”"),
        "click": _("You opened “%(title)s”"),
        "like": _("You asked for more like “%(title)s”"),
        "dismiss": _("You turned “%(title)s” down"),
        "rate": _("You rated “%(title)s”"),
        "review": _("You reviewed “%(title)s”"),
        "borrow": _("You borrowed “%(title)s”"),
        "return": _("You returned “%(title)s” early"),
        "purchase": _("You bought “%(title)s”"),
        "cart": _("You put “%(title)s” in your basket"),
        "watch": _("You watched “%(title)s”"),
        "skip": _("You skipped “%(title)s”"),
        "listen": _("You listened to “%(title)s”"),
        "recommend": _("You recommended “%(title)s”"),
        "pan": _("You panned “%(title)s”"),
    }
    return sentences.get(kind, kind.replace("%", "%%") + ": “%(title)s”")


def _tone(view: StatementView) -> str:
    if view.level == Level.LATENT:
        return "latent"
    return "like" if view.polarity > 0 else "dislike"


def _level(level: str) -> str:
    return {
        Level.DECLARED: _("you said so"),
        Level.OBSERVED: _("from what you do"),
        Level.INFERRED: _("from what you write"),
        Level.LATENT: _("a guess"),
    }[Level(level)]


def _status(view: StatementView) -> str:
    if view.status == Status.REJECTED:
        return _("rejected")
    if view.is_hidden:
        return _("hidden")
    if view.status == Status.PROPOSED:
        return _("not sure yet, not used")
    return _("confirmed") if view.status == Status.PINNED or view.is_reviewed else ""


def _verdicts(view: StatementView) -> list[tuple[str, str]]:
    if view.status == Status.REJECTED:
        return [("confirm", _("Take back: it is true"))]
    if view.is_hidden:
        return [("unhide", _("Show it again"))]
    answers = [("reject", _("Not true")), ("hide", _("Hide"))]
    is_settled = view.is_reviewed and view.status != Status.PROPOSED
    return answers if is_settled else [("confirm", _("True")), *answers]

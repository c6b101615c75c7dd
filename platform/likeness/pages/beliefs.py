"""A statement as its page shows it: in words of the page's language, with what may be answered."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from profiles.models import Statement
from profiles.queries.views import EvidenceView, StatementView

Status, Level = Statement.Status, Statement.Level


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence: the user's own words, and what they did to which item.

    `is_hidden` says that there are words, which staff have hidden.
    """

    quote: str
    words: str
    is_against: bool
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Belief:
    """One statement for the page. `percent` and `sure` are of 100; `tone` picks its colour.

    `is_asked` says that it is a question still, and in use nowhere.
    """

    id: int
    heading: str
    tone: str
    level: str
    status: str
    percent: int
    sure: int
    since: datetime
    evidence: list[Ground]
    verdicts: list[tuple[str, str]]
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Beliefs:
    """All statements as the page groups them: first what is used, then what is not."""

    likes: list[Belief]
    dislikes: list[Belief]
    latent: list[Belief]
    unsure: list[Belief]
    set_aside: list[Belief]


def beliefs_of(views: Iterable[StatementView]) -> Beliefs:
    """Group the statements, each group in the order given."""
    groups: dict[str, list[Belief]] = {field.name: [] for field in fields(Beliefs)}
    for view in views:
        groups[_group(view)].append(belief_of(view))
    return Beliefs(**groups)


def beliefs_of_day(views: Iterable[StatementView]) -> Beliefs:
    """Group the statements of a past day: what is over can be looked at, and not answered."""
    groups: dict[str, list[Belief]] = {field.name: [] for field in fields(Beliefs)}
    for number, view in enumerate(views, start=1):
        groups[_group(view)].append(replace(belief_of(view), id=number, verdicts=[]))
    return Beliefs(**groups)


def belief_of(view: StatementView) -> Belief:
    """Put one statement into the words of the current language."""
    return Belief(
        id=view.id,
        heading=_heading(view),
        tone=_tone(view),
        level=_level(view.level),
        status=_status(view),
        percent=round(100 * view.strength),
        sure=round(100 * view.confidence),
        since=view.valid_from,
        evidence=[_ground(view, one) for one in view.evidence],
        verdicts=_verdicts(view),
        is_asked=_group(view) == "unsure",
    )


def ground_in_words(one: EvidenceView) -> str:
    """Say what the user did to which item, and when."""
    return deed_in_words(one.kind, one.title or one.item, one.value, one.happened_at)


def deed_in_words(kind: str, title: str, value: float | None, moment: datetime | None) -> str:
    """Say what the user did, with the rating and the day where there are any."""
    parts = [kind_in_words(kind) % {"title": title}]
    if value is not None:
        parts.append(_("rating %(value)g") % {"value": value})
    if moment is not None:
        parts.append(date_format(moment, "DATE_FORMAT"))
    return " · ".join(parts)


def kind_in_words(kind: str) -> str:
    """Return a sentence with a place for the title; an unknown kind is named as it is."""
    sentences = {
        "view": _("You looked at “%(title)s”"),
        "click": _("You opened “%(title)s”"),
        "like": _("You asked for more like “%(title)s”"),
        "less": _("You asked for less like “%(title)s”"),
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
        "rating": _("You rated “%(title)s”"),
        "tagged": _("You tagged “%(title)s”"),
        "save": _("You saved “%(title)s”"),
        "share": _("You shared “%(title)s”"),
        "follow": _("You followed “%(title)s”"),
        "mute": _("You muted “%(title)s”"),
        "book": _("You booked “%(title)s”"),
        "cancel": _("You cancelled “%(title)s”"),
        "complete": _("You finished “%(title)s”"),
        "abandon": _("You gave “%(title)s” up"),
    }
    return sentences.get(kind, kind.replace("%", "%%") + ": “%(title)s”")


def _ground(view: StatementView, one: EvidenceView) -> Ground:
    """Evidence speaks against a statement where its sign is not the statement's."""
    is_against = one.weight * view.polarity < 0
    return Ground(one.quote, ground_in_words(one), is_against, one.is_hidden)


def _group(view: StatementView) -> str:
    if view.status == Status.REJECTED or view.is_hidden:
        return "set_aside"
    if view.is_guess:
        return "latent"
    if view.status == Status.PROPOSED:
        return "unsure"
    if view.polarity < 0:
        return "dislikes"
    return "latent" if view.level == Level.LATENT else "likes"


def _heading(view: StatementView) -> str:
    """Return the tag's name where its group says the rest, else a question or a sentence."""
    group, likes = _group(view), view.polarity > 0
    name = {"name": view.name}
    if group == "unsure":
        return (
            _("You like: %(name)s?") if likes else _("You would rather avoid: %(name)s?")
        ) % name
    if group == "set_aside":
        return (_("You like: %(name)s") if likes else _("You would rather avoid: %(name)s")) % name
    return view.name


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
        return ""
    return _("confirmed") if view.status == Status.PINNED or view.is_reviewed else ""


def _verdicts(view: StatementView) -> list[tuple[str, str]]:
    answers = _answers(view)
    # To show it again is what an undoing would do.
    is_told = any(verdict == "unhide" for verdict, _words in answers)
    return [*answers, ("undo", _("Undo"))] if view.can_undo and not is_told else answers


def _answers(view: StatementView) -> list[tuple[str, str]]:
    if view.status == Status.REJECTED:
        return [("confirm", _("Take back: it is true"))]
    if view.is_hidden:
        return [("unhide", _("Show it again"))]
    if view.status == Status.PROPOSED:
        return [("confirm", _("True")), ("reject", _("Not true"))]
    answers = [("reject", _("Not true")), ("hide", _("Hide"))]
    return answers if view.is_reviewed else [("confirm", _("True")), *answers]

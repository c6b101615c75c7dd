"""What became of a fit, and what its choices are, in the words that staff read."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from recommendations.models import Fit


def brought_in_words(fit: Fit) -> str:
    """Say why a fit came to serve, or why it did not, with what it was measured to bring."""
    report = fit.report
    if report.get("overtaken"):
        return _("did not serve: another fit came to serve while it was learnt")
    if fit.state == Fit.State.LOST:
        return _("did not serve: it foretells worse than fit %(serving)s (%(lead)s)") % {
            "serving": report.get("against", "–"),
            "lead": lead_in_words(report),
        }
    return _because(report)


def state_in_words(fit: Fit) -> str:
    """Name the state of a fit."""
    return {
        Fit.State.BUILDING: _("being learnt"),
        Fit.State.SERVING: _("serves now"),
        Fit.State.RETIRED: _("served before"),
        Fit.State.LOST: _("never served"),
    }[Fit.State(fit.state)]


def _because(report: Mapping[str, Any]) -> str:
    told = {"serving": report.get("against"), "lead": lead_in_words(report)}
    match report.get("served_because"):
        case "better":
            return _("better than fit %(serving)s (%(lead)s)") % told
        case "level_and_newer":
            return _("level with fit %(serving)s (%(lead)s), and newer") % told
        case "choices_kept":
            return _("the choices of fit %(serving)s, which won, fitted without who left") % told
        case "too_few_users":
            return _("newer; %(users)s users are too few to compare by") % {
                "users": report.get("judged_by", 0)
            }
        case "nothing_tried":
            return _("asked for with the settings that everybody starts from")
        case _unknown:
            return _("nothing to compare with")


def why_in_a_word(fit: Fit) -> str:
    """Say why a fit came to serve, or why it did not, as short as can be."""
    if fit.report.get("overtaken"):
        return _("overtaken")
    if fit.state == Fit.State.LOST:
        return _("worse")
    short = {
        "better": _("better"),
        "level_and_newer": _("level, and newer"),
        "choices_kept": _("earlier choices"),
        "too_few_users": _("newer"),
        "nothing_tried": _("asked for"),
    }
    return short.get(fit.report.get("served_because", ""), _("the first"))


def lead_in_words(report: Mapping[str, Any]) -> str:
    """Say by how much a fit foretells better than the one it was compared with, in points."""
    lead = report.get("lead")
    if not lead:
        return "–"
    if not lead["low"] and not lead["high"]:
        return _("the same for every user")
    told = {name: f"{100 * lead[name]:+.2f}" for name in ("value", "low", "high")}
    return _("%(value)s points, %(low)s to %(high)s") % told


def decision_in_words(gate: Mapping[str, Any]) -> str:
    """Say whether a fit makes use of something, and what that was found to bring."""
    if not gate.get("is_offered", True):
        return _("not offered: users are too many to be compared")
    told = {name: f"{100 * gate[name]:+.1f}\u00a0%" for name in ("value", "low", "high")}
    if not gate["low"] and not gate["high"]:
        words = _("not in use: the same for every user, {users} users compared")
    elif gate["is_open"]:
        words = _("in use: {value} ({low} to {high}), {users} users compared")
    else:
        words = _("not in use: {value} ({low} to {high}), {users} users compared")
    return words.format(**told, users=gate["users"])


def gate_names() -> dict[str, str]:
    """Name what is in use only where held-out users surely gain by it."""
    return {
        "portrait": _("What is stated of a user"),
        "sentiment": _("The words of reviews"),
        "ranker": _("The learnt ranker"),
        "sequence": _("The trained sequence model"),
        "trending": _("What is taken to more of late than before"),
        "segment": _("What the user's segment takes to more than everybody"),
        "new": _("What is new and to the user's taste"),
        "company": _("What users with a like past took to"),
    }


def source_names() -> dict[str, str]:
    """Name the sources as staff know them."""
    return {
        "neighbours": _("what goes with what they met"),
        "factors": _("what their vector of factors points to"),
        "company": _("what users with a like past took to"),
        "sequence": _("what comes next after what they took to"),
        "taste": _("texts like those they like"),
        "tags": _("tags like those they like"),
        "said": _("tags that they said they like"),
        "portrait": _("what others like them took to"),
        "recent": _("what is popular of late"),
        "popular": _("what is popular"),
        "trending": _("what is taken to more of late than before"),
        "segment": _("what their segment takes to more than everybody"),
        "new": _("what is new and to their taste"),
    }


def way_names() -> dict[str, str]:
    """Name the ways in which items are linked to each other."""
    return {
        "walk": _("walks from item to user to item"),
        "sequence": _("what follows what"),
        "ease": _("a relaxed linear autoencoder"),
        "damped": _("a damped linear autoencoder"),
        "next": _("a linear model of what comes next"),
        "cosine": _("shared users, as cosines"),
        "dropout": _("a linear autoencoder with dropout"),
        "graph": _("a filter on the graph of users and items"),
    }


def kind_names() -> dict[str, str]:
    """Name what a tried setting is about, by the first word that the report has for it."""
    links = _("How items are linked: %s")
    return {
        "PopularityConfig": _("What “of late” means"),
        "HistoryConfig": _("How the past fades"),
        "LinksConfig": _("How tags are linked to items"),
        "FactorsConfig": _("How factors are found"),
        "CompanyConfig": _("How users are compared"),
        "NeighboursConfig": _("How items are linked to each other"),
        "blend": _("Whether links look at texts, beside all other sources"),
        **{name: links % told for name, told in way_names().items()},
    }


def setting_in_words(values: Mapping[str, float]) -> str:
    """Say what was set, in a phrase; what is not set is not said."""
    phrases = {
        "half_life_days": _("half in %(n)s days"),
        "half_life_steps": _("half in %(n)s items"),
        "window_share": _("the newest %(percent)s %% of all that happened"),
        "dislike": _("dislikes weigh %(n)s"),
        "ridge": _("ridge %(n)s"),
        "damped_ridge": _("ridge %(n)s"),
        "next_ridge": _("ridge %(n)s"),
        "dropout_ridge": _("ridge %(n)s"),
        "limit": _("limit %(n)s"),
        "shrink": _("shrunk by %(n)s users"),
        "dropout": _("%(percent)s %% left out"),
        "graph_rank": _("%(n)s directions"),
        "graph_ideal": _("the smoothest weigh %(n)s"),
        "alpha": _("alpha %(n)s"),
        "beta": _("beta %(n)s"),
        "next_whole": _("%(percent)s %% at any time"),
        "next_fading": _("fading in %(n)s items"),
        "next_text": _("texts weigh %(n)s"),
        "dimensions": _("%(n)s dimensions"),
        "trust": _("trust %(n)s"),
        "most": _("the %(n)s most alike"),
        "lengthen": _("%(n)s added to each length"),
    }
    said = [
        phrases[name] % {"n": f"{value:g}", "percent": f"{100 * value:g}"}
        for name, value in values.items()
        if name in phrases
    ]
    return _(", ").join(said) or _("as it is")


def settings_in_words(ranker: Mapping[str, Any]) -> str:
    """Say of how many tries of the ranker the best was taken, and its settings."""
    settings: Mapping[str, Any] = ranker.get("settings") or {}
    if not settings:
        return ""
    said = ", ".join(f"{name} {_number(value)}" for name, value in settings.items())
    return _("The best of %(tried)s tries, on %(users)s users: %(settings)s.") % {
        "tried": ranker.get("tried", 0),
        "users": ranker.get("users", 0),
        "settings": said.replace("_", " "),
    }


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def feature_names() -> dict[str, str]:
    """Return what the ranker is told of a candidate, by its name in the report."""
    return {
        "blend": _("The sum of the sources"),
        "blend place": _("Its place by the sum of the sources"),
        **{
            f"{source}{what}": words % {"source": name}
            for source, name in source_names().items()
            for what, words in (("", "%(source)s"), (" place", _("Its place by: %(source)s")))
        },
        "popularity": _("How many took to it"),
        "popularity of late": _("How many took to it of late"),
        "items met": _("How many items the user liked"),
        "mean popularity of items met": _("How popular the items are that the user liked"),
        "strongest link": _("The strongest link from one liked item"),
        "second link": _("The second strongest link"),
        "mean of three links": _("The mean of the three strongest links"),
        "share of items met that link": _("The share of liked items that lead to it"),
        "part of the strongest link": _("The part of the strongest among all links to it"),
        "likeness to leaders": _("How like its text is to those of the first twenty"),
        "nearest leader": _("How like its text is to the nearest of the first twenty"),
    }

"""What levels, statuses and topics are called, in the few words that a list has room for."""

from django.utils.translation import gettext as _

from profiles.models import Statement

Level, Status = Statement.Level, Statement.Status


def level_in_words(level: str) -> str:
    """Return how the belief came about, in a word or two."""
    return {
        Level.DECLARED: _("declared"),
        Level.OBSERVED: _("observed"),
        Level.INFERRED: _("read in reviews"),
        Level.LATENT: _("expected"),
    }[Level(level)]


def status_in_words(status: str) -> str:
    """Return what is done with the belief, in a word or two."""
    return {
        Status.PROPOSED: _("waiting"),
        Status.ACTIVE: _("in use"),
        Status.REJECTED: _("rejected"),
        Status.PINNED: _("pinned"),
    }[Status(status)]


def topic_in_words(topic: str) -> str:
    """Return what a sensitive topic is called; empty for none."""
    return {
        "": "",
        "health": _("health"),
        "religion": _("religion"),
        "politics": _("politics"),
        "ethnicity": _("ethnicity"),
        "sexuality": _("sexuality"),
        "income": _("household income"),
    }[topic]

"""What the stages, their parts and the jobs are called where people read of them."""

from django.utils.translation import gettext as _

WHOLE = "workspace"  # the part of a stage that does a workspace in one go
LOOK = "look over"  # the job that reports on a workspace's data
REFRESH = "refresh"  # the job that runs every stage


def stage_in_words(name: str) -> str:
    """Name a stage, or one part of it such as `clean.items`; what is unknown is named as it is."""
    stage, _dot, part = name.partition(".")
    words = _stages().get(stage, stage)
    return f"{words} · {_parts().get(part, part)}" if part and part != WHOLE else words


def job_in_words(name: str) -> str:
    """Name a job, such as `train sentiment`; what is unknown is named as it is."""
    if name == REFRESH:
        return _("every stage")
    if name == LOOK:
        return _("looking over the data")
    job, _space, use = name.partition(" ")
    return f"{_stages()[job]} · {_uses()[use]}" if job == "train" and use in _uses() else name


def _stages() -> dict[str, str]:
    return {
        "clean": _("cleaning"),
        "encode": _("encoding"),
        "read": _("reading texts"),
        "tag": _("tagging"),
        "state": _("drawing statements"),
        "taste": _("drawing tastes"),
        "latent": _("guessing"),
        "segment": _("parting users"),
        "learn": _("learning"),
        "describe": _("putting into words"),
        "train": _("training"),
    }


def _parts() -> dict[str, str]:
    return {
        "items": _("items"),
        "served": _("items, for the lists of today"),
        "reviews": _("reviews"),
        "users": _("users"),
        "vocabulary": _("vocabulary"),
    }


def _uses() -> dict[str, str]:
    return {
        "encoder": _("texts to vectors"),
        "sentiment": _("how pleased a text sounds"),
        "safety": _("how safe a text is to show"),
        "sequence": _("what comes next"),
    }

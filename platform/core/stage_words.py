"""What the stages and their parts are called where people read of them."""

from django.utils.translation import gettext as _

WHOLE = "workspace"  # the part of a stage that does a workspace in one go


def stage_in_words(name: str) -> str:
    """Name a stage, or one part of it such as `clean.items`; what is unknown is named as it is."""
    stage, _dot, part = name.partition(".")
    words = _stages().get(stage, stage)
    return f"{words} · {_parts().get(part, part)}" if part and part != WHOLE else words


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
        "reviews": _("reviews"),
        "users": _("users"),
        "vocabulary": _("vocabulary"),
    }

"""What the kinds of interaction that the scenarios bring are called in a list."""

from django.utils.translation import gettext as _


def kind_in_a_word(kind: str) -> str:
    """Name a kind in the language of the page; one that a workspace made up keeps its name."""
    return kind_names().get(kind, kind)


def kind_names() -> dict[str, str]:
    """Name every kind that a scenario brings."""
    return {
        "view": _("view"),
        "click": _("click"),
        "like": _("like"),
        "less": _("less"),
        "dismiss": _("dismiss"),
        "rate": _("rate"),
        "rating": _("rating"),
        "review": _("review"),
        "borrow": _("borrow"),
        "return": _("return"),
        "purchase": _("purchase"),
        "cart": _("cart"),
        "watch": _("watch"),
        "skip": _("skip"),
        "listen": _("listen"),
        "recommend": _("recommend"),
        "pan": _("pan"),
        "tagged": _("tagged"),
        "save": _("save"),
        "share": _("shared"),
        "follow": _("follow"),
        "mute": _("mute"),
        "book": _("book"),
        "cancel": _("cancel"),
        "complete": _("complete"),
        "abandon": _("abandon"),
    }

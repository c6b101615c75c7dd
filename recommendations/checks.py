"""What requests have in common, checked: each refusal names the field, the value and the remedy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.fields import LONGEST_ID, refuse

LONGEST_PLACEMENT = 64
LONGEST_LANGUAGE = 16
LONGEST_SLATE = 100
MOST_EXCLUDED = 1_000


def check_fields(body: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse a field that is not `known`."""
    known = sorted(known)
    for name in body:
        if name not in known:
            refuse(name, body[name], f"the fields are {', '.join(known)}.")


def check_id(name: str, value: object) -> None:
    """Refuse what is no external id. None is fine: it was not sent."""
    if value is not None and not (isinstance(value, str) and 1 <= len(value) <= LONGEST_ID):
        refuse(name, value, f"give 1 to {LONGEST_ID} characters.")


def check_whole(name: str, value: object, most: int) -> None:
    """Refuse what is no whole number from 1 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        refuse(name, value, f"give a whole number from 1 to {most}.")


def check_text(name: str, value: object, longest: int) -> None:
    """Refuse what is no text, or a longer one."""
    if not isinstance(value, str) or len(value) > longest:
        refuse(name, value, f"give text of at most {longest:,} characters.")


def check_place(placement: object, language: object, excluded: Sequence[str]) -> None:
    """Refuse what says wrongly where, in which language and without what something is shown."""
    check_text("placement", placement, LONGEST_PLACEMENT)
    check_text("language", language, LONGEST_LANGUAGE)
    check_count("exclude_ids", excluded, MOST_EXCLUDED)


def check_count(name: str, values: Sequence[object], most: int) -> None:
    """Refuse a list that is longer than `most`."""
    if len(values) > most:
        refuse(name, f"{len(values)} entries", f"give at most {most:,}.")


def listed(name: str, value: object) -> list[Any]:
    """Return the entries of a list, or refuse what is none."""
    if not isinstance(value, list | tuple):
        refuse(name, value, "give a list.")
    return list(value)


def strings(name: str, value: object) -> tuple[str, ...]:
    """Return a list of texts, or refuse what is none."""
    for one in (found := listed(name, value)):
        if not isinstance(one, str) or not one:
            refuse(name, one, "give a list of non-empty strings.")
    return tuple(found)

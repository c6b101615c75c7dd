"""What became of one row of a batch, whichever door the batch came through."""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from core.errors import LikenessError

Status = Literal["created", "updated", "unchanged", "rejected"]

# A report shows which value was wrong; it is no place to keep whole texts.
LONGEST_SHOWN_VALUE = 80


@dataclass(frozen=True, slots=True)
class RowResult:
    """The outcome of one row: `id` is the sender's name for it, `code` is stable for programs.

    A rejected row names its field and value; an accepted row may carry a code and a message too,
    where something about it is worth knowing.
    """

    id: str
    status: Status
    code: str = ""
    message: str = ""
    field: str = ""
    value: str = ""

    @classmethod
    def rejected(cls, row_id: str, error: LikenessError) -> Self:
        """Return the rejection that `error` explains, with its field and value if it names any."""
        return cls(
            id=row_id,
            status="rejected",
            code=error.code,
            message=error.message,
            field=str(error.details.get("field", "")),
            value=shown(error.details["value"]) if "value" in error.details else "",
        )


def shown(value: object) -> str:
    """Return `value` in the few characters that a report has for it, printable everywhere."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    if len(text) <= LONGEST_SHOWN_VALUE:
        return text
    return f"{text[: LONGEST_SHOWN_VALUE - 1]}…"


def hash_of(text: str) -> str:
    """Return the SHA-256 of `text`, by which a source is known to be the same as before."""
    return hashlib.sha256(text.encode()).hexdigest()


def last_of_each(keys: Sequence[Hashable]) -> dict[Hashable, int]:
    """Return where each key stands last in `keys`: a later row of a batch replaces an earlier."""
    return {key: place for place, key in enumerate(keys)}


def repeated(row_id: str) -> RowResult:
    """Return the outcome of a row that a later row of the same batch made superfluous."""
    return RowResult(
        id=row_id,
        status="unchanged",
        code="repeated",
        message="A later row of the same batch speaks of the same thing; that one counts.",
    )

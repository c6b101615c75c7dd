"""What an item says to the encoder."""

import hashlib
from collections.abc import Sequence

VERSION = "item-text-1"
MOST_TAGS = 12


def encoding_text(title: str, clean_text: str, tags: Sequence[str]) -> str:
    """Return the words that stand for an item: its title, first tags and text, where it has them.

    Tags come before the text, since an encoder cuts a long text at its end. Empty where there is
    nothing to say.
    """
    title = " ".join(title.split())
    said = clean_text[: len(title)].casefold() == title.casefold()
    parts = ["" if said else title, ", ".join(tags[:MOST_TAGS]), clean_text]
    return ". ".join(part.rstrip(".") for part in parts if part)


def hash_of_text(text: str) -> str:
    """Return the SHA-256 of `text` in hex, or nothing for nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""

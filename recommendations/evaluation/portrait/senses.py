"""Where a folder's items stand in an encoder's space, and its words as they are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from catalog.texts import encoding_text
from catalog.vocabulary import Meanings
from core.arrays import Floats, as_floats
from language.clean import Clean, clean, words_of
from profiles.services.segments import LEAST_ENCODED

if TYPE_CHECKING:
    from language.encode import Role


class Encode(Protocol):
    """An encoder: texts to unit rows (B, D), for a role (passage or query)."""

    def __call__(self, texts: Sequence[str], *, role: "Role") -> Floats: ...


@dataclass(frozen=True, slots=True)
class Senses:
    """The items that say anything, and the words that were encoded so far.

    `items` are rows of `vectors` (N, D) by item, `languages` N codes.
    """

    encode: Encode
    items: Mapping[int, int]
    vectors: Floats
    languages: tuple[str, ...]
    words: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls, items: Sequence[Mapping[str, Any]], cleaned: Sequence[Clean], encode: Encode
    ) -> "Senses":
        """Encode what items say to the encoder of a workspace: title, first tags and text.

        `cleaned` are their texts, or titles where there is no text.
        """
        said = [_said(item, text) for item, text in zip(items, cleaned, strict=True)]
        rows = [row for row, text in enumerate(said) if text]
        vectors = encode([said[row] for row in rows], role="passage")
        languages = tuple(cleaned[row].language for row in rows)
        return cls(encode, {row: place for place, row in enumerate(rows)}, vectors, languages)

    def meanings(self, words: Sequence[str]) -> Meanings:
        """Return the items beside these words, encoding those that are new."""
        if missing := [word for word in words if word not in self.words]:
            found = self.encode(missing, role="query")
            self.words.update(zip(missing, found, strict=True))
        width = self.vectors.shape[1]
        rows = [self.words[word] for word in words]
        return Meanings(
            words={word: row for row, word in enumerate(words)},
            word_vectors=as_floats(np.stack(rows)) if rows else as_floats(np.zeros((0, width))),
            items=self.items,
            item_vectors=self.vectors,
            languages=self.languages,
        )

    def directions(self, items: Sequence[int]) -> Floats | None:
        """Return where the texts of these items point, or None where too few have any.

        Shapes: returns (len(items), D), zero where an item says nothing.
        """
        found = np.zeros((len(items), self.vectors.shape[1]), dtype=np.float32)
        told = [row for row, item in enumerate(items) if item in self.items]
        found[told] = self.vectors[[self.items[items[row]] for row in told]]
        return found if len(told) >= LEAST_ENCODED * max(len(items), 1) else None


def clean_item(item: Mapping[str, Any]) -> Clean:
    """Return an item's text clean, or its title where it has none, which tells its language."""
    title, attributes = str(item.get("title") or ""), item.get("attributes") or {}
    known = words_of(title, *map(str, attributes.values()))
    return clean(str(item.get("text") or title), known)


def _said(item: Mapping[str, Any], cleaned: Clean) -> str:
    kept = cleaned.text if item.get("text") else ""
    return encoding_text(str(item.get("title") or ""), kept, [*map(str, item.get("tags") or ())])

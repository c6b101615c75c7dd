"""Which interest field a tag belongs to, by where both stand. Pure: knows no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Floats, as_floats, unit_rows
from language.lexicon import load_words

# How much surer than a blind guess among the fields a guess has to be, and how sharply nearness
# turns into sureness. Of the labelled words in tests/catalog/cases/fields.tsv half are filed at
# all, and nine in ten of those right.
LEAST_LIFT = 0.25
SHARPNESS = 15.0
NEAREST = 3

_LISTS = load_words("fields")


@dataclass(frozen=True, slots=True)
class Field:
    """An interest field: what it is called by language, and words that belong to it."""

    key: str
    names: Mapping[str, str]
    words: tuple[str, ...]


def fields_for(scenario: str) -> tuple[Field, ...]:
    """Return the fields that a workspace of this scenario starts with; an unknown one gets all."""
    keys = _LISTS["presets"].get(scenario, " ".join(_LISTS["fields"])).split()
    return tuple(
        Field(
            key=key,
            names=_LISTS["fields"][key]["names"],
            words=tuple(word.strip() for word in _LISTS["fields"][key]["words"].split(",")),
        )
        for key in keys
    )


def classify(words: Floats, members: Sequence[Floats]) -> list[tuple[int, float]]:
    """Return for each word the place of its field and how sure that is, or -1 where it is not.

        nearness = mean cosine to the NEAREST members of the field, all vectors centred
        sureness = softmax over fields of SHARPNESS * nearness

    Shapes: words (W, D), unit rows; members one (M, D) a field, unit rows, none empty. Units:
    sureness in (0, 1], rounded to two places so that it is the same on every machine.
    """
    if not len(words) or not members:
        return []
    centre = np.concatenate(members).mean(axis=0)
    around = [_centred(each, centre) for each in members]
    moved = _centred(words, centre)
    nearness = np.stack([_nearness(moved @ each.T) for each in around], axis=1)
    nearness = nearness.astype(np.float64)
    odds = np.exp(SHARPNESS * (nearness - nearness.max(axis=1, keepdims=True)))
    sureness = np.round(odds / odds.sum(axis=1, keepdims=True), 2)
    best = np.round(nearness, 3).argmax(axis=1)
    least = LEAST_LIFT + 1 / len(members)
    return [
        (int(place) if sureness[row, place] >= least else -1, float(sureness[row, place]))
        for row, place in enumerate(best)
    ]


def _centred(vectors: Floats, centre: Floats) -> Floats:
    return unit_rows(as_floats(vectors - centre))


def _nearness(cosines: Floats) -> Floats:
    """Return the mean of each row's largest few. Shapes: cosines (W, M); returns (W,)."""
    kept = np.sort(cosines, axis=1)[:, -NEAREST:]
    return as_floats(kept.mean(axis=1))

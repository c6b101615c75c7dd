"""Texts that stand on both sides of a split, word for word or nearly, are found and dropped."""

from collections import Counter
from collections.abc import Iterable, Sequence

from language.training.labelled import Labelled

# Letters and digits that count as one step: Chinese says in four what English says in twelve.
STEP = {"zh": 4}
USUAL_STEP = 12
ENOUGH = 0.5


def without_twins(
    rows: Sequence[Labelled], held_out: Iterable[Labelled], *, enough: float = ENOUGH
) -> list[Labelled]:
    """Return the rows that share less than `enough` of their steps with any held-out text.

    A step is a run of letters with everything else left out, so that neither spacing nor
    punctuation hides a copy. The share is of the shorter of the two texts.
    """
    places: dict[int, list[int]] = {}
    lengths: list[int] = []
    for row in held_out:
        steps = _steps(row)
        for step in steps:
            places.setdefault(step, []).append(len(lengths))
        lengths.append(len(steps))
    return [row for row in rows if not _is_twin(_steps(row), places, lengths, enough)]


def _is_twin(
    steps: set[int], places: dict[int, list[int]], lengths: list[int], enough: float
) -> bool:
    shared = Counter(place for step in steps for place in places.get(step, ()))
    return any(
        count >= enough * max(1, min(len(steps), lengths[place])) for place, count in shared.items()
    )


def _steps(row: Labelled) -> set[int]:
    letters = "".join(filter(str.isalnum, row.text.lower()))
    size = STEP.get(row.language, USUAL_STEP)
    return {hash(letters[start : start + size]) for start in range(max(1, len(letters) - size + 1))}

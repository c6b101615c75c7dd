"""What reviews say of items that say nothing of themselves. Pure: knows no database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from catalog.keys import key_of
from language.sensitive import topic_of

# A phrase speaks for an item once so many say it, in as many reviews that do not repeat each other.
LEAST_SAYING = 2
MOST_SAID = 32
SAID = "said"


@dataclass(frozen=True, slots=True)
class Saying:
    """The key phrases of one review, each with how far to trust it, in [0, 1].

    Reviews that say nearly the same share a `piece`.
    """

    item: int
    user: int
    piece: int
    phrases: Sequence[tuple[str, float]]


def is_silent(text: str, given: Sequence[str]) -> bool:
    """Return whether an item says nothing that tags could come from: no text, no given tags."""
    return not text and not given


def may_be_said(phrase: str) -> bool:
    """Return whether a phrase of a review may speak for an item: none of a sensitive topic may.

    In a review it may be about its writer.
    """
    return bool(key_of(phrase)) and not topic_of([phrase])


def said_by_several(sayings: Iterable[Saying]) -> dict[int, list[tuple[str, float, str]]]:
    """Return by item the phrases that speak for it, those of most voices first.

    A phrase needs LEAST_SAYING users, and as many reviews of which none repeats another, so that
    nothing of a single review can be seen in an item. Of those the MOST_SAID commonest are kept,
    each as most users spell it, two at least, or else by its key, with the trust of the review
    that tells it best, and SAID for where it comes from. The same reviews give the same phrases
    in whatever order.
    """
    by_pair: dict[tuple[int, str], list[tuple[int, int, str, float]]] = defaultdict(list)
    for saying in sayings:
        for name, trust in saying.phrases:
            if key := key_of(name):
                by_pair[saying.item, key].append((saying.user, saying.piece, name, trust))
    found: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    for (item, key), voices in by_pair.items():
        count = min(len({user for user, *_ in voices}), len({piece for _, piece, *_ in voices}))
        if count >= LEAST_SAYING:
            name = _spelling(key, {(user, name) for user, _, name, _ in voices})
            found[item].append((count, name, max(trust for *_, trust in voices)))
    return {
        item: [
            (name, trust, SAID)
            for _, name, trust in sorted(phrases, key=lambda each: (-each[0], -each[2], each[1]))[
                :MOST_SAID
            ]
        ]
        for item, phrases in sorted(found.items())
    }


def _spelling(key: str, spelled: Collection[tuple[int, str]]) -> str:
    counts = Counter(name for _, name in spelled)
    shared = [name for name, count in counts.items() if count >= LEAST_SAYING]
    return min(shared, key=lambda name: (-counts[name], name), default=key)

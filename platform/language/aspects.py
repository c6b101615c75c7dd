"""The starter vocabulary of aspects: what people praise and blame in what they review."""

from dataclasses import dataclass

from language.lexicon import load_words


@dataclass(frozen=True, slots=True)
class Aspect:
    """One side of an item that a review can judge.

    `names` is how to show it, by language; `words` the surface forms that mention it.
    """

    key: str
    names: dict[str, str]
    words: dict[str, tuple[str, ...]]


_LISTS = load_words("aspects")

ASPECTS: tuple[Aspect, ...] = tuple(
    Aspect(
        key=key,
        names=entry["names"],
        words={language: tuple(entry[language]) for language in ("en", "zh")},
    )
    for key, entry in _LISTS["aspects"].items()
)
_BY_KEY = {aspect.key: aspect for aspect in ASPECTS}


def for_scenario(scenario: str) -> tuple[Aspect, ...]:
    """Return the aspects that reviews of this kind of item speak of.

    Scenarios: "e-commerce" (books among its goods), "video", "music", "social", "travel",
    "health", and "reading" for a library or a bookshop. An unknown scenario gets every aspect,
    which finds more and errs more.
    """
    keys = _LISTS["presets"].get(scenario)
    return ASPECTS if keys is None else tuple(_BY_KEY[key] for key in keys)

"""Whether words about an illness, a faith and the like are about the writer of a text."""

import re
from functools import lru_cache

from language.lexicon import load_words
from language.scripts import simplified

_REACH = 30  # characters before a word in which its writer says that it is about them
_AFTER = 60  # and after it
_ALWAYS = "en"  # looked for in every language


def is_of_oneself(text: str, start: int, end: int, language: str) -> bool:
    """Return whether the writer of `text` says of themselves, or their own, what `[start, end)` is.

    Told by the words before and after it in its sentence: "as a ...", "being ..., I". In a
    language without such words the English ones are all that is looked for.
    """
    text = simplified(text) if language == "zh" else text
    before, after = text[max(0, start - _REACH) : start], text[end : end + _AFTER]
    return any(
        bool(leads and leads.search(before)) or bool(follows and follows.match(after))
        for leads, follows in map(_patterns, {_ALWAYS, language})
    ) or bool(_OPENS.search(before) and _SAYS_I.match(after))


# "Being autistic, I ...": an opening that says nothing of whom, and then who.
_OPENS = re.compile(
    r"(?:^|[.!?;:(,]\s*|\b(?:and|but)\s+)(?:being|having|with|after|since|living|growing|raised|born|"
    r"brought|diagnosed|speaking|coming|recovering|because of|due to|given|as|an? (?:lifelong|"
    r"former|fellow|practi[cs]ing|recovering|devout|proud|staunch)|once|formerly)\b[^.!?;,]*$",
    re.I,
)
_SAYS_I = re.compile(r"[^.!?;,]{0,40},\s*(?:and\s+|so\s+)?(?:I|I['’]\w+|[Mm]y|[Ww]e|[Oo]ur)\b")


@lru_cache(maxsize=16)
def _patterns(language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Return what leads to a word about oneself and what follows one, where there is any."""
    told = load_words("disclosing").get(language, {})
    leads, follows = (told.get(name, "").split("\n") for name in ("before", "after"))
    return _either(leads, "(?:{})$"), _either(follows, "(?:{})")


def _either(expressions: list[str], frame: str) -> re.Pattern[str] | None:
    known = [line.strip() for line in expressions if line.strip()]
    return re.compile(frame.format("|".join(known)), re.I) if known else None

"""How safe a text is to show: a lexicon of abuse, and no more than that.

It knows insults thrown at people and calls for harm. It does not understand irony, quotation
or disguise, so it says which readings staff look at first and never judges anybody on its own.
"""

import re

from language.lexicon import load_words
from language.scripts import simplified

VERSION = "abuse-words-2"

# Units: how much one such word takes away from a safety of 1.
_SEVERE = 0.8
_RUDE = 0.35

_LISTS = load_words("abuse")


def _pattern(name: str) -> re.Pattern[str]:
    english = "|".join(_LISTS[name]["en"])
    chinese = "|".join(map(re.escape, _LISTS[name]["zh"].split()))
    return re.compile(rf"\b(?:{english})\b|{chinese}", re.I)


_PATTERNS = ((_SEVERE, _pattern("severe")), (_RUDE, _pattern("rude")))


def safety_of(text: str) -> float:
    """Return the safety of `text` in [0, 1]: 1 where no word of abuse was found.

    safety = product over hits of (1 - weight)
    """
    text, safety = simplified(text), 1.0
    for weight, pattern in _PATTERNS:
        safety *= (1.0 - weight) ** len(pattern.findall(text))
    return safety

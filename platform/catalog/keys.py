"""When two spellings are one tag."""

import re
import unicodedata

from language.scripts import simplified

LONGEST_KEY = 100
_APART = re.compile(r"[\s_]+")


def key_of(name: str) -> str:
    """Return the form in which a tag is unique: "Sci-Fi ", "sci-fi" and "SCI-FI." are one tag.

    So are `科幻小說` and `科幻小说`: the key is in simplified characters.
    Empty where `name` has neither a letter nor a digit.
    """
    folded = simplified(_APART.sub(" ", unicodedata.normalize("NFKC", name).casefold()))
    key = folded.strip(" .,;:!?\"'()[]{}#。，；：！？、“”‘’《》【】")
    return key[:LONGEST_KEY].strip() if any(map(str.isalnum, key)) else ""

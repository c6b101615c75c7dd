"""When two spellings are one tag."""

import re
import unicodedata

LONGEST_KEY = 100
_APART = re.compile(r"[\s_]+")


def key_of(name: str) -> str:
    """Return the form in which a tag is unique: "Sci-Fi ", "sci-fi" and "SCI-FI." are one tag.

    Empty where `name` has neither a letter nor a digit.
    """
    folded = _APART.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    key = folded.strip(" .,;:!?\"'()[]{}#。，；：！？、“”‘’《》【】")
    return key[:LONGEST_KEY].strip() if any(map(str.isalnum, key)) else ""

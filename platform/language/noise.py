"""Names that no tag should bear: what fills a field and says nothing, and addresses of files."""

import re
from functools import lru_cache

from language.lexicon import load_words
from language.scripts import narrow, plain, simplified

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//\S|www\.\S|data:\w+/|mailto:"
    r"|\S+\.(?:jpe?g|png|gif|webp|svg|bmp|mp[34]|pdf|html?|php|aspx?)(?:[?#]\S*)?$"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+$"
    r"|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|cn)(?:/\S*)?$"
)
_CODE = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$"  # a UUID
    r"|#(?:[0-9a-f]{3}){1,2}$|(?=[a-f]*\d)[0-9a-f]{16,}$"
)
_EDGES = " .,;:!?\"'()[]{}<>-_*。，；：！？、“”‘’《》【】（）"


def says_nothing(name: str) -> bool:
    """Return whether `name` is a filler ("n/a", `见标题`), an address or a code, and no subject."""
    folded = " ".join(plain(narrow(simplified(name))).replace("_", " ").split())
    return (
        folded.strip(_EDGES) in _fillers()
        or _ADDRESS.match(folded) is not None
        or _CODE.match(folded) is not None
    )


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    entries = (entry for words in load_words("noise").values() for entry in words.split(","))
    return frozenset(plain(" ".join(entry.split())).strip(_EDGES) for entry in entries)

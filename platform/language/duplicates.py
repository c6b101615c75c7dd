"""Texts that say nearly the same in nearly the same words: copies, and copies with touches.

A text is cut into shingles (five characters of its words, two of Chinese) and kept as a MinHash
(Broder, 1997) in bands: two texts of which B bands of R values each are kept share at least one
with probability 1 - (1 - J^R)^B, J being the Jaccard similarity of their shingles. Whoever finds
texts with a band in common compares them exactly with `similarity`.
"""

import hashlib
import re
from functools import lru_cache

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

VERSION = "duplicates-1"
SAME = 0.6  # Jaccard similarity from which two texts are one: see `is_duplicate`

BANDS, ROWS = 20, 4
_WESTERN, _HAN = 5, 2  # characters in a shingle
# Shorter texts come out alike by chance: "Great product, works as described".
_LEAST_WESTERN, _LEAST_HAN = 60, 20

_WORDS = re.compile(r"\w+")
_IS_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿぀-ヿ]")
_PRIME = np.uint64(1_099_511_628_211)

Shingles = NDArray[np.uint64]


def bands_of(text: str) -> list[int]:
    """Return the bands of `text`, 64-bit signed, or none where it is too short to tell.

    The same text has the same bands on every machine and in every order of cleaning.
    """
    shingles = shingles_of(text)
    if not len(shingles):
        return []
    sketch = _empty().copy()
    sketch.update_batch((shingles >> np.uint64(32)).tolist())
    values = np.asarray(sketch.hashvalues, dtype="<u8").reshape(BANDS, ROWS)
    return [_digest(band, row.tobytes()) for band, row in enumerate(values)]


def shingles_of(text: str) -> Shingles:
    """Return the distinct shingles of `text` as sorted 64-bit hashes; empty where too short.

    Letter case, punctuation and spacing do not count.
    """
    words = " ".join(_WORDS.findall(text.casefold()))
    han = len(_IS_HAN.findall(words))
    is_han = han * 3 >= len(words)
    folded = words.replace(" ", "") if is_han else words
    if len(folded) < (_LEAST_HAN if is_han else _LEAST_WESTERN):
        return np.empty(0, dtype=np.uint64)
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    size = _HAN if is_han else _WESTERN
    windows = np.lib.stride_tricks.sliding_window_view(codes.astype(np.uint64), size)
    hashes = np.full(len(windows), 14_695_981_039_346_656_037, dtype=np.uint64)
    for place in range(size):  # FNV-1a over characters, wrapping at 64 bits
        hashes = (hashes ^ windows[:, place]) * _PRIME
    return np.unique(hashes ^ (hashes >> np.uint64(29)))


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard similarity of two texts' shingles, 0 where either has none."""
    if not len(one) or not len(other):
        return 0.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


def is_duplicate(one: Shingles, other: Shingles) -> bool:
    """Return whether two texts are one and the same but for some words."""
    return similarity(one, other) >= SAME


def _digest(band: int, values: bytes) -> int:
    digest = hashlib.blake2b(values, digest_size=8, salt=band.to_bytes(4, "little")).digest()
    return int.from_bytes(digest, "little", signed=True)


@lru_cache(maxsize=1)
def _empty() -> MinHash:
    """Return a MinHash of nothing; its permutations cost more to draw than to use."""
    return MinHash(num_perm=BANDS * ROWS, seed=1, hashfunc=int, scheme="affine32")

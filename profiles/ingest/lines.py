"""The lines of a file, plain or gzip: a broken one never hides the next."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 1 << 18
# What a line may need at most in memory; a longer one is no row but a file of another kind.
LONGEST_LINE_BYTES = 4 << 20
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib's word for: expect a gzip header
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Told how many bytes of the file, as it lies on the disk, were read.
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, counted from 1, without its end; or the problem that takes its place."""

    number: int
    content: bytes
    problem: str = ""


class DamagedError(Exception):
    """A compressed file ends too early or is not what its first bytes promise."""


def read_lines(path: Path, advance: Advance) -> Iterator[Line]:
    """Yield the lines of `path`, unpacked where it is gzip.

    A line that is too long is a problem in its place, and the next line follows. Where the archive
    is damaged, what could be unpacked comes first and the problem last. Memory stays below the
    longest line and two blocks.
    """
    number, rest, is_skipping = 1, b"", False
    try:
        for block in _blocks(path, advance):
            *whole, rest = (rest + block).split(b"\n")
            for content in whole:
                yield _too_long(number) if is_skipping else _line(number, content)
                number, is_skipping = number + 1, False
            if len(rest) > LONGEST_LINE_BYTES:
                rest, is_skipping = b"", True
    except DamagedError as error:
        yield Line(number, b"", str(error))
        return
    if is_skipping:
        yield _too_long(number)
    elif rest:
        yield _line(number, rest)


def _line(number: int, content: bytes) -> Line:
    if number == 1:
        content = content.removeprefix(BYTE_ORDER_MARK)
    return Line(number, content.removesuffix(b"\r"))


def _too_long(number: int) -> Line:
    return Line(number, b"", f"The line is longer than {LONGEST_LINE_BYTES:,} bytes; split it.")


def _blocks(path: Path, advance: Advance) -> Iterator[bytes]:
    with path.open("rb") as file:
        is_gzip = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        raw = _raw_blocks(file.read, advance)
        yield from _unpacked(raw) if is_gzip else raw


def _raw_blocks(read: Callable[[int], bytes], advance: Advance) -> Iterator[bytes]:
    while block := read(BLOCK_BYTES):
        advance(len(block))
        yield block


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip members one after the other, never more than a block at a time."""
    inflate = zlib.decompressobj(GZIP_WINDOW)
    for block in blocks:
        packed = block
        while packed:
            if inflate.eof:
                if not packed.strip(b"\0"):
                    break  # padding after the last member
                inflate = zlib.decompressobj(GZIP_WINDOW)
            try:
                yield inflate.decompress(packed, BLOCK_BYTES)
            except zlib.error:
                message = "The archive is damaged from here on; make or fetch it again."
                raise DamagedError(message) from None
            packed = inflate.unconsumed_tail or inflate.unused_data
    if not inflate.eof:
        raise DamagedError("The archive ends too early; make or fetch it again.")

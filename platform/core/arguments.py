"""What is typed after a command: each argument is returned read, or refused with its remedy."""

from argparse import ArgumentTypeError
from pathlib import Path


def count(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0.")
    return int(text)


def limit(text: str) -> int:
    """Read a whole number from 0; "none" lifts a limit, and stands as -1."""
    if text == "none":
        return -1
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is neither a whole number from 0 nor the word none.")
    return int(text)


def new_file(text: str) -> Path:
    """Read the path of a file to be written at the end, and make its folder.

    A file that is there stays as it is until then. What cannot be written is refused now, before
    any work.
    """
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_there = path.exists()
        path.open("a", encoding="utf-8").close()
        if not is_there:
            path.unlink()
    except OSError as error:
        raise ArgumentTypeError(
            f"{text!r} cannot be written: {error.strerror}. Name a file in a folder of yours."
        ) from None
    return path


def new_folder(text: str) -> Path:
    """Read the path of a folder for files to be written at the end, and make it.

    What cannot be written is refused now, before any work.
    """
    new_file(str(Path(text) / "a-file"))
    return Path(text)

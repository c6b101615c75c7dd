"""Follow a long measurement, and keep its lists out of the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Is told what is being done, how much of it is done, and how much there is, where known."""

    def __call__(self, what: str, done: int = 0, whole: int | None = None) -> None: ...


@contextmanager
def unlogged(*names: str) -> Iterator[None]:
    """Log of these loggers only what is amiss: each of thousands of lists would have its line."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)

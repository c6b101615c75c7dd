"""How long each step of a long run took, and how much memory it held at most."""

import threading
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import numpy as np
import psutil

GIGABYTE = 2**30
LOOK_EVERY_SECONDS = 0.05


@dataclass(slots=True)
class Ledger:
    """Watches this process while it works: `step` ends one step and begins the next.

    Units: seconds; gigabytes of resident memory, looked at twenty times a second.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    name: str = "starting"
    began: float = 0.0
    most: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.began = perf_counter()
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.step("done")
        self.done.set()
        if self.watcher is not None:
            self.watcher.join()

    def step(self, name: str) -> None:
        """End the running step."""
        now = perf_counter()
        taken = {"seconds": round(now - self.began, 2), "gigabytes": self._gigabytes()}
        self.steps.append({"step": self.name, **taken})
        self.name, self.began, self.most = name, now, 0

    def as_json(self) -> dict[str, Any]:
        """Return the sum of the steps, the most memory of any, and each of them."""
        return {
            "seconds": round(sum(one["seconds"] for one in self.steps), 1),
            "gigabytes": max(one["gigabytes"] for one in self.steps),
            "steps": self.steps,
        }

    def _gigabytes(self) -> float:
        return round(max(self.most, psutil.Process().memory_info().rss) / GIGABYTE, 2)

    def _watch(self) -> None:
        process = psutil.Process()
        while not self.done.wait(LOOK_EVERY_SECONDS):
            self.most = max(self.most, process.memory_info().rss)


def growth(sizes: list[int], values: list[float]) -> float | None:
    """Return the exponent with which values grow with sizes: 1 is linear. None of fewer than two.

    The slope of the line of least squares through the logarithms.
    """
    if len(sizes) < 2:
        return None
    return round(float(np.polyfit(np.log(sizes), np.log(values), 1)[0]), 2)

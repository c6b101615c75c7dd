"""How long each step of a request took."""

from time import perf_counter


class Stopwatch:
    """Laps by name. Units: milliseconds."""

    def __init__(self) -> None:
        self.started = self.last = perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End the step called `name`; the next begins."""
        now = perf_counter()
        self.laps[name] = round((now - self.last) * 1_000, 2)
        self.last = now

    @property
    def total(self) -> float:
        """The time from the start to the end of the last lap."""
        return round((self.last - self.started) * 1_000, 2)

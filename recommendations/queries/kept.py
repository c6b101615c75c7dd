"""What a process remembers of what it has read, so that Postgres is not asked for it again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")

# All there are, for `forget_all`.
_shelves: "WeakSet[Shelf[Any, Any]]" = WeakSet()


def forget_all() -> None:
    """Clear every shelf of this process, so that it knows as little as one that just started."""
    for shelf in list(_shelves):
        shelf.clear()


class Shelf(Generic[Key, Row]):
    """Rows by key. Those that nobody asked for longest leave first.

    For what never changes under its key, or may be seen `seconds` late. Units: `most` and `weigh`
    in whatever a row takes, one for each row where nothing else is said.
    """

    def __init__(
        self, most: int, *, seconds: float = inf, weigh: Callable[[Row], int] | None = None
    ) -> None:
        self.most, self.seconds, self.weigh = most, seconds, weigh
        self._rows: OrderedDict[Key, tuple[Row, float]] = OrderedDict()
        self._held = 0
        self._lock = Lock()
        _shelves.add(self)

    def rows(
        self, keys: Sequence[Key], load: Callable[[list[Key]], Mapping[Key, Row]], nothing: Row
    ) -> list[Row]:
        """Return the row of each key, after one call to `load` where any is missing or too old.

        What `load` does not find either is `nothing`, and remembered as that.
        """
        found = self._found(keys)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            loaded = load(missing)
            new = {key: loaded.get(key, nothing) for key in missing}
            self.keep(new)
            found |= new
        return [found[key] for key in keys]

    def has(self, key: Key) -> bool:
        """Say whether a row is remembered under the key, and not too old."""
        return bool(self._found([key]))

    def keep(self, rows: Mapping[Key, Row]) -> None:
        """Remember these rows; those that nobody asked for longest leave first."""
        now = monotonic()
        with self._lock:
            for key, row in rows.items():
                if (old := self._rows.pop(key, None)) is not None:
                    self._held -= self._weight(old[0])
                self._rows[key] = (row, now)
                self._held += self._weight(row)
            while self._held > self.most and self._rows:
                _, (gone, _) = self._rows.popitem(last=False)
                self._held -= self._weight(gone)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._rows.clear()
            self._held = 0

    def _found(self, keys: Sequence[Key]) -> dict[Key, Row]:
        oldest = monotonic() - self.seconds
        found = {}
        with self._lock:
            for key in keys:
                kept = self._rows.get(key)
                if kept is not None and kept[1] > oldest:
                    self._rows.move_to_end(key)
                    found[key] = kept[0]
        return found

    def _weight(self, row: Row) -> int:
        return 1 if self.weigh is None else self.weigh(row)

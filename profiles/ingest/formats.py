"""Which format a folder is in."""

from collections.abc import Callable
from pathlib import Path

from core.errors import InvalidError
from profiles.ingest import amazon, exchange, movielens
from profiles.ingest.parts import Plan

# In the order in which they are tried: the most particular file names first.
PLANS: dict[str, Callable[[Path], Plan | None]] = {
    "exchange": exchange.plan_of,
    "movielens": movielens.plan_of,
    "amazon": amazon.plan_of,
}
# CSV is the exchange format too, file by file.
FORMATS = ("auto", "exchange", "csv", "movielens", "amazon")


def plan_of(folder: Path, wanted: str = "auto") -> Plan:
    """Return what `folder` holds, read as the `wanted` one of FORMATS.

    Raises InvalidError where there is no such folder, or nothing of that format in it.
    """
    if not folder.is_dir():
        message = f"There is no folder {str(folder)!r}."
        raise InvalidError(message, field="folder", value=str(folder))
    name = "exchange" if wanted == "csv" else wanted
    tried = PLANS.values() if name == "auto" else [PLANS[name]]
    plan = next((plan for plan_of in tried if (plan := plan_of(folder))), None)
    if plan is not None:
        return plan
    names = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
    message = f"{folder} holds no files of the format {wanted}; it has {names}."
    raise InvalidError(message, field="folder", value=str(folder))

"""The sequence model of a workspace: its files as learning reads them, its rows as serving does."""

from typing import Any

import structlog

from accounts.models import Workspace
from catalog.models import TrainedModel
from catalog.queries.trained import find_running, folder_of, refuse_changed
from core.arrays import Ids
from core.errors import ConflictError
from recommendations.engine.sequence import Foreteller, Network
from recommendations.queries.kept import Shelf
from recommendations.queries.spaces import load_table
from recommendations.queries.standing import FactorStanding
from recommendations.sequence_files import WHOLE, Kept, read_foreteller, read_kept

log = structlog.get_logger(__name__)

# Some 300 kB each.
MOST_NETWORKS = 32
# The setting of a space that names the model it is of.
MODEL = "model"

_networks: Shelf[int, Network | None] = Shelf(MOST_NETWORKS)


def running_sequence(workspace_id: int) -> str:
    """Return the name of the sequence model that runs, "" where none does. One query."""
    running = find_running(workspace_id, TrainedModel.Use.SEQUENCE)
    return running.name if running else ""


def load_foreteller(workspace_id: int, items: Ids) -> Foreteller | None:
    """Return the model that runs, as learning may judge it. At most two queries.

    None where none runs, or it learnt from users who have been erased since, or its files are not
    here as they were registered. Shapes: items (I,), the ids at the log's positions.
    """
    model = _usable(workspace_id)
    return None if model is None else read_foreteller(folder_of(model.name), model.name, items)


def load_whole(workspace_id: int, name: str) -> Kept | None:
    """Return the network that serves, where the model of that name still runs. Two queries."""
    model = _usable(workspace_id)
    if model is None or model.name != name:
        return None
    return read_kept(folder_of(model.name), WHOLE)


def load_network(space: FactorStanding) -> Network | None:
    """Return the network of a space, None where its numbers do not fit. At most one query."""

    def load(keys: list[int]) -> dict[int, Network | None]:
        sizes = {name: size for name, size in space.settings.items() if name != MODEL}
        try:
            return dict.fromkeys(keys, Network.laid_out(load_table(space), **sizes))
        except (TypeError, ValueError) as error:
            log.warning("fit.network_unreadable", space=space.id, reason=str(error))
            return {}

    [network] = _networks.rows([space.id], load, None)
    return network


def settings_of(kept: Kept, name: str) -> dict[str, Any]:
    """Return what a space of a sequence model is told of it."""
    return {MODEL: name, **kept.network.sizes}


def _usable(workspace_id: int) -> TrainedModel | None:
    model = find_running(workspace_id, TrainedModel.Use.SEQUENCE)
    if model is None:
        return None
    erasures = Workspace.objects.values_list("erasures", flat=True).get(pk=workspace_id)
    if int(model.config.get("erasures", 0)) < erasures:
        log.info("sequence.left_out", model=model.name, reason="users were erased since")
        return None
    try:
        refuse_changed(model)
    except ConflictError as error:
        log.warning("sequence.left_out", model=model.name, reason=error.message)
        return None
    return model

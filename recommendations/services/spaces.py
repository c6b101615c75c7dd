"""Store where the sources of a fit put items."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.arrays import Bools, Doubles, Floats, Ids
from recommendations import binary
from recommendations.models import FactorSpace, Fit

COPY_VECTORS = (
    "COPY recommendations_itemfactors (workspace_id, space_id, item_id, vector)"
    " FROM STDIN (FORMAT binary)"
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a source puts items, and what a user's vector is found with.

    Shapes: items (N,), ids; vectors (N, D); table any, laid out flat where it is stored.
    """

    source: str
    items: Ids
    vectors: Floats
    settings: dict[str, Any] = field(default_factory=dict)
    table: Doubles = field(default_factory=lambda: np.empty(0))


def store_space(fit: Fit, placed: Places) -> FactorSpace:
    """Store a space of a fit. Items without a direction, those that nobody took to, are left out.

    Items that are not there any more must have been taken out before. `services.indexes` indexes
    the spaces of a fit that serves.
    """
    space = FactorSpace.objects.create(
        workspace_id=fit.workspace_id,
        fit=fit,
        source=placed.source,
        dimensions=placed.vectors.shape[1],
        settings=placed.settings,
        table=np.ascontiguousarray(placed.table, dtype="<f8").tobytes(),
    )
    owner = (binary.INT8.pack(fit.workspace_id), binary.INT8.pack(space.pk))
    is_placed: Bools = np.asarray(placed.vectors.any(axis=1))
    rows = (
        binary.copy_row(
            *owner, binary.INT8.pack(placed.items[row]), binary.halves_to(placed.vectors[row])
        )
        for row in np.flatnonzero(is_placed)
    )
    binary.copy_in(COPY_VECTORS, rows)
    return space

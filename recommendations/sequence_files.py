"""The files of a trained sequence model: safetensors and JSON, which hold nothing that runs.

There are two networks of the same making in a folder: one that learnt all there was, which serves,
and one from which the newest was hidden, which judges how far the first may be trusted.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from core.arrays import Bools, Floats, Ids, as_floats, looked_up
from recommendations.engine.sequence import Foreteller, Network

WHOLE, REHEARSED = "model.safetensors", "rehearsed.safetensors"
TOLD = "sequence.json"
IDS, ITEMS, NETWORK = "ids", "items", "network."


@dataclass(frozen=True, slots=True)
class Kept:
    """A network with the items that it knows. Shapes: ids (N,) ascending; vectors (N, D)."""

    network: Network
    ids: Ids
    vectors: Floats

    @classmethod
    def of(cls, network: Network, ids: Ids, vectors: Floats) -> "Kept":
        """Keep the items that have a place. Shapes: ids (I,) ascending; vectors (I, D)."""
        placed: Bools = np.asarray(vectors.any(axis=1))
        return cls(network, ids[placed], vectors[placed])

    def among(self, items: Ids) -> Floats:
        """Return the vectors of items by their ids, zero for others. Shapes: (I,) -> (I, D)."""
        return looked_up(items, self.ids, self.vectors)


def save_model(folder: Path, whole: Kept, rehearsed: Kept, before: float) -> None:
    """Write both networks; `before` is the moment from which all was hidden from the second.

    Units: before in unix seconds.
    """
    for name, kept in ((WHOLE, whole), (REHEARSED, rehearsed)):
        arrays = {f"{NETWORK}{key}": array for key, array in kept.network.arrays.items()}
        save_file({**arrays, IDS: kept.ids, ITEMS: kept.vectors}, folder / name)
    told = {"heads": whole.network.heads, "before": before}
    (folder / TOLD).write_text(json.dumps(told), encoding="utf-8")


def read_kept(folder: Path, name: str) -> Kept:
    """Read one of the networks, `WHOLE` or `REHEARSED`."""
    told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    stored = load_file(folder / name)
    arrays = {
        key.removeprefix(NETWORK): as_floats(array)
        for key, array in stored.items()
        if key.startswith(NETWORK)
    }
    network = Network(arrays, int(told["heads"]))
    return Kept(network, stored[IDS].astype(np.int64), as_floats(stored[ITEMS]))


def read_foreteller(folder: Path, model: str, items: Ids) -> Foreteller:
    """Read the network that may judge, with its items laid out as a log has them.

    Shapes: items (I,), the ids at the log's positions.
    """
    before = float(json.loads((folder / TOLD).read_text(encoding="utf-8"))["before"])
    kept = read_kept(folder, REHEARSED)
    return Foreteller(model, kept.network, kept.among(items), before)

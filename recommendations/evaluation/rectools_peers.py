"""RecTools' recommenders as peers, under the contract that all models here keep.

RecTools is no part of an extra, for it asks for older releases than the project does;
`docs/evaluation.md` says how it is put beside them. Without it this module cannot be imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from implicit.nearest_neighbours import CosineRecommender, TFIDFRecommender
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, ImplicitItemKNNWrapperModel, PureSVDModel
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.log import Log, matrix
from recommendations.engine.tuning import Setting

# Six settings each, as many as the richest of LensKit's models.
GRIDS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "rectools-ease": tuple({"regularization": one} for one in (30, 100, 200, 300, 500, 1000)),
    "rectools-pure-svd": tuple({"factors": size} for size in (16, 32, 64, 128, 256, 512)),
    "rectools-item-knn": tuple(
        {"is_weighed": weighed, "K": count} for weighed in (0, 1) for count in (20, 50, 200)
    ),
}
# EASE keeps a table of all pairs of items, and works on another of double precision.
MOST_ITEMS = 15_000
SEED = 0


def _ease(regularization: float) -> Any:
    return EASEModel(regularization=regularization)


def _pure_svd(factors: int) -> Any:
    return PureSVDModel(factors=factors, random_state=SEED)


def _item_knn(is_weighed: int, K: int) -> Any:  # noqa: N803 - as the library calls it
    make = TFIDFRecommender if is_weighed else CosineRecommender
    return ImplicitItemKNNWrapperModel(make(K=K, num_threads=1))


MAKERS: Mapping[str, Callable[..., Any]] = {
    "rectools-ease": _ease,
    "rectools-pure-svd": _pure_svd,
    "rectools-item-knn": _item_knn,
}


def names_for(n_items: int) -> list[str]:
    """Return the models that a catalogue of that size leaves room for."""
    return [name for name in GRIDS if name != "rectools-ease" or n_items <= MOST_ITEMS]


def settings_of(model: str) -> tuple[Setting, ...]:
    """Return every setting that is tried of one model. `model` is a key of GRIDS."""
    return tuple(Setting(repr(one), partial(RecToolsModel, model, one)) for one in GRIDS[model])


@dataclass(slots=True)
class RecToolsModel:
    """One of RecTools' models. `model` is a key of GRIDS, `settings` one of its settings.

    RecTools recommends to the users that it was fitted on; here anybody's history is scored by
    what it has learnt of the items, as it scores those users itself.
    """

    model: str
    settings: Mapping[str, float]
    learnt: Any = field(init=False, repr=False)
    places: Any = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Train on the positives of `log`. Fitting again forgets what was learnt before."""
        met = matrix(log).tocoo()
        rows = pd.DataFrame(
            {
                Columns.User: met.coords[0],
                Columns.Item: met.coords[1],
                Columns.Weight: 1.0,
                Columns.Datetime: pd.Timestamp(0),
            }
        )
        dataset = Dataset.construct(rows)
        self.places = dataset.item_id_map.external_ids.astype(np.int64)
        self.learnt = MAKERS[self.model](**self._fitting(len(self.places)))
        self.learnt.fit(dataset)
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item from what each user took to; what RecTools has not met is 0.

        Shapes: history (B, I); returns (B, I).
        """
        liked = csr_array((history > 0).astype(np.float32)[:, self.places])
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self.places] = self._scored(liked)
        return scores

    def _scored(self, liked: csr_array) -> Floats:
        """Shapes: liked (B, M), of the items that were met; returns the same."""
        if self.model == "rectools-pure-svd":
            # They come multiplied by the singular values, which the history brings by itself.
            factors = self.learnt.item_factors
            directions = factors / np.linalg.norm(factors, axis=0)
            return as_floats((liked @ directions) @ directions.T)
        if self.model == "rectools-item-knn":
            return as_floats((liked @ csr_array(self.learnt.model.similarity)).toarray())
        return as_floats(liked @ self.learnt.weight)

    def _fitting(self, n_items: int) -> Mapping[str, float]:
        """Take no more directions than there are."""
        if "factors" not in self.settings:
            return self.settings
        return {"factors": min(int(self.settings["factors"]), n_items - 1)}

"""LensKit's recommenders as peers, under the contract that all models here keep.

LensKit comes with the extra `peers`; without it this module cannot be imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer, UserKNNScorer
from lenskit.training import TrainingOptions
from scipy.sparse import csr_array

from core.arrays import Floats
from recommendations.engine.log import Log, matrix
from recommendations.engine.tuning import Setting

GRIDS: Mapping[str, tuple[Mapping[str, float], ...]] = {
    "lenskit-item-knn": tuple({"max_nbrs": count} for count in (10, 20, 50, 100, 200)),
    "lenskit-user-knn": tuple({"max_nbrs": count} for count in (20, 50, 100, 200, 400)),
    "lenskit-als": tuple(
        {"embedding_size": size, "regularization": damping, "epochs": 10}
        for size in (32, 64)
        for damping in (0.03, 0.1, 0.3)
    ),
}
SEED = 0
SCORERS: Mapping[str, Callable[..., Any]] = {
    "lenskit-item-knn": partial(ItemKNNScorer, feedback="implicit"),
    "lenskit-user-knn": partial(UserKNNScorer, feedback="implicit"),
    "lenskit-als": partial(ImplicitMFScorer, user_embeddings=False),
}


def settings_of(model: str) -> tuple[Setting, ...]:
    """Return every setting that is tried of one model. `model` is a key of GRIDS."""
    return tuple(Setting(repr(one), partial(LensKitModel, model, one)) for one in GRIDS[model])


@dataclass(slots=True)
class LensKitModel:
    """One of LensKit's scorers. `model` is a key of GRIDS, `settings` one of its settings."""

    model: str
    settings: Mapping[str, float]
    scorer: Any = field(init=False, repr=False)
    items: Any = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Train on the positives of `log`. Fitting again forgets what was learnt before."""
        met = matrix(log).tocoo()
        pairs = pd.DataFrame({"user_id": met.coords[0], "item_id": met.coords[1]})
        everything = np.arange(log.n_items)
        data = from_interactions_df(pairs, items=everything)
        self.items = ItemList(item_ids=everything)
        self.scorer = SCORERS[self.model](**self.settings)
        self.scorer.train(data, TrainingOptions(rng=SEED))
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item from what each user took to; what LensKit cannot score is 0.

        Shapes: history (B, I); returns (B, I).
        """
        scores = np.zeros(history.shape, dtype=np.float32)
        for row in range(history.shape[0]):
            inside = slice(history.indptr[row], history.indptr[row + 1])
            liked = history.indices[inside][history.data[inside] > 0]
            if len(liked):
                query = RecQuery(history_items=ItemList(item_ids=liked))
                found = self.scorer(query, self.items).scores()
                scores[row] = np.nan_to_num(found)
        return scores

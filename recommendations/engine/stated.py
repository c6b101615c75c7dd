"""From what a portrait states to items: one row of links for each tag of the vocabulary."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, diags_array

from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.links import sparse_unit_rows, strongest_in
from recommendations.engine.log import Log, matrix

ROWS_AT_ONCE = 256
# Learnt tags times items: a table of 240 MB.
MOST_CELLS = 60_000_000


@dataclass(frozen=True, slots=True)
class LinksConfig:
    """How tags are linked to items.

    A tag needs `least_users` of whom it is stated to be learnt from, and at most `most_tags` are,
    the most stated ones.

    Units: ridge in users; beta the exponent that damps what is popular anyway; length in items
    kept per tag.
    """

    ridge: float = 10.0
    beta: float = 0.4
    length: int = 500
    least_users: int = 3
    most_tags: int = 2_000


@dataclass(frozen=True, slots=True)
class Links:
    """The items that each tag speaks for. Shapes: ids and weights (G, K), padded with -1 and 0."""

    ids: Ids
    weights: Floats
    config: LinksConfig

    def table(self, n_items: int) -> csr_array:
        """Return the same links as a sparse table. Shapes: returns (G, I)."""
        rows, places = np.nonzero(self.ids >= 0)
        columns = self.ids[rows, places]
        shape = (len(self.ids), n_items)
        return csr_array((self.weights[rows, places], (rows, columns)), shape=shape)


def no_links(config: LinksConfig | None = None) -> Links:
    """Return the links of an empty vocabulary."""
    return Links(
        ids=np.empty((0, 0), dtype=np.int64),
        weights=np.empty((0, 0), dtype=np.float32),
        config=config or LinksConfig(),
    )


def fit_links(stated: csr_array, borne: csr_array, log: Log, config: LinksConfig) -> Links:
    """Link each tag to what users of whom it is stated took to, other tags being equal.

    A ridge regression of who took to what on what is stated of them:

        W = inverse(S'S + ridge * 1) S'X / n ** beta

    with S the statements, rare tags raised and every user's row of length one, X what users took
    to, and n how many took to each item. Each tag keeps its strongest positive links. A score is
    a user's statements times these links, so what each statement contributes stays exact.

    Time and memory: G^3 for the tags that are learnt from, and their table of links.
    Shapes: stated (U, G), signed; borne (I, G), how surely an item bears a tag; U and I as the
    log's.
    """
    tags = _often_stated(stated, log.n_items, config)
    width = min(config.length, log.n_items)
    ids = np.full((borne.shape[1], width), -1, dtype=np.int64)
    weights = np.zeros((borne.shape[1], width), dtype=np.float32)
    if len(tags):
        learnt = learnt_links(stated, borne, log, tags, config)
        for start in range(0, len(tags), ROWS_AT_ONCE):
            rows, part = tags[start : start + ROWS_AT_ONCE], learnt[start : start + ROWS_AT_ONCE]
            ids[rows], weights[rows] = strongest_in(part, width)
    return Links(ids=ids, weights=weights, config=config)


def learnt_links(
    stated: csr_array, borne: csr_array, log: Log, tags: Indices, config: LinksConfig
) -> Floats:
    """Return the links of some tags to all items; see `fit_links`.

    Shapes: tags (L,), positions, L above 0; returns (L, I).
    """
    raised = np.sqrt(rarity(borne))
    users = csr_array(sparse_unit_rows(csr_array(stated @ diags_array(raised)))[:, tags])
    gram = (users.T @ users).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += config.ridge
    met = matrix(log)
    counts = np.maximum(np.bincount(met.indices, minlength=log.n_items), 1.0)
    taken = (users.T @ met @ diags_array(counts**-config.beta)).toarray()
    found = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), taken, overwrite_b=True)
    return as_floats(found * raised[tags][:, None])


def rarity(borne: csr_array) -> Doubles:
    """Return log(items / items that bear it) of each tag. Shapes: borne (I, G); returns (G,)."""
    bearers = np.maximum(np.bincount(borne.indices, minlength=borne.shape[1]), 1)
    return np.asarray(np.log(borne.shape[0] / bearers) + 1e-6)


def _often_stated(stated: csr_array, n_items: int, config: LinksConfig) -> Indices:
    counts = np.bincount(stated.indices, minlength=stated.shape[1])
    most = min(config.most_tags, MOST_CELLS // max(n_items, 1))
    order = np.argsort(-counts, kind="stable")[:most]
    return np.sort(order[counts[order] >= config.least_users])

"""Linear models from items to items beyond EASE: relaxed, with dropout, and helped by text."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from core.arrays import Floats, as_floats
from recommendations.engine.inverse import inverse_of
from recommendations.engine.log import Log, matrix


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """Which linear autoencoder: limit 0 and dropout 0 are EASE; see `relaxed_weights`.

    Units: ridge in interactions, after damping; limit and dropout in [0, 1]; text_share in users
    per dimension of text; user_damping and item_damping are exponents, 0 for none.
    """

    ridge: float = 300.0
    limit: float = 0.0
    dropout: float = 0.0
    text_share: float = 0.0
    user_damping: float = 0.0
    item_damping: float = 0.0


@dataclass(slots=True)
class Autoencoder:
    """Scores items by a dense linear model of all the others.

        R = D_user ** -user_damping  X  D_item ** -item_damping
        score = x D_item ** -item_damping  B(R)  D_item ** item_damping

    Damped, so that neither users who met much nor items that many met speak for everybody
    (DAN; Park et al., SIGIR 2024). With text the model is CEASE, which is not damped.

    Time I^3, memory two tables of 4 * I^2 bytes while fitting and one after it: 20 s and 0.7 GB
    at 9,300 items on one core. Past some 20,000 items use sparse links.
    Shapes: vectors (I, D) of unit rows, where text has a say.
    """

    config: AutoencoderConfig = field(default_factory=AutoencoderConfig)
    vectors: Floats | None = None
    links: Floats = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        met, config = matrix(log), self.config
        if self.vectors is not None and config.text_share:
            self.links = collective_weights(met, self.vectors, config.ridge, config.text_share)
            return self
        damped, scale = damp(met, config.user_damping, config.item_damping)
        links = relaxed_weights(damped, config.ridge, limit=config.limit, dropout=config.dropout)
        links *= scale[:, None]
        links /= scale
        self.links = links
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        return as_floats(history @ self.links)


def damp(met: csr_array, users: float, items: float) -> tuple[csr_array, Floats]:
    """Divide what users met by powers of how much they met, and how many met it.

    Shapes: met (U, I) of ones; returns the same shape, and the items' factors (I,).
    """
    per_user = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0) ** -users
    per_item = np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0) ** -items
    damped = csr_array(diags_array(per_user) @ met @ diags_array(per_item))
    return damped.astype(np.float32), as_floats(per_item)


def relaxed_weights(
    met: csr_array, ridge: float, *, limit: float = 0.0, dropout: float = 0.0
) -> Floats:
    """Solve a linear autoencoder whose diagonal may rise to a limit.

        P = inverse(X'X + ridge * 1 + dropout / (1 - dropout) * diag(X'X))
        B = 1 - P diag(m),   m_j = ridge                 where 1 - ridge * P_jj <= limit,
                             m_j = (1 - limit) / P_jj    elsewhere

    Limit 0 is EASE, or EDLAE where dropout is above 0 (Steck, NeurIPS 2020); anything between is
    RLAE (Moon et al., SIGIR 2023). Limit 1 has no bound at all: for items that a user has not met
    it ranks as a regression of users on users does, since inverse(XX' + r) X = X inverse(X'X + r).
    The diagonal, which only ever speaks of what is known, comes back as 0.

    Memory: two tables of (I, I), 1.4 GB at 10,000 items; time I^3.
    Units: ridge in interactions; limit and dropout in [0, 1].
    Shapes: met (U, I) of ones; returns (I, I).
    """
    return Autoregression.of(met, ridge, dropout=dropout).links(limit)


@dataclass(frozen=True, slots=True)
class Autoregression:
    """The costly part of `relaxed_weights`, which is the same for every limit.

    Shapes: precision (I, I), symmetric; counts (I,), users of each item.
    """

    precision: Floats
    counts: Floats
    ridge: float

    @classmethod
    def of(cls, met: csr_array, ridge: float, *, dropout: float = 0.0) -> Self:
        """Invert. Memory: two tables of (I, I). Shapes: met (U, I)."""
        gram = (met.T @ met).toarray()
        counts = gram.diagonal().copy()
        gram[np.diag_indices_from(gram)] += ridges_of(counts, ridge, dropout)
        return cls(as_floats(inverse_of(gram)), as_floats(counts), ridge)

    def links(self, limit: float) -> Floats:
        """Return the links where the diagonal may rise to a limit. Shapes: returns (I, I)."""
        scale = relaxed_scale(self.precision.diagonal(), self.ridge, limit)
        links = self.precision * -scale
        np.fill_diagonal(links, 0.0)
        links[self.counts == 0] = 0.0
        links[:, self.counts == 0] = 0.0
        return links


def ridges_of(counts: NDArray[np.floating], ridge: float, dropout: float) -> NDArray[np.floating]:
    """Return each item's ridge, which a dropout raises. Shapes: counts (I,); returns (I,)."""
    return np.asarray(ridge + dropout / (1.0 - dropout) * counts)


def relaxed_scale(own: Floats, ridge: float, limit: float) -> Floats:
    """Return the m_j of `relaxed_weights`. Shapes: own (I,), the diagonal of P; returns (I,)."""
    is_bound = 1.0 - ridge * own > limit
    return as_floats(np.where(is_bound, (1.0 - limit) / own, ridge))


def collective_weights(met: csr_array, vectors: Floats, ridge: float, share: float) -> Floats:
    """Solve EASE on interactions and text at once, as if each dimension were `share` users more.

        P = inverse(X'X + share * VV' + ridge * 1),   B = -P / diag(P),   diag(B) = 0

    CEASE (Jeunen et al., RecSys 2020). An item that nobody met has links by its text.
    Memory and time: as `relaxed_weights`. Shapes: vectors (I, D) of unit rows; returns (I, I).
    """
    gram = (met.T @ met).toarray() + np.float32(share) * (vectors @ vectors.T)
    gram[np.diag_indices_from(gram)] += ridge
    precision = inverse_of(gram)
    precision /= -precision.diagonal().copy()
    np.fill_diagonal(precision, 0.0)
    return as_floats(precision)

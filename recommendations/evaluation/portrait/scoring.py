"""Rank items for users of whom nothing is known but a short profile: tags with weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Floats, Ids, Indices, as_floats, unit_rows
from recommendations.engine.blend import BlendConfig, blend_rows
from recommendations.engine.blending import gather_slips, learn_blend
from recommendations.engine.validation import Cases, merit

RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0)
POPULARITY = ("popular", "recent")


@dataclass(frozen=True, slots=True)
class Profiles:
    """A profile of every user, and what its tags are about.

    Shapes: users (U, G), signed weights; items (I, G), how surely an item bears a tag, or None
    where a tag is no more than a coordinate; near (U, I), how near items are to each user, for
    profiles that say so in another way than by tags.
    """

    users: csr_array
    items: csr_array | None
    near: Floats | None = None

    def shuffled(self, seed: int) -> "Profiles":
        """Give every user the profile of another one."""
        order = np.random.default_rng(seed).permutation(self.users.shape[0])
        near = None if self.near is None else self.near[order]
        return Profiles(csr_array(self.users[order]), self.items, near)

    def pointed_at(self, users: Indices) -> Floats | csr_array | None:
        """Share each tag's weight out among the items that bear it. Shapes: returns (B, I)."""
        if self.near is not None:
            return self.near[users]
        if self.items is None:
            return None
        borne = np.maximum(np.asarray(self.items.sum(axis=0)).ravel(), 1.0)
        return csr_array(self.users[users] @ diags_array(1.0 / borne) @ self.items.T)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What everybody's known rows teach, whoever is asked about.

    Shapes: met (U, I), 1 where a user took to an item; links (I, I), what leads to what; popular
    and recent (I,); vectors (I, D), unit rows of the items' texts, where they have any.
    """

    met: csr_array
    links: csr_array
    popular: Floats
    recent: Floats
    vectors: Floats | None = None


@dataclass(frozen=True, slots=True)
class Scorer:
    """Settings that were learnt on validation; `score` ranks by them with any other crowd."""

    ridge: float
    blend: BlendConfig
    names: tuple[str, ...]
    tries: int

    @classmethod
    def learn(cls, cases: Cases, profiles: Profiles | None, crowd: Crowd) -> "Scorer":
        """Choose how profiles are told by how well they foretell what the cases wanted.

        Without profiles popularity is all there is to weigh.
        """
        ridge, tries = RIDGES[0], 0
        if profiles is not None:
            found = [merit(cases, linear_rows(profiles, crowd, one, cases.users)) for one in RIDGES]
            ridge, tries = RIDGES[int(np.argmax(found))], len(RIDGES)
        rows = source_rows(profiles, crowd, ridge, cases.users)
        slips = gather_slips(cases, list(rows.values()))
        lengths = lengths_of(profiles, cases)
        blend, _, more = learn_blend(slips, tuple(rows), lengths)
        return cls(ridge=ridge, blend=blend, names=tuple(rows), tries=tries + more)

    def score(self, cases: Cases, profiles: Profiles | None, crowd: Crowd) -> Floats:
        """Score every item for the users of the cases. Shapes: returns (B, I)."""
        rows = source_rows(profiles, crowd, self.ridge, cases.users)
        return blend_rows(rows, self.blend, met=lengths_of(profiles, cases), barred=cases.met)

    @property
    def uses_profiles(self) -> bool:
        """Whether anything but popularity has a weight, for users with a profile of any length."""
        return any(self.blend.uses(name) for name in self.names if name not in POPULARITY)

    def as_json(self) -> dict[str, Any]:
        """Return the choices as plain values."""
        return {"ridge": self.ridge, "blend": self.blend.as_json(), "tries": self.tries}


def lengths_of(profiles: Profiles | None, cases: Cases) -> Ids:
    """Return how many tags each profile has: all that may be known of how much is known."""
    if profiles is None:
        return np.zeros(len(cases), dtype=np.int64)
    lengths: Ids = np.diff(profiles.users.indptr)[cases.users].astype(np.int64)
    return lengths


def source_rows(
    profiles: Profiles | None, crowd: Crowd, ridge: float, users: Indices
) -> dict[str, Floats]:
    """Ask each way of telling items from profiles. Shapes: returns (B, I) each."""
    shape = (len(users), crowd.met.shape[1])
    rows: dict[str, Floats] = {
        "popular": as_floats(np.broadcast_to(crowd.popular, shape)),
        "recent": as_floats(np.broadcast_to(crowd.recent, shape)),
    }
    if profiles is None:
        return rows
    rows["linear"] = linear_rows(profiles, crowd, ridge, users)
    own = profiles.pointed_at(users)
    if own is not None:
        rows["tags"] = _dense(own)
        rows["linked"] = _dense(own @ crowd.links)
        if crowd.vectors is not None:
            rows["taste"] = as_floats(unit_rows(as_floats(own @ crowd.vectors)) @ crowd.vectors.T)
    return rows


def _dense(table: Floats | csr_array) -> Floats:
    return as_floats(table if isinstance(table, np.ndarray) else table.toarray())


def linear_rows(profiles: Profiles, crowd: Crowd, ridge: float, users: Indices) -> Floats:
    """Tell items from profiles by the ridge regression of everybody's likings on their profiles.

        W = argmin |X - P W|^2 + ridge |W|^2,

    in its dual form where there are more tags than users.

    Profiles are brought to a mean square length of one, so that one ridge means the same for
    profiles of any kind. Shapes: returns (B, I).
    """
    rows = profiles.users.astype(np.float64)
    size = np.sqrt(max(float(rows.multiply(rows).sum()) / max(rows.shape[0], 1), 1e-12))
    rows = csr_array(rows / size)
    used = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]))
    table = rows[:, used].toarray()
    if len(used) <= table.shape[0]:
        square = table.T @ table + ridge * np.eye(len(used))
        answer = np.linalg.solve(square, (crowd.met.T @ table).T)
        return as_floats(table[users] @ answer)
    square = table @ table.T
    pull = np.linalg.solve(square + ridge * np.eye(len(table)), square[:, users]).T
    return as_floats(pull @ crowd.met)

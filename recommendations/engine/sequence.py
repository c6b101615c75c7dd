"""A trained causal transformer at work, in NumPy alone: what is awaited after what a user took to.

`causal` teaches the network; this is what serves, and what learning judges. It needs no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import erf

from core.arrays import Bools, Doubles, Floats, Ids, as_floats, is_among
from recommendations.engine.log import Log, positives
from recommendations.engine.sources import CARRIERS, Scored

SOURCE = "sequence"
# Beyond this a likelihood would not fit into 32 bits; no score that was learnt comes near it.
MOST_LOGIT = 60.0
EPSILON = 1e-5
BLOCK = "body.layers"


@dataclass(frozen=True, slots=True)
class Network:
    """The weights of a causal transformer but for its items, by the names that torch gives them.

    Shapes: place.weight (L, D), the places that a sequence may have; the rest as in
    `torch.nn.TransformerEncoderLayer` with the norm first.
    """

    arrays: Mapping[str, Floats]
    heads: int

    @property
    def length(self) -> int:
        """How many items it reads at most, the newest."""
        return len(self.arrays["place.weight"])

    @property
    def width(self) -> int:
        """How many numbers an item has."""
        return int(self.arrays["place.weight"].shape[1])

    @property
    def blocks(self) -> int:
        """How many blocks stand one upon the other."""
        return sum(name.endswith("linear1.weight") for name in self.arrays)

    def awaited(self, vectors: Floats) -> Floats:
        """Return what is awaited next: items are the likelier the greater their inner product.

        Shapes: vectors (L, D) of a user's items, oldest first, of which the newest are read, at
        least one; returns (D,).
        """
        vectors = vectors[-self.length :]
        states = vectors * np.float32(self.width**0.5) + self.arrays["place.weight"][: len(vectors)]
        for number in range(self.blocks):
            states = self._through(states, number, is_last=number == self.blocks - 1)
        found: Floats = self._normed(states[-1:], "norm")[0]
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """What `laid_out` needs to know beside the numbers."""
        inner = len(self.arrays[f"{BLOCK}.0.linear1.bias"])
        return {
            "length": self.length,
            "width": self.width,
            "blocks": self.blocks,
            "inner": inner,
            "heads": self.heads,
        }

    def flat(self) -> Doubles:
        """Lay all weights out in a row. Shapes: returns (N,); see `laid_out`."""
        names = shapes_of(**{name: n for name, n in self.sizes.items() if name != "heads"})
        return np.concatenate([self.arrays[name].ravel() for name in names]).astype(np.float64)

    @classmethod
    def laid_out(
        cls, row: Doubles, *, length: int, width: int, blocks: int, inner: int, heads: int
    ) -> Self:
        """Read back what `flat` gave. Raises ValueError where the row is shorter or longer."""
        shapes = shapes_of(length=length, width=width, blocks=blocks, inner=inner)
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        if ends[-1] != len(row):
            raise ValueError(f"Such a network has {ends[-1]} numbers, and the row {len(row)}.")
        parts = np.split(row, ends[:-1])
        arrays = {
            name: as_floats(part).reshape(shape)
            for (name, shape), part in zip(shapes.items(), parts, strict=True)
        }
        return cls(arrays, heads)

    def _through(self, states: Floats, number: int, *, is_last: bool) -> Floats:
        """Pass through one block; of the last one only the newest place is wanted.

        x + attention(norm(x)), then x + linear(gelu(linear(norm(x)))). Shapes: states (L, D).
        """
        normed = self._normed(states, f"{BLOCK}.{number}.norm1")
        asked = normed[-1:] if is_last else normed
        states = states[-1:] if is_last else states
        states = states + self._attended(normed, asked, f"{BLOCK}.{number}.self_attn")
        inner = self._line(
            self._normed(states, f"{BLOCK}.{number}.norm2"), f"{BLOCK}.{number}.linear1"
        )
        inner = as_floats(0.5 * inner * (1.0 + erf(inner * np.float32(0.5**0.5))))
        return states + self._line(inner, f"{BLOCK}.{number}.linear2")

    def _attended(self, normed: Floats, asked: Floats, name: str) -> Floats:
        """Let each place look at itself and at earlier ones. Shapes: (L, D), (Q, D) the newest."""
        width, each = self.width, self.width // self.heads
        weight, bias = self.arrays[f"{name}.in_proj_weight"], self.arrays[f"{name}.in_proj_bias"]
        queries = self._heads(asked @ weight[:width].T + bias[:width])
        keys, values = (
            self._heads(normed @ weight[part].T + bias[part])
            for part in (slice(width, 2 * width), slice(2 * width, None))
        )
        looks = queries @ keys.transpose(0, 2, 1) * np.float32(each**-0.5)
        if len(asked) > 1:
            looks[:, np.triu(np.ones(looks.shape[1:], dtype=np.bool_), 1)] = -np.inf
        shares = np.exp(looks - looks.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        seen = (shares @ values).transpose(1, 0, 2).reshape(len(asked), width)
        return self._line(as_floats(seen), f"{name}.out_proj")

    def _heads(self, rows: Floats) -> Floats:
        """Part rows among the heads. Shapes: (N, D); returns (heads, N, D / heads)."""
        return rows.reshape(len(rows), self.heads, -1).transpose(1, 0, 2)

    def _line(self, rows: Floats, name: str) -> Floats:
        found: Floats = rows @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]
        return found

    def _normed(self, rows: Floats, name: str) -> Floats:
        centred = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(EPSILON))
        return as_floats(
            centred / spread * self.arrays[f"{name}.weight"] + self.arrays[f"{name}.bias"]
        )


def shapes_of(*, length: int, width: int, blocks: int, inner: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a network, by name, in the order of `Network.flat`."""
    shapes: dict[str, tuple[int, ...]] = {"place.weight": (length, width)}
    for number in range(blocks):
        own: dict[str, tuple[int, ...]] = {
            "self_attn.in_proj_weight": (3 * width, width),
            "self_attn.in_proj_bias": (3 * width,),
            "self_attn.out_proj.weight": (width, width),
            "self_attn.out_proj.bias": (width,),
            "linear1.weight": (inner, width),
            "linear1.bias": (inner,),
            "linear2.weight": (width, inner),
            "linear2.bias": (width,),
            **{f"norm{n}.{what}": (width,) for n in (1, 2) for what in ("weight", "bias")},
        }
        shapes |= {f"{BLOCK}.{number}.{name}": shape for name, shape in own.items()}
    return shapes | {"norm.weight": (width,), "norm.bias": (width,)}


@dataclass(frozen=True, slots=True)
class Foreteller:
    """A network with the items of a log, and the moment from which on it may be judged.

    `model` is its name; it learnt from rows earlier than `before` alone, in unix seconds.
    Shapes: table (I, D), zero for an item that it does not know.
    """

    model: str
    network: Network
    table: Floats
    before: float

    def may_judge(self, past: Log) -> bool:
        """Say whether what comes after the past was hidden from it, too."""
        return bool(len(past)) and float(past.times.max()) >= self.before

    def rows(self, past: Log, users: Ids) -> Floats | None:
        """Score every item for some users by what they took to; None where it knows what is next.

        Shapes: users (B,) ascending; returns (B, I), see `likelihoods`.
        """
        if not self.may_judge(past):
            return None
        known: Bools = np.asarray(self.table.any(axis=1))
        found = np.zeros((len(users), len(self.table)), dtype=np.float32)
        for row, items in enumerate(newest_liked(past, users, self.network.length)):
            read = items[known[items]]
            if len(read):
                found[row] = likelihoods(self.table, self.network.awaited(self.table[read]))
        return found


def likelihoods(vectors: Floats, awaited: Floats) -> Floats:
    """Return how likely each item is to come next, up to a factor that all of them share.

        exp(vector_j . awaited),   0 for an item without a vector

    Divided by the best, as a blend does, it is what a softmax would be. Shapes: (C, D), (D,);
    returns (C,).
    """
    likely = np.exp(np.minimum(vectors @ awaited, np.float32(MOST_LOGIT)))
    return as_floats(np.where(vectors.any(axis=1), likely, 0.0))


def score_sequence(items: Ids, vectors: Floats, awaited: Floats) -> Scored:
    """Score candidates by how well they follow what a user took to.

    It is the whole row of items that speaks, so no single one of them carries a score.
    Shapes: items (C,); vectors (C, D), zero where an item has none; awaited (D,).
    """
    nobody = np.full((len(items), CARRIERS), -1, dtype=np.int64)
    nothing = np.zeros((len(items), CARRIERS), dtype=np.float32)
    return Scored(SOURCE, items, likelihoods(vectors, awaited), nobody, nothing)


def newest_liked(log: Log, users: Ids, most: int) -> list[Ids]:
    """Return the newest `most` items that each user took to, oldest first.

    Likings of one moment keep the order in which they stand in the log.
    Shapes: users (B,) ascending; returns B arrays, empty for who took to nothing.
    """
    liked = positives(log)
    kept = np.flatnonzero(is_among(liked.users, users))
    kept = kept[np.lexsort((liked.times[kept], liked.users[kept]))]
    ends = np.searchsorted(liked.users[kept], users, side="right")
    starts = np.searchsorted(liked.users[kept], users, side="left")
    items = liked.items[kept]
    return [items[max(start, stop - most) : stop] for start, stop in zip(starts, ends, strict=True)]

"""A causal transformer over what a user took to, in order: what comes next?

Torch is needed to fit and to score, so only workers and commands import this module; what is
fitted serves without it, see `sequence`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import cos, pi
from typing import Self

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.log import Log, positives
from recommendations.engine.sequence import Network as Served

ROWS_AT_ONCE = 512
# Scores of items at places that are held at once while learning: 200 MB, and as much again for
# what is learnt from them.
CELLS_AT_ONCE = 50_000_000
# What is part of an item, and not of the network that reads items.
OF_ITEMS = frozenset({"own.weight", "told.weight", "texts", "met"})
NOTHING = 0
"""The number that fills short sequences up; items count from 1 inside the network."""


@dataclass(frozen=True, slots=True)
class CausalConfig:
    """The network and how it is taught.

    Units: length in items of a sequence; windows of such a length that are cut of a long past, the
    newest ones; width of every vector; epochs over all sequences; batch in sequences; most_whole
    in items that were met, up to which each true one is held against all the others, and above
    which against `negatives` drawn per step.
    """

    length: int = 50
    windows: int = 8
    width: int = 64
    blocks: int = 2
    heads: int = 2
    dropout: float = 0.3
    epochs: int = 20
    batch: int = 256
    rate: float = 1e-3
    decay: float = 1e-4
    most_whole: int = 20_000
    negatives: int = 4_096
    seed: int = 0


class Network(nn.Module):
    """Self-attention over earlier items only (SASRec; Kang & McAuley, ICDM 2018).

    An item's vector is one learnt for it plus a linear image of its text, where texts are given:
    an item that nobody has met is known by its text alone. `met` (K,) are the numbers of the rest.
    """

    def __init__(
        self, n_items: int, met: Tensor, config: CausalConfig, vectors: Tensor | None
    ) -> None:
        super().__init__()
        self.met = met
        self.own = nn.Embedding(n_items + 1, config.width, padding_idx=NOTHING)
        self.place = nn.Embedding(config.length, config.width)
        nn.init.zeros_(self.own.weight)
        with torch.no_grad():
            self.own.weight[met] = torch.randn(len(met), config.width) * config.width**-0.5
        nn.init.normal_(self.place.weight, std=0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            dim_feedforward=2 * config.width,
            dropout=config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.body = nn.TransformerEncoder(layer, config.blocks, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.drop = nn.Dropout(config.dropout)
        self.told: nn.Linear | None = None
        self.register_buffer("texts", vectors)
        if vectors is not None:
            self.told = nn.Linear(vectors.shape[1], config.width, bias=False)

    def items(self) -> Tensor:
        """Return every item's vector, the filler's first. Shapes: returns (I + 1, D)."""
        if self.told is None:
            return self.own.weight
        return self.own.weight + functional.pad(self.told(self.texts), (0, 0, 1, 0))

    def forward(self, sequences: Tensor, items: Tensor) -> Tensor:
        """Return what is awaited after each place.

        Shapes: sequences (B, L) of item numbers, filled up on the right; items (I + 1, D);
        returns (B, L, D).
        """
        length = sequences.shape[1]
        states = functional.embedding(sequences, items) * items.shape[1] ** 0.5
        states = self.drop(states + self.place.weight[:length])
        later = torch.full((length, length), -torch.inf, device=states.device).triu(1)
        awaited: Tensor = self.norm(self.body(states, mask=later, is_causal=True))
        return awaited


@dataclass(slots=True)
class CausalTransformer:
    """Scores items by how well they follow a user's newest ones.

    A history tells the order by its weights: the heavier of two items is the newer one, which
    holds where it was faded by steps. Give `vectors` (I, D) to let texts speak for rare items.
    Fitting twice with the same seed on the same processor gives the same network.
    """

    config: CausalConfig = field(default_factory=CausalConfig)
    vectors: Floats | None = None
    device: str = "cpu"
    network: Network = field(init=False, repr=False)
    losses: list[float] = field(init=False, default_factory=list)
    chances: Tensor = field(init=False, repr=False)

    def fit(self, log: Log, *, progress: Callable[[int, float], bool | None] | None = None) -> Self:
        """Learn to tell each item of a sequence from those before it.

        `progress` is told each epoch's number and mean loss; where it returns True, the learning
        ends there. A log without any sequence leaves a network that knows nothing.
        """
        torch.manual_seed(self.config.seed)
        rng = np.random.default_rng(self.config.seed)
        texts = None if self.vectors is None else torch.from_numpy(self.vectors)
        numbers, counts = np.unique(positives(log).items + 1, return_counts=True)
        self.network = Network(log.n_items, torch.from_numpy(numbers), self.config, texts)
        self.network.to(self.device)
        self.chances = torch.from_numpy(chances_of(counts)).to(self.device)
        sequences = sequences_of(log, self.config.length + 1, windows=self.config.windows)
        steps = optimiser(self.network, self.config, len(sequences))
        self.losses = []
        for epoch in range(self.config.epochs):
            self.losses.append(self._epoch(sequences, steps, rng))
            if progress is not None and progress(epoch + 1, self.losses[-1]):
                break
        return self

    def served(self) -> tuple[Served, Floats]:
        """Return what serves without torch: the network, and every item's vector.

        Shapes: vectors (I, D), zero for an item that nobody met and no text speaks for.
        """
        with torch.no_grad():
            vectors = as_floats(self.network.items()[1:].cpu().numpy())
        arrays = {
            name: as_floats(tensor.cpu().numpy())
            for name, tensor in self.network.state_dict().items()
            if name not in OF_ITEMS
        }
        return Served(arrays, self.config.heads), vectors

    def _epoch(self, sequences: list[Ids], steps: "Steps", rng: np.random.Generator) -> float:
        self.network.train()
        total = 0.0
        for batch in batches(sequences, self.config.batch, rng):
            drawn = self._drawn(rng)
            asked = int((batch[:, 1:] != NOTHING).sum())
            pieces = [
                partial(self._loss, part.to(self.device), drawn, asked)
                for part in torch.split(batch, self._rows_at_once(batch.shape[1], drawn))
            ]
            total += steps.take(pieces) * len(batch)
        return total / max(len(sequences), 1)

    def _drawn(self, rng: np.random.Generator) -> Tensor | None:
        """Draw which of the items met are held against the true ones; None for all of them."""
        if len(self.chances) <= self.config.most_whole:
            return None
        reached = np.cumsum(self.chances.cpu().numpy())
        drawn = np.searchsorted(reached, rng.random(self.config.negatives) * reached[-1])
        return torch.from_numpy(drawn.clip(max=len(reached) - 1)).to(self.device)

    def _rows_at_once(self, length: int, drawn: Tensor | None) -> int:
        against = len(self.chances) if drawn is None else len(drawn)
        return max(CELLS_AT_ONCE // max(length * against, 1), 1)

    def _loss(self, batch: Tensor, drawn: Tensor | None, asked: int) -> Tensor:
        """Cross entropy of the next items, as shares of all `asked` that a step learns from.

        Where items are drawn, with chances q each time and n times, so that none is drawn too
        often without being held against its chance, all other items stand for

            sum over drawn j:  exp(score_j) / (n * q_j)

        which is right on average; the true item is no draw and keeps its score (logQ correction;
        Bengio & Senecal 2008, as put right by Khrylchenko et al. 2025).
        """
        items, met = self.network.items(), self.network.met
        before, after = batch[:, :-1], batch[:, 1:]
        is_asked = after != NOTHING
        awaited, true = self.network(before, items)[is_asked], after[is_asked]
        if drawn is None:
            told = functional.cross_entropy(
                awaited @ items[met].T, torch.searchsorted(met, true), reduction="sum"
            )
            return told / asked
        numbers = met[drawn]
        against = awaited @ items[numbers].T - torch.log(len(drawn) * self.chances[drawn])
        against = against.masked_fill(numbers[None, :] == true[:, None], -torch.inf)
        logits = torch.cat([(awaited * items[true]).sum(1, keepdim=True), against], dim=1)
        first = torch.zeros(len(true), dtype=torch.long, device=logits.device)
        return functional.cross_entropy(logits, first, reduction="sum") / asked

    @torch.no_grad()
    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I), heavier is newer; returns (B, I)."""
        self.network.eval()
        items = self.network.items()
        scores = np.zeros(history.shape, dtype=np.float32)
        for start in range(0, history.shape[0], ROWS_AT_ONCE):
            part = csr_array(history[start : start + ROWS_AT_ONCE])
            rows, sequences, last = _newest(part, self.config.length)
            if len(rows):
                awaited = self.network(torch.from_numpy(sequences).to(self.device), items)
                ends = awaited[torch.arange(len(rows)), torch.from_numpy(last)]
                scores[start + rows] = as_floats((ends @ items[1:].T).cpu().numpy())
        return scores


@dataclass(slots=True)
class Steps:
    """AdamW whose rate climbs over a twentieth of the steps, then falls as a cosine does."""

    adam: torch.optim.Optimizer
    rates: torch.optim.lr_scheduler.LRScheduler
    parameters: list[nn.Parameter]

    def take(self, pieces: Sequence[Callable[[], Tensor]]) -> float:
        """Go one step down a loss that comes in pieces, one after the other, and return it."""
        self.adam.zero_grad(set_to_none=True)
        total = 0.0
        for piece in pieces:
            loss = piece()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            total += float(loss.detach())
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.adam.step()
        self.rates.step()
        return total


def optimiser(network: Network, config: CausalConfig, n_sequences: int) -> Steps:
    """Return the steps of a whole training."""
    parameters = list(network.parameters())
    total = config.epochs * -(-n_sequences // config.batch)
    climb = max(total // 20, 1)

    def share(step: int) -> float:
        if step < climb:
            return (step + 1) / climb
        return 0.5 * (1.0 + cos(pi * min((step - climb) / max(total - climb, 1), 1.0)))

    adam = torch.optim.AdamW(parameters, lr=config.rate, weight_decay=config.decay)
    return Steps(adam, torch.optim.lr_scheduler.LambdaLR(adam, share), parameters)


def chances_of(counts: Ids) -> Floats:
    """Return how often items are drawn: half by how often they were met, half evenly.

    Shapes: counts (M,); returns (M,), which add up to 1.
    """
    return as_floats(0.5 * counts / max(int(counts.sum()), 1) + 0.5 / max(len(counts), 1))


def sequences_of(log: Log, most: int, *, windows: int = 1) -> list[Ids]:
    """Return the newest likings of each user who has two or more, oldest first, `most` a sequence.

    A long past is cut into as many as `windows`, from the newest back; each begins with the item
    that the one before it ends with, so that every item but the first is told from one before it.
    Items count from 1. Likings of one moment keep the order in which they stand in the log.
    """
    liked = positives(log)
    order = np.lexsort((liked.times, liked.users))
    users, items = liked.users[order], liked.items[order] + 1
    cuts = np.flatnonzero(np.diff(users)) + 1
    return [
        part[max(end - most, 0) : end]
        for part in np.split(items, cuts)
        for end in range(len(part), 1, -(most - 1))[:windows]
    ]


def batches(sequences: list[Ids], size: int, rng: np.random.Generator) -> Iterator[Tensor]:
    """Lay sequences of like length side by side, in an order drawn anew.

    Shapes: yields (B, L) for the longest L of each batch, filled up on the right.
    """
    lengths = np.array([len(one) for one in sequences]) + rng.random(len(sequences))
    groups = np.array_split(np.argsort(lengths), max(-(-len(sequences) // size), 1))
    for place in rng.permutation(len(groups)):
        part = [sequences[row] for row in groups[place]]
        if part:
            table = np.full((len(part), max(map(len, part))), NOTHING, dtype=np.int64)
            for row, one in enumerate(part):
                table[row, : len(one)] = one
            yield torch.from_numpy(table)


def _newest(history: csr_array, length: int) -> tuple[Ids, Ids, Ids]:
    """Return the rows that like anything, their newest items, and where each sequence ends.

    Shapes: (R,), (R, L) of item numbers from 1, and (R,).
    """
    liked = csr_array(history.maximum(0.0))
    liked.eliminate_zeros()
    rows = np.flatnonzero(np.diff(liked.indptr)).astype(np.int64)
    counts = np.minimum(np.diff(liked.indptr)[rows], length)
    table = np.full((len(rows), int(counts.max(initial=0))), NOTHING, dtype=np.int64)
    for place, row in enumerate(rows):
        inside = slice(liked.indptr[row], liked.indptr[row + 1])
        order = np.lexsort((liked.indices[inside], liked.data[inside]))[-length:]
        table[place, : len(order)] = liked.indices[inside][order] + 1
    return rows, table, (counts - 1).astype(np.int64)

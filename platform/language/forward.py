"""Word pieces through a network, so that a text's numbers do not depend on its company.

A row of a matrix product, and a query of an attention, come out the same whatever stands beside
them, as long as the kernels cut their sums at the same places. What moves those places is the
width that a batch is padded to, the number of threads, and on a GPU the number of rows. So a
processor gets widths in whole steps of its vector registers and one thread a product, where
nothing moves, and other devices get whole shapes.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch.nn.functional import gelu, linear, scaled_dot_product_attention

from core.arrays import Floats, Indices, as_floats
from language.meter import METER

STEP = 16  # floats in the widest register: the tail behind a whole step is summed otherwise
# The shapes for devices other than a processor. Units: word pieces.
WIDTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
PIECES = 2_048  # in one batch: enough for the matrix products to run at full speed

Hidden = tuple[torch.Tensor, torch.Tensor]


class Network:
    """One network on one device.

    A BERT on a processor runs without padding: only its attention, a small part of the work,
    is laid out in rows. Any other network, or device, runs padded.
    """

    def __init__(self, model: Any, *, device: torch.device, filler: int) -> None:
        self.model = model
        self.device = device
        self.filler = filler
        self.is_packed = device.type == "cpu" and _is_plain_bert(model)
        self._layers = [_Layer(each) for each in model.encoder.layer] if self.is_packed else []

    def each(
        self,
        tokens: Sequence[Sequence[int]],
        reduce: Callable[[Indices, torch.Tensor, torch.Tensor], torch.Tensor],
        *,
        batch_size: int,
    ) -> Floats:
        """Return what `reduce` makes of each text, in the order given.

        It gets the positions of some texts, their states and their mask, and returns a row for
        each. On a processor every product runs on one thread, since several may cut its sums
        elsewhere, and the batches run beside each other instead.

        Shapes: returns (B, ...), as `reduce` gives (b, ...) for b texts.
        """

        def one(rows: Indices) -> tuple[Indices, Floats]:
            with torch.inference_mode():
                hidden, mask = self.hidden([tokens[row] for row in rows])
                return rows, as_floats(reduce(rows, hidden, mask).cpu().numpy())

        if self.device.type == "cpu":
            with single_products() as threads, ThreadPoolExecutor(threads) as pool:
                most = max(1, min(batch_size, -(-len(tokens) // threads)))
                done = list(pool.map(one, by_length(tokens, most)))
        else:
            done = [one(rows) for rows in by_shape(tokens)]
        order = np.argsort(np.concatenate([rows for rows, _ in done]))
        return as_floats(np.concatenate([found for _, found in done])[order])

    def hidden(self, tokens: Sequence[Sequence[int]]) -> Hidden:
        """Return the last layer's states, and which of them are of real pieces.

        Shapes: returns (B, T, D) of float32, where what stands behind a text's end means
        nothing, and (B, T) of 0 and 1.
        """
        METER.add(sum(map(len, tokens)))
        return self._packed(tokens) if self.is_packed else self._padded(tokens)

    def _packed(self, tokens: Sequence[Sequence[int]]) -> Hidden:
        lengths = [len(pieces) for pieces in tokens]
        width = _stepped(max(lengths))
        ids = torch.tensor(list(chain.from_iterable(tokens)))
        steps = torch.cat([torch.arange(length) for length in lengths])
        rows = torch.repeat_interleave(torch.arange(len(tokens)), torch.tensor(lengths))
        places = rows * width + steps
        real = torch.zeros(len(tokens) * width, dtype=torch.bool)
        real[places] = True
        mask = real.view(len(tokens), width)
        states = _embedded(self.model.embeddings, ids, steps)
        for layer in self._layers:
            states = layer.run(states, places, mask)
        laid = torch.zeros((len(tokens) * width, states.shape[1]), dtype=torch.float32)
        laid[places] = states.float()
        return laid.view(len(tokens), width, -1), mask.long()

    def _padded(self, tokens: Sequence[Sequence[int]]) -> Hidden:
        width = max(len(pieces) for pieces in tokens)
        if self.device.type == "cpu":
            width, count = _stepped(width), len(tokens)
        else:
            width = shape_of(width)
            count = max(len(tokens), rows_of(width))
        ids = torch.full((count, width), self.filler)
        mask = torch.zeros((count, width), dtype=torch.long)
        mask[:, 0] = 1  # a row of nothing would divide by zero
        for row, pieces in enumerate(tokens):
            ids[row, : len(pieces)] = torch.tensor(pieces)
            mask[row, : len(pieces)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        return states[: len(tokens)], mask[: len(tokens)]


def _is_plain_bert(model: Any) -> bool:
    return type(model).__name__ == "BertModel" and model.config.hidden_act == "gelu"


class _Layer:
    """One layer of a BERT, its three projections in one matrix."""

    def __init__(self, layer: Any) -> None:
        own = layer.attention.self
        self.heads: int = own.num_attention_heads
        parts = (own.query, own.key, own.value)
        self.weight = torch.cat([part.weight.detach() for part in parts])
        self.bias = torch.cat([part.bias.detach() for part in parts])
        self.attended = layer.attention.output
        self.wide = layer.intermediate.dense
        self.narrow = layer.output

    def run(self, states: torch.Tensor, places: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the states after this layer.

        Shapes: states (N, D), for the N real pieces of all texts; places (N,) in the (B * T)
        of mask (B, T); returns (N, D).
        """
        count, width = mask.shape
        size = states.shape[1]
        laid = states.new_zeros((count * width, 3 * size))
        laid[places] = linear(states, self.weight, self.bias)
        three = laid.view(count, width, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(
            three[0], three[1], three[2], attn_mask=mask[:, None, None, :]
        )
        back = seen.transpose(1, 2).reshape(count * width, size)[places]
        states = self.attended.LayerNorm(self.attended.dense(back) + states)
        return self.narrow.LayerNorm(self.narrow.dense(gelu(self.wide(states))) + states)  # type: ignore[no-any-return]  # torch's modules are untyped


def _embedded(embeddings: Any, ids: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    words = embeddings.word_embeddings(ids) + embeddings.token_type_embeddings.weight[0]
    return embeddings.LayerNorm(words + embeddings.position_embeddings(steps))  # type: ignore[no-any-return]  # torch's modules are untyped


_one_at_a_time = Lock()


@contextmanager
def single_products() -> Iterator[int]:
    """Let each matrix product run on one thread. Yields how many threads there are to share."""
    with _one_at_a_time:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield threads
        finally:
            torch.set_num_threads(threads)


def mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Average over the pieces that `mask` weighs. Shapes: (B, T, D) and (B, T); returns (B, D)."""
    weight = mask.unsqueeze(-1).float()
    return (hidden * weight).sum(dim=1) / weight.sum(dim=1)


def by_length(tokens: Sequence[Sequence[int]], batch_size: int) -> Iterator[Indices]:
    """Yield positions in batches of like length, longest first, so that little is padding.

    Batches of long texts are smaller: none holds more than `batch_size` texts of 64 tokens.
    """
    lengths = np.array([len(pieces) for pieces in tokens])
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        room = max(1, batch_size * 64 // max(64, int(lengths[order[start]])))
        yield order[start : start + room]
        start += room


def by_shape(tokens: Sequence[Sequence[int]]) -> Iterator[Indices]:
    """Yield positions in batches that share a width, none with more rows than its shape has."""
    widths = np.array([shape_of(len(pieces)) for pieces in tokens])
    for width in np.unique(widths)[::-1]:
        places = np.flatnonzero(widths == width)
        room = rows_of(int(width))
        for start in range(0, len(places), room):
            yield places[start : start + room]


def shape_of(length: int) -> int:
    """Return the width of the narrowest shape that holds `length` pieces."""
    return next((width for width in WIDTHS if width >= length), _stepped(length))


def rows_of(width: int) -> int:
    """Return how many rows a shape of this width has."""
    return max(1, PIECES // width)


def _stepped(length: int) -> int:
    return -(-length // STEP) * STEP

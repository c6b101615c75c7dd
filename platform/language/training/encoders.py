"""Going on with an encoder's training: on a workspace's texts, or on who liked what."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize
from torch.utils.data import Dataset
from transformers import AutoModel, AutoTokenizer

from core.arrays import Bools, Indices
from language.encode import ENCODER_NOTE, Encoder, speaks_e5
from language.forward import mean
from language.training.fitting import Progress, Recipe, fit

MASKED_SHARE = 0.15
TEMPERATURE = 0.05
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of a user without an item, and that item, which they liked."""

    said: str
    item_id: int
    item_text: str


class Masked(nn.Module):
    """An encoder that guesses hidden pieces, among those that its texts are made of.

    Shapes: pieces (V,), the ids that can be guessed.
    """

    def __init__(self, encoder: Any, pieces: torch.Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        size = encoder.config.hidden_size
        self.turn = nn.Linear(size, size)
        nn.init.eye_(self.turn.weight)
        nn.init.zeros_(self.turn.bias)
        self.norm = nn.LayerNorm(size)
        self.register_buffer("pieces", pieces)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the loss over the hidden pieces. Shapes: all (B, T); labels are places in V."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        chosen = labels != IGNORED
        guesses = self.norm(self.turn(hidden[chosen].float()))
        words = self.encoder.embeddings.word_embeddings.weight[self.pieces]
        return {"loss": cross_entropy(guesses @ words.T.float(), labels[chosen])}


class Twins(nn.Module):
    """One encoder for both sides of a pair: each text must find its own among the batch's.

    loss = cross entropy of (said . item) / temperature over the batch's items (InfoNCE)
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, said: dict[str, torch.Tensor], items: dict[str, torch.Tensor], labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the loss. Shapes: ids and masks (B, T); labels (B,), the items' ids.

        An item that stands twice in a batch is nobody's wrong answer.
        """
        left, right = self._vectors(said), self._vectors(items)
        scores = left @ right.T / TEMPERATURE
        same = labels[:, None] == labels[None, :]
        own = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        scores = scores.masked_fill(same & ~own, -1e4)
        return {"loss": cross_entropy(scores, torch.arange(len(labels), device=labels.device))}

    def _vectors(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        hidden = self.encoder(**batch).last_hidden_state.float()
        return normalize(mean(hidden, batch["attention_mask"]), dim=1)


class _Texts(Dataset[dict[str, Any]]):
    """Rows that are made once, each with its length."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self._rows[place]


def go_on_masked(
    base: str,
    texts: Sequence[str],
    held_out: Sequence[str],
    *,
    recipe: Recipe,
    folder: Path,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Go on with masked-language training of the encoder at `base`; write it into `folder`.

    Returns the figures of the run, with the loss on `held_out` before and after.
    """
    encoder, tokenizer = _open(base)
    rows, others = _pieces(tokenizer, texts, recipe), _pieces(tokenizer, held_out, recipe)
    known = np.unique(np.concatenate([row["input_ids"] for row in [*rows, *others]]))
    model = Masked(encoder, torch.from_numpy(known))
    hide = partial(_hidden, tokenizer=tokenizer, known=known)
    _freeze(encoder, recipe.frozen_layers)
    before = _loss(model, others, hide)
    run = fit(
        model,
        _Texts(rows),
        _Hider(hide, recipe.seed),
        recipe=recipe,
        folder=folder / "notes",
        progress=progress,
    )
    _save(encoder, tokenizer, base, folder)
    return run | {"loss_before": before, "loss_after": _loss(model, others, hide)}


def go_on_contrastive(
    base: str,
    pairs: Sequence[Pair],
    *,
    recipe: Recipe,
    folder: Path,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Draw what users like nearer to what is known of them; write the encoder into `folder`."""
    encoder, tokenizer = _open(base)
    _freeze(encoder, recipe.frozen_layers)
    mark = ("query: ", "passage: ") if speaks_e5(base) else ("", "")
    rows = [
        {
            "said": mark[0] + pair.said,
            "item": mark[1] + pair.item_text,
            "id": pair.item_id,
            "length": len(pair.said) + len(pair.item_text),
        }
        for pair in pairs
    ]
    run = fit(
        Twins(encoder),
        _Texts(rows),
        partial(_paired, tokenizer=tokenizer, most=recipe.max_tokens),
        recipe=recipe,
        folder=folder / "notes",
        progress=progress,
    )
    _save(encoder, tokenizer, base, folder)
    return run


def recalled(
    encoder: Encoder, pairs: Sequence[Pair], items: dict[int, str], *, most: int = 20
) -> Bools:
    """Return whether each pair's item is among the `most` nearest of all items. Shapes: (B,)."""
    ids = np.array(sorted(items))
    shelf = encoder.encode([items[one] for one in ids.tolist()])
    said = encoder.encode([pair.said for pair in pairs], role="query")
    scores = said @ shelf.T
    own: Indices = np.searchsorted(ids, [pair.item_id for pair in pairs])
    ahead = (scores > scores[np.arange(len(pairs)), own][:, None]).sum(axis=1)
    return np.asarray(ahead < most)


def _open(base: str) -> tuple[Any, Any]:
    encoder = AutoModel.from_pretrained(base, dtype=torch.float32, add_pooling_layer=False)
    return encoder, AutoTokenizer.from_pretrained(base)


def _freeze(encoder: Any, layers: int) -> None:
    for part in (encoder.embeddings, *encoder.encoder.layer[:layers]):
        part.requires_grad_(False)  # noqa: FBT003 -- torch's own signature


def _save(encoder: Any, tokenizer: Any, base: str, folder: Path) -> None:
    encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    note = {"prefix": speaks_e5(base), "base": Path(base).name}
    (folder / ENCODER_NOTE).write_text(json.dumps(note), encoding="utf-8")


def _pieces(tokenizer: Any, texts: Sequence[str], recipe: Recipe) -> list[dict[str, Any]]:
    found = tokenizer(list(texts), truncation=True, max_length=recipe.max_tokens)["input_ids"]
    return [{"input_ids": each, "length": len(each)} for each in found]


class _Hider:
    """Hides other pieces in each batch, in an order that the seed decides."""

    def __init__(self, hide: Any, seed: int) -> None:
        self._hide = hide
        self._rng = np.random.default_rng(seed)

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        return self._hide(rows, rng=self._rng)  # type: ignore[no-any-return]  # a partial


def _hidden(
    rows: Sequence[dict[str, Any]], *, tokenizer: Any, known: Any, rng: np.random.Generator
) -> dict[str, torch.Tensor]:
    """Return a batch with some pieces hidden: of those, 8 in 10 masked and 1 in 10 swapped.

    Shapes: ids, mask and labels (B, T). At least one piece of a batch is hidden.
    """
    width = max(row["length"] for row in rows)
    ids = np.full((len(rows), width), tokenizer.pad_token_id)
    for place, row in enumerate(rows):
        ids[place, : row["length"]] = row["input_ids"]
    mask = ids != tokenizer.pad_token_id
    real = mask & ~np.isin(ids, tokenizer.all_special_ids)
    chosen = real & (rng.random(ids.shape) < MASKED_SHARE)
    if not chosen.any():
        chosen = real
    labels = np.where(chosen, np.searchsorted(known, ids), IGNORED)
    fate = rng.random(ids.shape)
    ids = np.where(chosen & (fate < 0.8), tokenizer.mask_token_id, ids)
    ids = np.where(chosen & (fate >= 0.9), rng.choice(known, size=ids.shape), ids)
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(mask.astype(np.int64)),
        "labels": torch.from_numpy(labels),
    }


def _loss(model: Masked, rows: Sequence[dict[str, Any]], hide: Any) -> float:
    """Return the mean loss on held-out texts, with the same pieces hidden each time."""
    rng = np.random.default_rng(0)
    model.eval()
    with torch.inference_mode():
        found = [
            float(model(**hide(rows[start : start + 32], rng=rng))["loss"])
            for start in range(0, len(rows), 32)
        ]
    return round(float(np.mean(found)), 4)


def _paired(rows: Sequence[dict[str, Any]], *, tokenizer: Any, most: int) -> dict[str, Any]:
    def side(name: str) -> dict[str, torch.Tensor]:
        found = tokenizer(
            [row[name] for row in rows],
            truncation=True,
            max_length=most,
            padding=True,
            return_tensors="pt",
        )
        return {name: found[name] for name in ("input_ids", "attention_mask")}

    return {
        "said": side("said"),
        "items": side("item"),
        "labels": torch.tensor([row["id"] for row in rows]),
    }

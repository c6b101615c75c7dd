"""Fine-tuning the encoder, whole or in its upper layers, to tell one thing from a text."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from core.arrays import Floats
from language.training.classifier import Classifier, groups_of, open_base
from language.training.fitting import Progress, Recipe, Tokens, fit, padded
from language.training.labelled import Labelled


def tune(
    base: str,
    rows: Sequence[Labelled],
    *,
    recipe: Recipe,
    folder: Path,
    line: tuple[Floats, float] | None = None,
    progress: Progress | None = None,
) -> tuple[Classifier, Any, dict[str, float]]:
    """Return a classifier fine-tuned on `rows`, its tokenizer, and the figures of the run.

    Where `base` is an earlier head's network, `line` is that head's. Shapes: the line is (D,).
    """
    model, tokenizer = open_base(base)
    if line is not None:
        model.start_on(*line)
    model.freeze(recipe.frozen_layers)
    pieces = tokenizer([row.text for row in rows], truncation=True, max_length=recipe.max_tokens)[
        "input_ids"
    ]
    labels = [softened(row.label, recipe.smoothing) for row in rows]
    run = fit(
        model,
        Tokens(pieces, labels),
        partial(padded, filler=tokenizer.pad_token_id),
        recipe=recipe,
        folder=folder,
        groups=groups_of(model, rate=recipe.rate, decay=recipe.decay),
        progress=progress,
    )
    return model, tokenizer, run


def softened(label: float, smoothing: float) -> float:
    """Return the label drawn towards the middle, so that no example has to be believed whole."""
    return label * (1.0 - smoothing) + 0.5 * smoothing

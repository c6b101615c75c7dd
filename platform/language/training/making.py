"""From labelled texts to a head in a folder, with its figures on texts it never saw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from core.arrays import Bools, Doubles, Floats, Indices, as_floats
from core.errors import InvalidError
from language.default import DEFAULT_ENCODER
from language.encode import Encoder, place_of
from language.forward import mean
from language.heads.head import ANY, MAX_TOKENS, Blend, Head, lexicon_of, line_in
from language.heads.words import fit_words
from language.training.averaging import average
from language.training.figures import figures_of, gain_of
from language.training.fitting import Progress, Recipe
from language.training.labelled import Labelled, Split, by_source, labels_of
from language.training.leaks import without_twins
from language.training.methods import TUNED
from language.training.tuning import tune

# So few texts of a language are blended with all others.
OWN_BLEND = 200
FEWEST = 20

Judge = Callable[[Sequence[str], Sequence[str]], Doubles]


@dataclass(frozen=True, slots=True)
class Made:
    """A head in its folder: how it was made, and how it does beside what runs now."""

    head: Head
    config: dict[str, Any]
    metrics: dict[str, Any]


def make_head(
    use: str,
    rows: Split,
    *,
    method: str,
    folder: Path,
    models: Path,
    recipe: Recipe,
    base: str = DEFAULT_ENCODER,
    earlier: Sequence[Path] = (),
    incumbent: Head | None = None,
    progress: Progress | None = None,
) -> Made:
    """Train a head for `use` and write it into `folder`. Raises InvalidError for too few texts.

    `base` is the encoder that it starts from, by a name that stays with it. Texts of the training
    part that stand nearly so in another part are left out. Fine-tuning goes on from the fine-tuned
    head in the one folder of `earlier`. Of several such heads the network is the average, which
    nothing more is taught; its words and its blends are fitted.
    """
    _refuse_few(rows)
    train = without_twins(rows.train, [*rows.validation, *rows.test])
    folder.mkdir(parents=True, exist_ok=True)
    if method == TUNED:
        if len(earlier) > 1:
            (model, tokenizer), run = average(earlier), {"averaged": float(len(earlier))}
        else:
            model, tokenizer, run = tune(
                str(earlier[0]) if earlier else place_of(base, models),
                train,
                recipe=recipe,
                folder=folder / "notes",
                line=line_in(earlier[0]) if earlier else None,
                progress=progress,
            )
        model.save(folder, tokenizer)
        encoder = Encoder.load(
            str(folder), models=models, device=recipe.device or None, max_tokens=MAX_TOKENS
        )
        line, bias = model.on_the_line()
    else:
        encoder = Encoder.load(
            base, models=models, device=recipe.device or None, max_tokens=recipe.max_tokens
        )
        line, bias, run = fit_line(encoder, train, progress=progress)
    bare = Head(use, method, base, encoder, line, bias)
    head = finish(bare, train=train, validation=rows.validation)
    head.save(folder)
    return Made(
        head=head,
        config=recipe.as_config()
        | {"train": _counts(train), "left_out": len(rows.train) - len(train)},
        metrics=judge(head, rows, incumbent) | {"run": run},
    )


def finish(bare: Head, *, train: Sequence[Labelled], validation: Sequence[Labelled]) -> Head:
    """Give a head that has a network's line alone its words and its blends."""
    worded = replace(bare, words=fit_words(*_texts(train), labels_of(train)))
    return replace(worded, blends=fit_blends(worded, validation))


def fit_blends(head: Head, rows: Sequence[Labelled]) -> dict[str, Blend]:
    """Return one blend for all languages, and one for each that has texts enough for its own."""
    said = head.opinions(_network(head, rows), *_texts(rows))
    table = np.column_stack([said.network, said.words, said.lexicon])
    labels = labels_of(rows)
    languages = np.array(said.languages)
    own = [one for one in np.unique(languages) if (languages == one).sum() >= OWN_BLEND]
    chosen = {ANY: np.ones(len(rows), dtype=bool)} | {str(one): languages == one for one in own}
    return {
        language: _blend(table[places], labels[places])
        for language, places in chosen.items()
        if 0 < labels[places].sum() < places.sum()
    }


def judge(head: Head, rows: Split, incumbent: Head | None) -> dict[str, Any]:
    """Return the figures of `head` and of what it would replace, on the same held-out texts.

    What it would replace is the head that runs, or the lexicon put into probabilities on the
    validation part. `gain` is by how much the squared error falls, with 95 % bounds.
    """
    rival = incumbent.probabilities if incumbent else _lexicon(head.use, rows.validation)
    texts = _texts(rows.test)
    new = head.probabilities(*texts).astype(np.float64)
    old = np.asarray(rival(*texts), dtype=np.float64)
    labels = labels_of(rows.test)
    sets = {
        source: np.array([row.source == source for row in rows.test])
        for source in by_source(rows.test)
    }
    return {
        "sets": {
            source: {
                "new": figures_of(new[places], labels[places]).as_json(),
                "old": figures_of(old[places], labels[places]).as_json(),
            }
            for source, places in sets.items()
        },
        "old": "head" if incumbent else "lexicon",
        "gain": gain_of(new, old, labels),
    }


def fit_line(
    encoder: Encoder, rows: Sequence[Labelled], *, progress: Progress | None = None
) -> tuple[Floats, float, dict[str, float]]:
    """Fit a logistic regression on the frozen encoder's means. Returns line, bias and figures.

    Shapes: the line is (D,).
    """
    states = means_of(encoder, [row.text for row in rows], progress=progress)
    middle, spread = states.mean(axis=0), states.std(axis=0) + 1e-6
    fitted = LogisticRegression(C=0.1, max_iter=500).fit(
        (states - middle) / spread, labels_of(rows)
    )
    line = fitted.coef_.ravel() / spread
    return as_floats(line), float(fitted.intercept_[0] - line @ middle), {"rows": float(len(rows))}


def means_of(encoder: Encoder, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
    """Return the mean state of each text as a head reads it. Shapes: returns (B, D)."""
    prefix = "query: " if encoder.prefix else ""
    found = []
    for start in range(0, len(texts), 256):
        some = [prefix + text for text in texts[start : start + 256]]
        tokens = encoder.tokenizer(some, truncation=True, max_length=encoder.max_tokens)
        found.append(encoder.network.each(tokens["input_ids"], _mean, batch_size=32))
        if progress is not None:
            progress(min(start + 256, len(texts)), len(texts))
    return as_floats(np.concatenate(found))


def _mean(_: Indices, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return mean(hidden, mask)


def _network(head: Head, rows: Sequence[Labelled]) -> Doubles:
    texts = [row.text for row in rows]
    return np.concatenate(head.states(texts, [()] * len(texts)))


def _lexicon(use: str, rows: Sequence[Labelled]) -> Judge:
    said = lexicon_of(use, *_texts(rows))
    nothing = np.zeros(len(rows))
    blend = _blend(np.column_stack([nothing, nothing, said]), labels_of(rows))

    def probabilities(texts: Sequence[str], languages: Sequence[str]) -> Doubles:
        none = np.zeros(len(texts))
        return blend.probabilities(none, none, lexicon_of(use, texts, languages))

    return probabilities


def _blend(table: Doubles, labels: Bools) -> Blend:
    line = LogisticRegression(C=10.0, max_iter=500).fit(table, labels)
    network, words, lexicon = line.coef_.ravel().tolist()
    return Blend(network, words, lexicon, float(line.intercept_[0]))


def _texts(rows: Sequence[Labelled]) -> tuple[list[str], list[str]]:
    return [row.text for row in rows], [row.language for row in rows]


def _counts(rows: Sequence[Labelled]) -> dict[str, int]:
    return {source: len(each) for source, each in sorted(by_source(rows).items())}


def _refuse_few(rows: Split) -> None:
    parts = (("train", rows.train), ("validation", rows.validation), ("test", rows.test))
    for name, part in parts:
        yes = int(labels_of(part).sum())
        if min(yes, len(part) - yes) < FEWEST:
            raise InvalidError(
                "There are too few texts of either label to train on and to judge by.",
                part=name,
                yes=yes,
                no=len(part) - yes,
                least=FEWEST,
            )

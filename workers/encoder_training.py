"""Going on with the training of a workspace's encoder, and judging it by what it finds."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from django.conf import settings

from catalog.models import TrainedModel
from catalog.queries.trained import find_running, wanted_encoder
from catalog.services.trained import Trained
from core.arrays import Bools
from core.errors import InvalidError
from core.snapshots import one_snapshot
from language.encode import Encoder, place_of
from language.training.encoders import Pair, go_on_contrastive, go_on_masked, recalled
from language.training.figures import gain_of
from language.training.fitting import Recipe
from language.training.methods import MASKED
from profiles.queries.labelled import list_texts, newest_interaction
from profiles.queries.liked import list_liked_pairs, load_encoding_texts

HELD_OUT = 0.2
MOST_JUDGED = 1_000
FEWEST = 20
NEAREST = 20

Report = Callable[[int, int], None]


def train_encoder(
    folder: Path, workspace_id: int, method: str, recipe: Recipe, report: Report
) -> Trained:
    """Train an encoder into `folder`, starting from the one that runs.

    Both are judged by the same question: of users left out of the training, whose every like
    is looked for by what their other likes have in common, is it among the nearest twenty?
    Raises InvalidError where a workspace has too little to train on or to judge by.
    """
    base = place_of(wanted_encoder(workspace_id), settings.MODELS)
    running = find_running(workspace_id, TrainedModel.Use.ENCODER)
    with one_snapshot():
        data_cutoff = newest_interaction(workspace_id)
        shelf = load_encoding_texts(workspace_id)
        learnt, judged = _pairs(workspace_id, shelf)
        said = list_texts(workspace_id) if method == MASKED else []
    if method == MASKED:
        texts = [*shelf.values(), *said]
        held = [text for text in texts if _share(text) < HELD_OUT][:MOST_JUDGED]
        rest = [text for text in texts if _share(text) >= HELD_OUT]
        trained_on = len(rest)
        run = go_on_masked(base, rest, held, recipe=recipe, folder=folder, progress=report)
    else:
        trained_on = len(learnt)
        run = go_on_contrastive(base, learnt, recipe=recipe, folder=folder, progress=report)
    new = _recall(str(folder), judged, shelf)
    old = _recall(base, judged, shelf)
    everything = np.ones(len(judged), dtype=bool)
    return Trained(
        use=TrainedModel.Use.ENCODER,
        method=method,
        base=Path(base).name,
        data_cutoff=data_cutoff,
        config=recipe.as_config() | {"pairs": len(learnt)},
        metrics={
            f"recall@{NEAREST}": {
                "new": round(float(new.mean()), 4),
                "old": round(float(old.mean()), 4),
            },
            "judged": len(judged),
            "gain": gain_of(new.astype(float), old.astype(float), everything),
            "run": run,
        },
        against=running.pk if running else None,
        texts=trained_on,
    )


def _pairs(workspace_id: int, shelf: dict[int, str]) -> tuple[list[Pair], list[Pair]]:
    learnt: list[Pair] = []
    judged: list[Pair] = []
    for pair in list_liked_pairs(workspace_id):
        if pair.item_id in shelf:
            row = Pair(pair.said, pair.item_id, shelf[pair.item_id])
            (judged if _share(str(pair.user_id)) < HELD_OUT else learnt).append(row)
    if min(len(learnt), len(judged)) < FEWEST:
        raise InvalidError(
            "Too few users liked enough to train an encoder on and to judge it by.",
            pairs=len(learnt),
            held_out=len(judged),
            least=FEWEST,
        )
    return learnt, judged[:MOST_JUDGED]


def _recall(place: str, pairs: list[Pair], shelf: dict[int, str]) -> Bools:
    encoder = Encoder.load(place, models=settings.MODELS, device=settings.DEVICE or None)
    return recalled(encoder, pairs, shelf, most=NEAREST)


def _share(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF

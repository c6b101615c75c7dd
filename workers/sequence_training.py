"""Training a workspace's sequence model, and judging it by what users took to next."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from catalog.models import TrainedModel
from catalog.queries.trained import find_running
from catalog.services.trained import Trained
from core.arrays import Floats
from core.errors import InvalidError
from core.snapshots import one_snapshot
from language.encode import best_device
from recommendations.engine.causal import CausalConfig, CausalTransformer, sequences_of
from recommendations.engine.log import Log
from recommendations.engine.sequence import Foreteller
from recommendations.queries.lessons import load_content, load_lesson
from recommendations.sequence_files import Kept, save_model
from recommendations.services.foretelling import judge_sequence, serving_of, unhidden
from workers.methods import CAUSAL

log = structlog.get_logger(__name__)

LEAST_SEQUENCES = 50
# Where nobody says how often all sequences are learnt: so often that there are that many steps.
USUAL_STEPS, LEAST_EPOCHS, MOST_EPOCHS = 2_000, 20, 100
LEAST_BATCH, MOST_BATCH, LEAST_BATCHES = 16, 256, 20
# The network that is judged learns from less than the one that serves, which learns as often.
FIRST_SHARE = 0.45

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How long a training is: epochs of all sequences, and after how many minutes it ends.

    Of epochs 0 is as many as are usual, of minutes 0 is no end.
    """

    epochs: int = 0
    minutes: float = 0.0
    seed: int = 0


def train_sequence(folder: Path, workspace_id: int, course: Course, report: Report) -> Trained:
    """Train a causal transformer into `folder`, twice.

    First on what happened before a cut-off, to be judged by what came after it; then on all there
    is, as often and with the same settings, to serve. Raises InvalidError where nothing serves yet
    to be beside, or there are too few sequences to learn from or users to judge by.
    """
    serving_of(workspace_id)
    running = find_running(workspace_id, TrainedModel.Use.SEQUENCE)
    with one_snapshot():
        lesson = load_lesson(workspace_id)
        content = load_content(workspace_id, lesson.items)
    early, before = unhidden(lesson.log)
    config = settings_for(early, course)
    teller = _Epochs(config.epochs, course.minutes, report)
    first = _taught(config, content.vectors, early, teller.first)
    network, vectors = first.served()
    found = judge_sequence(workspace_id, lesson, content, Foreteller("", network, vectors, before))
    again = replace(config, epochs=len(first.losses))
    second = _taught(again, content.vectors, lesson.log, teller.second)
    folder.mkdir(parents=True, exist_ok=True)
    whole, rehearsed = (
        Kept.of(network, lesson.items, vectors)
        for network, vectors in (second.served(), (network, vectors))
    )
    save_model(folder, whole, rehearsed, before)
    return Trained(
        use=TrainedModel.Use.SEQUENCE,
        method=CAUSAL,
        base=Path(settings.ENCODER).name if content.vectors is not None else "nothing",
        data_cutoff=lesson.until,
        config={
            **_told(again),
            "hidden_from": before,
            "erasures": lesson.erasures,
            "items": len(whole.ids),
        },
        metrics={
            "ndcg@20": found.figures,
            "judged": found.gate.users,
            "share": found.best.share,
            "scale": found.best.scale,
            "gain": {
                "value": found.gate.value,
                "low": found.gate.low,
                "high": found.gate.high,
            },
            "loss": round(second.losses[-1], 4),
        },
        against=running.pk if running else None,
        texts=len(sequences_of(lesson.log, config.length)),
    )


def settings_for(known: Log, course: Course) -> CausalConfig:
    """Return how a log is learnt: a small one in small batches, and more often.

    Raises InvalidError where there is too little of it.
    """
    usual = CausalConfig(seed=course.seed)
    users = len(sequences_of(known, usual.length))
    if users < LEAST_SEQUENCES:
        raise InvalidError(
            "Too few users took to two items or more to learn what comes next.",
            users=users,
            least=LEAST_SEQUENCES,
        )
    sequences = len(sequences_of(known, usual.length + 1, windows=usual.windows))
    batch = max(LEAST_BATCH, min(MOST_BATCH, sequences // LEAST_BATCHES))
    often = USUAL_STEPS * batch // sequences
    epochs = course.epochs or max(LEAST_EPOCHS, min(MOST_EPOCHS, often))
    return replace(usual, batch=batch, epochs=epochs)


def _taught(
    config: CausalConfig, vectors: Floats | None, known: Log, tell: Callable[[int], bool]
) -> CausalTransformer:
    device = settings.DEVICE or best_device()

    def progress(epoch: int, loss: float) -> bool:
        log.info("sequence.epoch", epoch=epoch, loss=round(loss, 4))
        return tell(epoch)

    return CausalTransformer(config, vectors, device).fit(known, progress=progress)


def _told(config: CausalConfig) -> dict[str, Any]:
    names = ("length", "windows", "width", "blocks", "heads", "epochs", "batch", "seed")
    return {name: getattr(config, name) for name in names}


class _Epochs:
    """Tells how far both trainings are, and ends the first where its share of time is over.

    The second has as many epochs as the first had time for.
    """

    def __init__(self, epochs: int, minutes: float, report: Report) -> None:
        self._epochs, self._report = epochs, report
        seconds = minutes * 60 * FIRST_SHARE
        self._until = time.monotonic() + seconds if seconds else float("inf")
        self._first = 0

    def first(self, epoch: int) -> bool:
        """Tell of an epoch of the first training. Returns whether that was the last."""
        self._first = epoch
        self._report(epoch, 2 * self._epochs)
        return time.monotonic() > self._until

    def second(self, epoch: int) -> bool:
        """Tell of an epoch of the second training."""
        self._report(self._first + epoch, 2 * self._first)
        return False

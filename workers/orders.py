"""Orders of training: what is to be trained and how. Importing this loads no network."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from catalog.models import TrainedModel
from core.errors import InvalidError
from core.jobs import Job
from core.models import JobRun
from core.orders import place_order
from language.training.methods import FROZEN, TUNED
from workers.methods import METHODS

Use = TrainedModel.Use
STEPS = 100
MOST_SOFTENED = 0.5
HEADS = (Use.SENTIMENT, Use.SAFETY)


@dataclass(frozen=True, slots=True)
class Order:
    """What to train: for which workspace and use, how, on which public texts, for how long.

    A head that goes on starts from the fine-tuned one that runs. With a new seed it sees other
    texts, where there are more than the minutes allow. `average` names two fine-tuned heads or
    more, whose mean is calibrated and judged, and taught nothing. `soften` draws the label of a
    review that is learnt from so far towards the score beside its verdict; the verdict stays.
    Units: minutes of wall clock for the network, 0 is no end; epochs, 0 is as many as are usual;
    soften in [0, .5).
    """

    workspace_id: int
    use: str
    method: str = ""
    texts: Path | None = None
    minutes: float = 0.0
    epochs: float = 0.0
    goes_on: bool = False
    seed: int = 0
    average: tuple[str, ...] = ()
    soften: float = 0.0

    @classmethod
    def of(cls, run: JobRun) -> Self:
        """Return the order that a job's row keeps."""
        kept = dict(run.order)
        texts, average = kept.pop("texts"), kept.pop("average")
        return cls(
            workspace_id=run.workspace_id,
            texts=Path(texts) if texts else None,
            average=tuple(average),
            **kept,
        )

    def kept(self) -> dict[str, Any]:
        """Return what a job's row keeps of the order, as JSON; `of` reads it back."""
        told = asdict(self) | {"texts": str(self.texts or ""), "average": list(self.average)}
        del told["workspace_id"]
        return told

    def checked(self) -> "Order":
        """Return the order with its method named. Raises InvalidError where it cannot be done."""
        known = METHODS.get(Use(self.use)) if self.use in Use.values else None
        if known is None:
            raise InvalidError("Only these can be trained.", uses=sorted(Use.values))
        if self.method and self.method not in known:
            raise InvalidError(f"{self.use} is trained by one of these.", methods=list(known))
        if self.goes_on and self.use not in HEADS:
            raise InvalidError("Only heads go on: an encoder does anyway, what comes next never.")
        if self.goes_on and self.method == FROZEN:
            raise InvalidError("Only fine-tuning can go on from a head.", method=self.method)
        if self.average and (self.use not in HEADS or self.goes_on or self.method == FROZEN):
            raise InvalidError("Only fine-tuned heads are averaged, and nothing goes on there.")
        if not 0.0 <= self.soften < MOST_SOFTENED:
            raise InvalidError(
                "Labels are drawn towards their scores by less than a half, or they would turn.",
                soften=self.soften,
            )
        if self.soften and self.use != Use.SENTIMENT:
            raise InvalidError("Only reviews carry a score besides their verdict.", use=self.use)
        tuned = self.goes_on or self.average
        return replace(self, method=self.method or (TUNED if tuned else known[0]))


def name_of(use: str) -> str:
    """Return what training for a use is called among the jobs."""
    return f"train {use}"


def order_training(order: Order) -> JobRun:
    """Keep an order of training, and ask the workers for it once that is committed.

    Raises InvalidError where it cannot be done, and ConflictError where the workspace has one for
    the same use that is not finished.
    """
    order = order.checked()
    return place_order(
        Job.TRAIN,
        workspace_id=order.workspace_id,
        name=name_of(order.use),
        order=order.kept(),
        total=STEPS,
    )

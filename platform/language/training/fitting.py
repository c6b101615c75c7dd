"""How every network here is trained: by the Hugging Face Trainer, within steps and minutes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from language.encode import best_device, fitting_type
from language.meter import METER

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long, how hard and where to train. Units: rate per step; minutes, 0 is no end.

    `device` is "cuda", "mps" or "cpu"; empty for the best there is.
    Where the minutes run out before the epochs, the rate has come down to nothing all the same:
    it follows whichever of the two is nearer to its end.
    """

    epochs: float = 1.0
    batch: int = 16
    rate: float = 6e-5
    decay: float = 0.9
    warmup: float = 0.06
    smoothing: float = 0.05
    frozen_layers: int = 6
    max_tokens: int = 64
    minutes: float = 0.0
    seed: int = 0
    device: str = ""

    def as_config(self) -> dict[str, Any]:
        """Return the recipe as it is kept beside a model."""
        return asdict(self)


class Pace:
    """How far a run has come in [0, 1], by steps or by the clock, whichever is further."""

    def __init__(
        self, steps: int, minutes: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps = max(1, steps)
        self._seconds = minutes * 60
        self._clock = clock
        self._started = clock()

    def share_at(self, step: int) -> float:
        """Return the share of the run that is over once `step` steps are done."""
        by_steps = step / self._steps
        spent = self._clock() - self._started
        by_clock = spent / self._seconds if self._seconds else 0.0
        return min(1.0, max(by_steps, by_clock))

    def factor_at(self, step: int, *, warmup: float) -> float:
        """Return what the rate is multiplied by: up in a line to 1, and down in a line to 0."""
        share = self.share_at(step)
        return share / warmup if share < warmup else (1.0 - share) / (1.0 - warmup)


class _Watch(TrainerCallback):
    """Tells how far the run is, and ends it when its time is over."""

    def __init__(self, pace: Pace, progress: Progress | None) -> None:
        self._pace = pace
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        if self._progress is not None:
            self._progress(state.global_step, state.max_steps)
        if self._pace.share_at(state.global_step) >= 1.0:
            control.should_training_stop = True
        return control


def fit(
    model: Any,
    rows: "Dataset[Any]",
    collate: Callable[[Sequence[Any]], dict[str, torch.Tensor]],
    *,
    recipe: Recipe,
    folder: Path,
    groups: Sequence[dict[str, Any]] | None = None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Train `model` in place on `rows`. Returns the steps, seconds and mean loss of the run.

    Runs on the recipe's device, in bfloat16 autocast where it computes in it. Batches hold
    rows of like length where rows have "input_ids". The pieces that were read are added to the
    meter. Nothing is kept in `folder` but the Trainer's own notes.
    """
    size = len(rows)  # type: ignore[arg-type]  # a Dataset with a length is asked for
    steps = max(1, int(-(-size // recipe.batch) * recipe.epochs))
    pace = Pace(steps, recipe.minutes)
    chosen = list(groups) if groups else [{"params": _learning(model), "lr": recipe.rate}]
    optimizer = torch.optim.AdamW(chosen, lr=recipe.rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: pace.factor_at(step, warmup=recipe.warmup)
    )
    trainer = Trainer(
        model=model,
        args=_arguments(folder, recipe, steps, by_length="input_ids" in rows[0]),
        train_dataset=rows,
        data_collator=_metered(collate),
        optimizers=(optimizer, schedule),
        callbacks=[_Watch(pace, progress)],
    )
    trainer.remove_callback(PrinterCallback)
    done = trainer.train()
    model.eval()
    return {
        "steps": float(done.global_step),
        "seconds": round(float(done.metrics["train_runtime"]), 1),
        "loss": round(float(done.training_loss), 4),
    }


def _arguments(folder: Path, recipe: Recipe, steps: int, *, by_length: bool) -> TrainingArguments:
    device = torch.device(recipe.device or best_device())
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=recipe.batch,
        bf16=fitting_type(device) == torch.bfloat16,
        use_cpu=device.type == "cpu",
        seed=recipe.seed,
        data_seed=recipe.seed,
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length" if by_length else "random",
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )


def _metered(
    collate: Callable[[Sequence[Any]], dict[str, Any]],
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Return `collate` with the pieces of each of its batches added to the meter."""

    def collated(rows: Sequence[Any]) -> dict[str, Any]:
        batch = collate(rows)
        sides = [batch, *(each for each in batch.values() if isinstance(each, dict))]
        METER.add(sum(int(one["attention_mask"].sum()) for one in sides if "attention_mask" in one))
        return batch

    return collated


def _learning(model: Any) -> list[Any]:
    return [one for one in model.parameters() if one.requires_grad]


class Tokens(Dataset[dict[str, Any]]):
    """Texts as word pieces, each with its label and its length."""

    def __init__(self, pieces: Sequence[Sequence[int]], labels: Sequence[float]) -> None:
        self._rows = [
            {"input_ids": list(each), "labels": label, "length": len(each)}
            for each, label in zip(pieces, labels, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self._rows[place]


def padded(rows: Sequence[dict[str, Any]], *, filler: int) -> dict[str, torch.Tensor]:
    """Return a batch padded to its longest row. Shapes: ids and mask (B, T), labels (B,)."""
    width = max(row["length"] for row in rows)
    ids = torch.full((len(rows), width), filler)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : row["length"]] = torch.tensor(row["input_ids"])
        mask[place, : row["length"]] = 1
    labels = torch.tensor([row["labels"] for row in rows], dtype=torch.float32)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}

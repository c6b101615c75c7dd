"""Training a model in the background, on the queue of the models."""

from pathlib import Path

from core.jobs import Job
from workers.registry import task_for
from workers.training import Order, train


@task_for(Job.TRAIN)
def train_model(
    workspace_id: int,
    use: str,
    method: str = "",
    texts: str = "",
    minutes: float = 0.0,
    epochs: float = 1.0,
    goes_on: bool = False,  # noqa: FBT001, FBT002 -- tasks take plain arguments
    seed: int = 0,
    average: str = "",
    soften: float = 0.0,
) -> str:
    """Train a model of a workspace. Returns its name. A worker that is killed leaves none.

    `average` are names of heads, with spaces between them.
    """
    order = Order(
        workspace_id=workspace_id,
        use=use,
        method=method,
        texts=Path(texts) if texts else None,
        minutes=minutes,
        epochs=epochs,
        goes_on=goes_on,
        seed=seed,
        average=tuple(average.split()),
        soften=soften,
    )
    return train(order).name

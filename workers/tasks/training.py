"""Training a model in the background, on the queue of the models."""

from core.jobs import Job
from core.orders import taken_up
from workers.orders import Order
from workers.registry import task_for
from workers.training import train


@task_for(Job.TRAIN)
def train_model(order_id: str) -> str:
    """Train the model that was ordered. Returns its name, or nothing where another is at it.

    A worker that is killed leaves no model, and the order to the next.
    """
    with taken_up(order_id) as run:
        return train(Order.of(run), run=run).name if run else ""

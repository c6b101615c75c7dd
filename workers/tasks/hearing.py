"""Reading what a stranger said in a request, on the queue of the models."""

import structlog

from catalog.queries.spaces import find_active_space
from core.arrays import Floats, as_floats
from core.jobs import Job
from recommendations.services.hearing import keep_vector, take_words
from workers.heads import encoder_in
from workers.registry import task_for

log = structlog.get_logger(__name__)


@task_for(Job.HEAR)
def hear_words(workspace_id: int, key: str) -> bool:
    """Encode the words that wait under a key. Returns whether they could be read.

    They are gone from where they waited before they are read: a worker that dies on them is
    asked again by whoever sends them next.
    """
    words = take_words(key)
    if words is None:
        return False
    vector = _read(workspace_id, words)
    keep_vector(workspace_id, key, vector)
    return vector is not None


def _read(workspace_id: int, words: str) -> Floats | None:
    """Encode words in the space that serves; None where its encoder is not to be had here."""
    space = find_active_space(workspace_id)
    encoder = encoder_in(space) if space else None
    if encoder is None:
        log.warning("words.unread", workspace_id=workspace_id)
        return None
    return as_floats(encoder.encode([words], role="query")[0])

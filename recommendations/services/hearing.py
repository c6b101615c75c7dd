"""What a stranger said in a request, where only a worker can read it: asked for, and kept a while.

Both the words and their vector stand in Redis alone, each under a keyed hash that nobody can guess
words by, and both leave by themselves. The words are gone as soon as a worker takes them. Where
Redis is away, or full of words, the list is served without them.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import redis
import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac

from core.arrays import Floats
from core.jobs import Job, enqueue
from recommendations.queries.standing import SpaceStanding

log = structlog.get_logger(__name__)

# Longer than a worker takes, and as long as somebody asks with the same words.
WAIT_SECONDS, KEEP_SECONDS = 60, 600
# Of one workspace: some 3 MB, with what was not read yet at its longest.
MOST = 1_000
TIMEOUT_SECONDS = 0.2

UNREADABLE = b"-"


@dataclass(frozen=True, slots=True)
class Heard:
    """The vector of some words, unit (D,), or whether a worker is about to find it."""

    vector: Floats | None = None
    is_pending: bool = False


def hear(workspace_id: int, space: SpaceStanding, text: str) -> Heard:
    """Return what a worker found the words to mean, and ask for it where none has looked.

    Neither where no worker has that encoder, or where Redis is away.
    """
    key = _key_of(workspace_id, space, text)
    try:
        found = _store().get(_vector(key))
        if found is None:
            return Heard(is_pending=_ask(workspace_id, key, text))
    except redis.RedisError as error:
        log.warning("words.not_asked", workspace_id=workspace_id, error=type(error).__name__)
        return Heard()
    if len(found) != 4 * space.dimensions:
        return Heard()
    return Heard(np.frombuffer(found, dtype="<f4").astype(np.float32))


def take_words(key: str) -> str | None:
    """Return the words that wait under a key, and forget them; None where nobody waits."""
    found = _store().getdel(_words(key))
    return None if found is None else found.decode("utf-8")


def keep_vector(workspace_id: int, key: str, vector: Floats | None) -> None:
    """Keep the vector of words for a while; None says that they cannot be read here.

    Shapes: vector (D,).
    """
    found = UNREADABLE if vector is None else vector.astype("<f4").tobytes()
    seconds = WAIT_SECONDS if vector is None else KEEP_SECONDS
    with _store().pipeline() as pipe:
        pipe.set(_vector(key), found, ex=seconds)
        pipe.zadd(_held(workspace_id), {key: time.time() + seconds})
        pipe.execute()


def _ask(workspace_id: int, key: str, text: str) -> bool:
    """Let the words wait for a worker, once. Returns False where too many wait already."""
    store, held, now = _store(), _held(workspace_id), time.time()
    with store.pipeline() as pipe:
        pipe.zremrangebyscore(held, "-inf", now)
        pipe.zcard(held)
        pipe.exists(_words(key))
        _, count, is_waiting = pipe.execute()
    if is_waiting:
        return True
    if count >= MOST:
        log.warning("words.too_many", workspace_id=workspace_id)
        return False
    with store.pipeline() as pipe:
        pipe.set(_words(key), text.encode("utf-8"), ex=WAIT_SECONDS)
        pipe.zadd(held, {key: now + WAIT_SECONDS})
        pipe.expire(held, 2 * KEEP_SECONDS)
        pipe.execute()
    enqueue(Job.HEAR, workspace_id=workspace_id, key=key)
    return True


def _key_of(workspace_id: int, space: SpaceStanding, text: str) -> str:
    said = f"{workspace_id}\0{space.encoder}\0{space.revision}\0{text}"
    return salted_hmac("likeness.words", said, algorithm="sha256").hexdigest()


def _words(key: str) -> str:
    return f"likeness:words:{key}"


def _vector(key: str) -> str:
    return f"likeness:heard:{key}"


def _held(workspace_id: int) -> str:
    return f"likeness:words-of:{workspace_id}"


def _store() -> "redis.Redis[bytes]":
    return _connected(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _connected(url: str) -> "redis.Redis[bytes]":
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )

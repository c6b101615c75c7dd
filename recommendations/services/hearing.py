"""What a stranger said in a request: read by a worker where need be, and kept for the next pages.

Both the words and their vector stand in Redis alone, each under a keyed hash that nobody can guess
words by, and both leave by themselves. The words are gone as soon as a worker takes them. For the
page after it, a slate's vector stands there under the slate's id. Where Redis is away, or full, the
list is served without the words.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

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
# Of one workspace, vectors of slates: some 8 MB at 384 dimensions.
MOST_SLATES = 5_000
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
    return Heard(_vector_of(found, space))


def remember(workspace_id: int, space: SpaceStanding, slate_id: UUID, vector: Floats) -> None:
    """Keep what led to a stranger's slate for the page after it, while there is room.

    Shapes: vector (D,).
    """
    store, held, now = _store(), f"likeness:slates-of:{workspace_id}", time.time()
    try:
        if _count_held(store, held, now) >= MOST_SLATES:
            log.warning("words.not_remembered", workspace_id=workspace_id, error="TooMany")
            return
        key = _slate(space, slate_id)
        with store.pipeline() as pipe:
            pipe.set(key, vector.astype("<f4").tobytes(), ex=KEEP_SECONDS)
            pipe.zadd(held, {key: now + KEEP_SECONDS})
            pipe.expire(held, 2 * KEEP_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("words.not_remembered", workspace_id=workspace_id, error=type(error).__name__)


def recall(space: SpaceStanding, slate_id: UUID) -> Floats | None:
    """Return what led to a stranger's slate; None where it is gone, or of another space.

    Shapes: returns (D,).
    """
    try:
        found = _store().get(_slate(space, slate_id))
    except redis.RedisError as error:
        log.warning("words.not_recalled", error=type(error).__name__)
        return None
    return None if found is None else _vector_of(found, space)


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
    if store.exists(_words(key)):
        return True
    if _count_held(store, held, now) >= MOST:
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


def _count_held(store: "redis.Redis[bytes]", held: str, now: float) -> int:
    """Count what is held for a workspace, without what has left since."""
    with store.pipeline() as pipe:
        pipe.zremrangebyscore(held, "-inf", now)
        pipe.zcard(held)
        return int(pipe.execute()[1])


def _vector_of(found: bytes, space: SpaceStanding) -> Floats | None:
    """Read a vector; None where it is none of the space's. Shapes: returns (D,)."""
    if len(found) != 4 * space.dimensions:
        return None
    return np.frombuffer(found, dtype="<f4").astype(np.float32)


def _slate(space: SpaceStanding, slate_id: UUID) -> str:
    return f"likeness:slate:{slate_id}:{space.id}"


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

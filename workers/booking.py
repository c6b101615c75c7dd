"""Keeping what work has cost: how long it took, and what went through the models meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from core.models import StageRun
from core.progress import record_stage
from language.meter import METER

log = structlog.get_logger(__name__)

LONGEST_NAME = StageRun._meta.get_field("model").max_length or 0


@dataclass(slots=True)
class Entry:
    """What is booked of a piece of work: who did it, and how many rows are done."""

    model: str
    rows: int = 0


@contextmanager
def booked(workspace_id: int, stage: str, *, model: str = "") -> Iterator[Entry]:
    """Book what the block costs, where it did any rows or used a model, also where it breaks.

    The block says in the entry how many rows it did. `stage` is a part's name: "encode.items".
    """
    entry = Entry(model)
    started, before = time.perf_counter(), METER.tokens
    try:
        yield entry
    finally:
        seconds, tokens = time.perf_counter() - started, METER.tokens - before
        if entry.rows or tokens:
            record_stage(
                workspace_id=workspace_id,
                stage=stage,
                model=entry.model[:LONGEST_NAME],
                rows=entry.rows,
                seconds=seconds,
                tokens=tokens,
            )
            took = round(seconds * 1000)
            log.info("stage.done", stage=stage, rows=entry.rows, took_ms=took, tokens=tokens)

"""The stages between a review and a recommendation, in the order they feed each other."""

from enum import StrEnum


class Stage(StrEnum):
    """One step of the pipeline; the value is what commands, logs and rows call it."""

    CLEAN = "clean"
    ENCODE = "encode"
    READ = "read"
    TAG = "tag"
    STATE = "state"
    TASTE = "taste"
    LATENT = "latent"
    SEGMENT = "segment"
    LEARN = "learn"
    DESCRIBE = "describe"

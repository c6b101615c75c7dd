"""Which generator the settings name. Importing this loads no model library."""

from django.conf import settings

from language.generate import TEMPLATE


def generator_name() -> str:
    """Return the generator that is set, an endpoint's with its address; "" for none."""
    if settings.GENERATOR_URL:
        return f"{settings.GENERATOR_MODEL} at {settings.GENERATOR_URL}"
    return "" if settings.GENERATOR == TEMPLATE else str(settings.GENERATOR)

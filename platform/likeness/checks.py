"""Mistakes that only two settings together make, found before anything starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
KNOWN_KEY = "only-for-a-laptop-"


@register()
def secret_key_is_secret(**_: Any) -> list[CheckMessage]:
    """Refuse to serve others with the key that stands in the source code (likeness.E001)."""
    others = sorted(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS)
    if not others or not settings.SECRET_KEY.startswith(KNOWN_KEY):
        return []
    return [
        Error(
            f"LIKENESS_SECRET_KEY is the default, and {', '.join(others)} can reach this server.",
            hint="Anybody can sign sessions with the default: set a long random key of your own.",
            id="likeness.E001",
        )
    ]


@register()
def endpoint_has_a_model(**_: Any) -> list[CheckMessage]:
    """Refuse a generator's address without the name of a model there (likeness.E002)."""
    if not settings.GENERATOR_URL or settings.GENERATOR_MODEL:
        return []
    return [
        Error(
            "LIKENESS_GENERATOR_URL is set, and LIKENESS_GENERATOR_MODEL is not.",
            hint="Name the model as the endpoint lists it, such as qwen2.5:7b-instruct.",
            id="likeness.E002",
        )
    ]

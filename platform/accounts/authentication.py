"""Who is calling: a bearer key, which belongs to exactly one workspace."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.services import keys


class ApiKeyAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer lk_…`. The key becomes `request.auth`; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key, or None where no bearer key was sent; refuse a wrong or dead one."""
        words = request.headers.get("Authorization", "").split()
        if not words or words[0].lower() != "bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send one key: 'Authorization: Bearer lk_…'.")
        key = keys.find_key(words[1])
        if key is None:
            raise AuthenticationFailed("This key is not known.", code="key_unknown")
        now = timezone.now()
        if key.revoked_at is not None:
            raise AuthenticationFailed("This key was revoked.", code="key_revoked")
        if key.expires_at <= now:
            raise AuthenticationFailed("This key has expired.", code="key_expired")
        keys.note_use(key, now=now)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return 'Bearer realm="likeness"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its base registers it
    """Tells the schema how to send a key."""

    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key: `lk_…`."}

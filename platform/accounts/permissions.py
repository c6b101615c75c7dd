"""What a caller may do: each view names the scope that each of its methods needs."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.scopes import Scope
from core.errors import ForbiddenError


class HasScope(BasePermission):
    """Lets a key through where it carries the scope that the view declares for the method.

    Views declare `scopes: dict[str, Scope]`, by upper-case method. A method that a view serves
    without declaring a scope is refused: forgetting must not open a door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return False where no key was sent (401); raise ForbiddenError naming the scope."""
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # nothing is done: a description, or the answer 405
        needed: Scope | None = getattr(view, "scopes", {}).get(method)
        if needed is None:
            raise ForbiddenError(f"No key may {method} here.")
        if needed.value not in key.scopes:
            raise ForbiddenError(
                f"This key does not carry the scope {needed.value}.", scope=needed.value
            )
        return True

"""Every code that a problem document may carry, and what it means."""

from collections.abc import Iterator

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import CODES
from core.errors import LikenessError, NotFoundError

# Those that no exception carries alone: keys that once worked, and what Django answers itself.
OTHERS = {
    "key_unknown": (401, "The key is none that was ever given out."),
    "key_revoked": (401, "The key was revoked."),
    "key_expired": (401, "The key has expired."),
    "bad_request": (400, "The request was refused before it was looked at."),
    "server_error": (500, "Something broke here; the log has it under the request's id."),
}


class ProblemOut(serializers.Serializer[dict[str, object]]):
    """What one code means."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    meaning = serializers.CharField()


class ProblemView(APIView):
    """What the `type` of a problem document points to."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(responses=ProblemOut, auth=[])
    def get(self, request: Request, code: str) -> Response:
        """Say what a problem's code means."""
        found = dict(meanings()).get(code)
        if found is None:
            raise NotFoundError(f"No problem has the code {code!r}.")
        status, meaning = found
        return Response({"code": code, "status": status, "meaning": meaning})


def meanings() -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield each code with its status and its meaning."""
    for refusal in _all_below(LikenessError):
        yield refusal.code, (refusal.status, (refusal.__doc__ or refusal.title).strip())
    for kind, (code, title) in CODES.items():
        yield code, (kind.status_code, title)
    yield from OTHERS.items()


def _all_below(refusal: type[LikenessError]) -> Iterator[type[LikenessError]]:
    yield refusal
    for below in refusal.__subclasses__():
        yield from _all_below(below)

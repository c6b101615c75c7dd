"""One problem document (RFC 9457) for everything that goes wrong over HTTP."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from psycopg import errors
from rest_framework import exceptions
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import (
    ConflictError,
    ForbiddenError,
    LikenessError,
    NotFoundError,
    NotReadyError,
)

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
NO_KEY = "Send one with every request: 'Authorization: Bearer lk_…'."
DOORS = ("/api/", "/health/")

# What the database says where two writes crossed; all else that it refuses is a mistake of ours.
CROSSED = (errors.ForeignKeyViolation, errors.UniqueViolation)

# Django REST framework's own refusals, under codes that we promise.
CODES: dict[type[APIException], tuple[str, str]] = {
    exceptions.ParseError: ("unreadable", "The body cannot be read."),
    exceptions.NotAuthenticated: ("no_key", "A key is needed."),
    exceptions.AuthenticationFailed: ("key_refused", "The key does not open this."),
    exceptions.PermissionDenied: ("forbidden", "Not allowed."),
    exceptions.NotFound: ("not_found", "There is no such thing here."),
    exceptions.MethodNotAllowed: ("method_not_allowed", "Not with this method."),
    exceptions.NotAcceptable: ("not_acceptable", "No answer in the form that was asked for."),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send JSON."),
    exceptions.Throttled: ("throttled", "Too many requests."),
}


class TooLargeError(LikenessError):
    """The body, or the batch in it, is larger than one request may be."""

    code = "too_large"
    status = 413
    title = "Too much in one request."


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem document of a refusal, or None for a bug, which is left to Django."""
    request = context.get("request")
    refusal = refusal_of(error)
    if refusal is not None:
        body = problem_of(refusal, request_id_of(request))
        headers = _headers_of_refusal(refusal)
    elif isinstance(error, APIException):
        body = _problem_of_framework(error, request_id_of(request))
        headers = _headers_of_framework(error)
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def refusal_of(error: Exception) -> LikenessError | None:
    """Return `error` as a refusal of ours, where it means one."""
    if isinstance(error, LikenessError):
        return error
    if isinstance(error, Http404):
        return NotFoundError("There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return ForbiddenError("This is not allowed.")
    if isinstance(error, RequestDataTooBig):
        return TooLargeError("The body is larger than this address takes.")
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database.away", error=type(error).__name__)
        return NotReadyError("The database does not answer. Try again in a moment.")
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, CROSSED):
        log.warning("write.crossed", error=type(error.__cause__).__name__)
        return ConflictError(
            "Something that this names was deleted, or made, at the same moment. Send it again."
        )
    return None


def problem_of(error: LikenessError, request_id: str) -> dict[str, Any]:
    """Return the problem document of one of our own refusals."""
    details = dict(error.details)
    retry_after = details.pop("retry_after", None)
    body = problem(error.status, error.code, error.title, error.message, request_id)
    if retry_after is not None:
        body["retry_after"] = retry_after
    if "field" in details:
        entry: dict[str, Any] = {"code": error.code, "message": error.message}
        entry |= {name: details.pop(name) for name in ("field", "value") if name in details}
        body["errors"] = [entry]
    return body | {name: value for name, value in details.items() if name not in body}


def problem(status: int, code: str, title: str, detail: str, request_id: str) -> dict[str, Any]:
    """Return a problem document. `code` is promised, `detail` is for people."""
    return {
        "type": f"/api/v1/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }


def request_id_of(request: Any) -> str:
    """Return the name that the middleware gave the request, or nothing where it never ran."""
    return str(getattr(request, "request_id", ""))


def _problem_of_framework(error: APIException, request_id: str) -> dict[str, Any]:
    """Return the problem document of a refusal that the framework raised."""
    if isinstance(error, exceptions.ValidationError):
        errors = list(flatten(error.get_full_details()))
        detail = "; ".join(f"{entry['field']}: {entry['message']}" for entry in errors[:3])
        body = problem(400, "invalid", "Some of what was sent is not right.", detail, request_id)
        return body | {"errors": errors}
    code, title = next(
        (named for kind, named in CODES.items() if isinstance(error, kind)),
        ("error", "The request was refused."),
    )
    given = error.get_codes()
    if isinstance(given, str) and given.startswith("key_"):
        code = given
    detail = NO_KEY if code == "no_key" else str(error.detail)
    return problem(error.status_code, code, title, detail, request_id)


def flatten(details: Any, field: str = "") -> Iterator[dict[str, Any]]:
    """Yield one entry per mistake, its field as a dotted path, from DRF's nested details."""
    if isinstance(details, Mapping) and isinstance(details.get("message"), str):
        yield {
            "field": field or "body",
            "code": str(details.get("code")),
            "message": details["message"],
        }
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            yield from flatten(inner, _within(field, str(name)))
    else:
        many = len(details) > 1 and not all(_is_leaf(inner) for inner in details)
        for position, inner in enumerate(details):
            yield from flatten(inner, _within(field, str(position)) if many else field)


def _is_leaf(details: Any) -> bool:
    return isinstance(details, Mapping) and isinstance(details.get("message"), str)


def _within(field: str, name: str) -> str:
    """Return the path of `name` inside `field`; mistakes of the whole keep the whole's path."""
    if name == "non_field_errors":
        return field
    return f"{field}.{name}" if field else name


def _headers_of_refusal(error: LikenessError) -> dict[str, str]:
    if error.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return {}
    return {"Retry-After": str(error.details.get("retry_after", RETRY_AFTER_SECONDS))}


def _headers_of_framework(error: APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    return headers


# What Django answers itself, outside any view of the API: a problem document to programs, a page to
# people.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django would not take, such as one for a host that we are not."""
    if not _is_ours(request):
        return defaults.bad_request(request, exception)
    detail = "This request cannot be taken as it was sent."
    return _answer(request, 400, "bad_request", "The request was refused.", detail)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refusal that was raised outside the API's own views."""
    if not _is_ours(request):
        return defaults.permission_denied(request, exception)
    return _answer(request, 403, "forbidden", "Not allowed.", "This is not allowed.")


@csrf_exempt  # whatever is sent there: a program has no token, and nothing is changed
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    if not _is_ours(request):
        return defaults.page_not_found(request, exception or Http404())
    detail = f"There is nothing at {request.path}. The addresses are listed at /api/v1/docs/."
    return _answer(request, 404, "not_found", NotFoundError.title, detail)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a mistake of ours; the log carries it under the request's name."""
    if not _is_ours(request):
        return defaults.server_error(request)
    detail = "The mistake is ours and is in our log under this request_id."
    return _answer(request, 500, "server_error", "Something broke here.", detail)


def _is_ours(request: HttpRequest) -> bool:
    return request.path.startswith(DOORS)


def _answer(request: HttpRequest, status: int, code: str, title: str, detail: str) -> JsonResponse:
    body = problem(status, code, title, detail, request_id_of(request))
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)

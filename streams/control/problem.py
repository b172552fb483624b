"""Errors as problem details (RFC 9457): what is wrong, in which field, never the value itself."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Fatal, Rejected, Retryable, VedetteError

MEDIA_TYPE = "application/problem+json"
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
IDENTIFIER = re.compile(r"[\x21-\x7e]{1,200}")
MAX_BODY_BYTES = 16 * 1024 * 1024
T = TypeVar("T")


class Problem(VedetteError):  # noqa: N818
    """A request that can't be granted, with its HTTP status; `code` is a stable machine word, `field` empty when it is the whole request.

    `more` are members added to the answer (RFC 9457, 3.2).
    """

    def __init__(self, status: int, code: str, field: str, reason: str, **more: Any) -> None:
        super().__init__(f"{field or 'request'}: {reason}")
        self.status = status
        self.code = code
        self.field = field
        self.reason = reason
        self.more = more


def problem_of(error: Exception) -> Problem:
    """What to answer for an error: 400 for bad input, 503 for what may work later, else 500 without details."""
    match error:
        case Problem():
            return error
        case Rejected():
            return Problem(400, error.code, error.field, error.reason)
        case Retryable():
            return Problem(503, "unavailable", "", str(error))
        case Fatal():
            return Problem(500, "broken", "", str(error))
        case _:
            return Problem(500, "internal", "", "an error in Vedette; its log has the details")


def response(problem: Problem, instance: str = "") -> Response:
    """The HTTP answer; 503 says when to try again and 401 how to authenticate."""
    body = {
        "type": f"urn:vedette:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": str(problem),
        "code": problem.code,
        "field": problem.field,
        "instance": instance,
        **problem.more,
    }
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}.get(problem.status, {})
    return Response(msgspec.json.encode(body), problem.status, headers, MEDIA_TYPE)


def name_in_path(request: Request, field: str) -> str:
    """A tenant, device or rollout id from the path; Rejected where it isn't one."""
    return check_name(request.path_params[field], field)


def check_name(value: str, field: str) -> str:
    """`value` if it can name a tenant, device or rollout; Rejected names the field otherwise."""
    if not NAME.fullmatch(value) or value in (".", ".."):
        raise Rejected("bad_name", field, "must be 1 to 64 letters, digits, dots, underscores or hyphens")
    return value


def identifier_in_path(request: Request, field: str) -> str:
    """An id Vedette gave out, from the path; Rejected where it can't be one."""
    value: str = request.path_params[field]
    if not IDENTIFIER.fullmatch(value):
        raise Rejected("bad_id", field, "must be 1 to 200 printable ASCII characters")
    return value


async def body_of(request: Request, kind: type[T]) -> T:
    """The request's JSON body as `kind`, an empty one as `{}`; Rejected names the field, Problem 413 says it is too big."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MAX_BODY_BYTES:
            raise Problem(413, "oversized", "", f"more than {MAX_BODY_BYTES} bytes")
    try:
        return msgspec.json.decode(bytes(read) or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _rejected(str(error), kind) from None
    except RecursionError:
        raise Rejected("bad_json", "body", "nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Rejected("bad_json", "body", "is not JSON") from None


def _rejected(message: str, kind: type) -> Rejected:
    reason, _, path = message.partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "body"
    if "required field" in reason or "unknown field" in reason:
        code = "missing_field" if "required" in reason else "unknown_field"
        name = reason.rpartition("field `")[2].rstrip("`")
        inner = "" if field == "body" else f"{field}."
        return Rejected(
            code, (inner + name)[:100], "is missing" if code == "missing_field" else "no such field"
        )
    # msgspec's words for a wrong choice quote the value.
    return Rejected("bad_value", field, reason if "Invalid" not in reason else _allowed(kind, field))


def _allowed(kind: type, field: str) -> str:
    """Which values a field of a body takes, as far as it is one of a few and not inside another."""
    told = msgspec.inspect.type_info(kind)
    fields = told.fields if isinstance(told, msgspec.inspect.StructType) else ()
    for one in fields:
        types = one.type.types if isinstance(one.type, msgspec.inspect.UnionType) else (one.type,)
        for choice in types:
            if one.encode_name == field and isinstance(choice, msgspec.inspect.LiteralType):
                return f"must be one of {', '.join(map(str, choice.values))}"
    return "not one of the allowed values"

"""Who asks: the credentials of an HTTP request, by any of the ways that ClickHouse takes them.

Names and meanings are those of https://clickhouse.com/docs/interfaces/http.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from infra.clickhouse.errors import ServerError


def authenticate(headers: Mapping[str, str], params: Mapping[str, str], password: str) -> None:
    """Check the credentials, from Basic auth, X-ClickHouse-User/Key or the URL; the only user is `default`.

    Raises `ServerError` 516 as the real server does, without saying which part was wrong.
    """
    user, key = _credentials(headers, params)
    if user != "default" or not hmac.compare_digest(key.encode(), password.encode()):
        raise ServerError(
            516,
            "AUTHENTICATION_FAILED",
            f"{user[:64]}: Authentication failed: password is incorrect, or there is no user with such name",
        )


def _credentials(headers: Mapping[str, str], params: Mapping[str, str]) -> tuple[str, str]:
    by_header = "x-clickhouse-user" in headers or "x-clickhouse-key" in headers
    by_url = "user" in params or "password" in params
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if by_header + by_url + bool(scheme) > 1:
        message = (
            "Invalid authentication: it is not allowed to use several authentication methods simultaneously"
        )
        raise ServerError(516, "AUTHENTICATION_FAILED", message)
    if by_header:
        return headers.get("x-clickhouse-user", "default") or "default", headers.get("x-clickhouse-key", "")
    if by_url:
        return params.get("user", "default") or "default", params.get("password", "")
    if not scheme:
        return "default", ""
    if scheme.lower() != "basic":
        message = f"Invalid authentication: '{scheme[:20]}' HTTP Authorization scheme is not supported"
        raise ServerError(516, "AUTHENTICATION_FAILED", message)
    try:
        user, _, key = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        message = "Invalid authentication: the Authorization header is not valid Base64"
        raise ServerError(516, "AUTHENTICATION_FAILED", message) from None
    return user or "default", key

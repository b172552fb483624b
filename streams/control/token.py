"""The bearer token that guards the API (RFC 6750): from the settings, or from a file only the owner can read."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from schemas.errors import Fatal
from schemas.settings import Settings
from streams import secret_file

MIN_LENGTH = 16


def token_of(settings: Settings) -> str:
    """The configured token, else that of `home`/control.token, which is made when missing; Fatal where it is too short to be one."""
    path = settings.home / "control.token"
    token = settings.control_token or _read_or_make(path)
    if len(token) < MIN_LENGTH or not token.isascii():
        source = "VEDETTE_CONTROL_TOKEN" if settings.control_token else str(path)
        raise Fatal(f"{source}: the token must be at least {MIN_LENGTH} ASCII characters")
    return token


def allows(token: str, authorization: str) -> bool:
    """Whether an Authorization header carries the token; takes the same time wherever they differ."""
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
    return same and scheme.lower() == "bearer"


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    secret_file.make(path, secrets.token_urlsafe(32))
    return path.read_text().strip()

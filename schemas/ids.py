"""Deterministic ids: what is derived from the same inputs has the same id, so doing work twice gives the same facts."""

from __future__ import annotations

import hashlib

SIZE_BYTES = 16


def digest(*parts: str | bytes | int) -> bytes:
    """16 bytes that depend on every part and on where one part ends and the next begins (BLAKE2b, RFC 7693)."""
    hasher = hashlib.blake2b(digest_size=SIZE_BYTES)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        hasher.update(len(data).to_bytes(4, "big"))
        hasher.update(data)
    return hasher.digest()


def derive(kind: str, *parts: str | bytes | int) -> str:
    """A readable id such as `alert-5f0c...` (32 hex digits), a pure function of `kind` and the parts.

    Two kinds never share an id space. Not a secret: who knows the inputs knows the id.
    """
    return f"{kind}-{digest(kind, *parts).hex()}"

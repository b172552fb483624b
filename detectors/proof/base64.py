"""Base64 (RFC 4648, section 4) with exactly one way to write each value, so that no changed bit goes unseen."""

from __future__ import annotations

import base64
import binascii

from schemas.errors import Rejected


def encode(data: bytes) -> str:
    """The text of these bytes."""
    return base64.b64encode(data).decode()


def decode(text: str, field: str) -> bytes:
    """The bytes of this text; Rejected names `field` where it is not base64, or not as `encode` writes it."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected("bad_base64", field, "is not base64") from None
    # The unused bits before the padding: most decoders ignore them.
    if encode(data) != text:
        raise Rejected("bad_base64", field, "is base64 in an unusual form")
    return data

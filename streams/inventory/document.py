"""A JSON file from outside, and errors that name the field of it. Values are never repeated: error messages end up in logs."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from schemas.errors import Rejected

MOST_BYTES = 67_108_864
Kind = TypeVar("Kind")


class Document(NamedTuple):
    """One file: its JSON and the SHA-256 of its bytes in hex."""

    path: str
    content: Any
    digest: str


def read(path: Path) -> Document:
    """The JSON document in a file; Rejected where it can't be read, is larger than 64 MiB or is no JSON."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Rejected("oversized", "", f"has {size:,} bytes, more than {MOST_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise Rejected("bad_file", "", f"cannot be read: {error.strerror}") from None
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = "nests too deeply" if isinstance(error, RecursionError) else "is not UTF-8 JSON"
        place = re.search(r"byte (\d+)", str(error))
        raise Rejected("bad_json", "", f"{told}{f' (at byte {place[1]})' if place else ''}") from None
    return Document(str(path), content, hashlib.sha256(data).hexdigest())


def shaped(content: Any, kind: type[Kind], at: str = "") -> Kind:
    """The content as `kind`; Rejected names the first field that is wrong, below `at`."""
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        field = f"{at}{path.rstrip('`').removeprefix('$')}".lstrip(".")
        reason = message.partition("Invalid enum value")[0] or "not one of the allowed values"
        if missing := re.search(r"missing required field `([^`]+)`", message):
            field, reason = f"{field}.{missing[1]}".lstrip("."), "is missing"
        raise Rejected("bad_data", field or at, reason) from None


def required(content: Any, field: str) -> None:
    """Rejected unless the content is an object that has `field`."""
    if not isinstance(content, dict):
        raise Rejected("bad_data", "", "must be a JSON object")
    if field not in content:
        raise Rejected("missing_field", field, "is missing")

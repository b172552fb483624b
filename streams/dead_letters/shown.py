"""Dead letters as people and programs read them.

What a stranger sent is never printed as it is: no escape sequence of it reaches a terminal.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from schemas.event import rfc3339
from schemas.personal import ERASED
from streams.dead_letters.letter import Letter
from streams.dead_letters.queue import Found

SHORT = 13  # of an id such as dead-5f0c1a2b...: enough to name it
MOST_BYTES = 2000
KIB = 1024
NO_KEY = "sealed with a key that is not in VEDETTE_KEYS_DIR: nobody can read it here"


def safe(text: str, *, newlines: bool = False) -> str:
    """Text in which whatever does not print (control, bidirectional, private, surrogates) is an escape such as `\\x1b`."""
    return "".join(
        char if char.isprintable() or (newlines and char == "\n") else _escape(char) for char in text
    )


def rendering(raw: bytes, most_bytes: int = MOST_BYTES) -> str:
    """The beginning of raw bytes as text that is safe to print; bytes that are not UTF-8 are `\\xNN`."""
    text = safe(raw[:most_bytes].decode("utf-8", "backslashreplace"), newlines=True)
    left = len(raw) - most_bytes
    return text if left <= 0 else f"{text}\n... {left} bytes more: --bytes prints them all"


def table(found: Found) -> Table:
    """The letters, one a row, the first column naming it."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("letter", "refused (UTC)", "state", "code", "field", "process", "from", "size", "reason"):
        made.add_column(name, overflow="fold" if name in ("reason", "field") else "ellipsis")
    for one in found.letters:
        letter = one.letter
        cells = (
            one.id[:SHORT],
            f"{letter.time:%Y-%m-%d %H:%M:%S}",
            one.state,
            letter.code,
            letter.field,
            letter.process,
            _sender(one),
            size(letter.size_bytes),
            letter.reason,
        )
        made.add_row(*(Text(safe(cell)) for cell in cells))
    return made


def plain(found: Found) -> str:
    """The letters one a line with tabs between, for who pipes it; the id in full."""
    rows = (
        (one.id, rfc3339(one.letter.time), one.state, one.letter.code, one.letter.field, one.letter.process)
        for one in found.letters
    )
    lines = (
        (*row, _sender(one), str(one.letter.size_bytes), one.letter.reason)
        for row, one in zip(rows, found.letters, strict=True)
    )
    return "\n".join("\t".join(map(safe, line)) for line in lines)


def details(one: Letter) -> str:
    """Everything about one letter: why, from where, what became of it, and its bytes."""
    letter = one.letter
    lines = {
        "letter": one.id,
        "state": _state(one),
        "reason": f"{letter.field or 'message'}: {letter.reason}",
        "code": letter.code,
        "refused by": f"{letter.process} at {rfc3339(letter.time)}",
        "origin": letter.origin,
        "from": _sender(one),
        "on the log": one.origin,
        "size": size(letter.size_bytes),
    }
    told = "\n".join(f"{name:<11} {safe(text)}" for name, text in lines.items())
    return f"{told}\n\n{NO_KEY if letter.sealed and letter.raw != ERASED.encode() else rendering(letter.raw)}"


def document(one: Letter, *, with_bytes: bool = False) -> dict[str, Any]:
    """A letter as a JSON object; `raw_base64` has its exact bytes, or `[erased]` or tokens where they are not readable."""
    letter = one.letter
    names = ("id", "code", "field", "reason", "origin", "process", "tenant", "device")
    made: dict[str, Any] = {name: getattr(letter, name) for name in names}
    made |= {
        "time": rfc3339(letter.time),
        "size_bytes": letter.size_bytes,
        "record": one.origin,
        "state": one.state,
        "readable": not letter.sealed,
    }
    if one.settled is not None:
        data: Any = one.settled.data
        made["settled"] = {
            "by": data.actor,
            "comment": data.comment,
            "time": rfc3339(one.settled.time),
            "record": getattr(data, "record", ""),
            "changed": list(getattr(data, "changed", ())),
            "again": one.again,
        }
    if with_bytes:
        made["raw_base64"] = base64.b64encode(letter.raw).decode()
    return made


def listing(found: Found) -> dict[str, Any]:
    """The letters found as a JSON object, and how many match in all."""
    return {"matching": found.matching, "letters": [document(one) for one in found.letters]}


def size(count: int) -> str:
    """Bytes for people."""
    if count < KIB:
        return f"{count} B"
    return f"{count / KIB:.3g} KiB" if count < KIB * KIB else f"{count / KIB / KIB:.3g} MiB"


def _sender(one: Letter) -> str:
    return f"{one.letter.tenant}:{one.letter.device}" if one.letter.device else "not known"


def _state(one: Letter) -> str:
    if one.settled is None:
        return "open"
    data: Any = one.settled.data
    at = _when(one.settled.time)
    why = f" ({data.comment})" if data.comment else ""
    if one.state == "dropped":
        return f"dropped by {data.actor} {at}{why}"
    told = f"put back as {data.record} by {data.actor} {at}{why}"
    told += f", changed: {', '.join(path or 'all of it' for path in data.changed)}" if data.changed else ""
    return f"{told}; refused again, as {one.again}" if one.again else told


def _escape(char: str) -> str:
    code = ord(char)
    form: Callable[[int], str] = (
        "\\x{:02x}".format if code < 0x100 else "\\u{:04x}".format if code < 0x10000 else "\\U{:08x}".format
    )
    return form(code)


def _when(time: datetime) -> str:
    return f"at {rfc3339(time)}"

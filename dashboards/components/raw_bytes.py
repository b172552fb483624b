"""Bytes from strangers as text that shows what they are and does nothing."""

from __future__ import annotations

MOST = 160


def readable(raw: bytes, size_bytes: int | None = None, most: int = MOST) -> str:
    """The beginning of `raw` on one line: what is not UTF-8 or does not print (control, bidirectional, private) is an escape like `\\x1b`.

    `size_bytes` is the whole size where `raw` is only its beginning. Not HTML: escape it as any other text.
    """
    size = len(raw) if size_bytes is None else size_bytes
    # A character cut in the middle at the end is no fault of the sender.
    text = raw.decode("utf-8", "backslashreplace") if size <= len(raw) else _cut(raw)
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:most]
    )
    if size == 0:
        return "no bytes"
    return shown if size <= len(raw) and len(text) <= most else f"{shown} ... of {size} B"


def _cut(raw: bytes) -> str:
    for spare in range(4):
        try:
            return raw[: len(raw) - spare].decode()
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")

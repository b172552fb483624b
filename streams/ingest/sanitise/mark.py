"""What stands where a secret was."""

from __future__ import annotations

import re
from collections import Counter

MARK = re.compile(r"\[redacted:([a-z_]{1,24})\]")


def mark(kind: str) -> str:
    """The replacement of a secret of this kind."""
    return f"[redacted:{kind}]"


def is_marked(text: str) -> bool:
    """Whether this is nothing but a replacement."""
    return MARK.fullmatch(text) is not None


# How many secrets of each kind were withheld.
Withheld = Counter[str]


def withheld(before: str, after: str) -> Withheld:
    """The replacements in `after` that were not in `before` already."""
    return Withheld(MARK.findall(after)) - Withheld(MARK.findall(before))

"""One form of secret: how it looks in a text. Every pattern is anchored at something literal and takes time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from streams.ingest.sanitise.harmless import is_harmless
from streams.ingest.sanitise.mark import is_marked

BEFORE = r"(?<![A-Za-z0-9])"
AFTER = r"(?![A-Za-z0-9])"
# Between a name and its value, quotes and their escapes included.
JOINED = r"\\{0,2}[\"']?\s{0,4}[:=]\s{0,4}\\{0,2}[\"']?"


class Pattern(NamedTuple):
    """A form of secret: the group `value` is one, or the whole match where there is no such group.

    `kind` is "" where the name of the matching group says it. A text can only match where, in lower case, it contains one of `triggers`.
    `applies` has the last word.
    """

    kind: str
    triggers: tuple[str, ...]
    regex: re.Pattern[str]
    applies: Callable[[str, str], bool] = lambda _value, _kind: True


def named(value: str, kind: str) -> bool:
    """Whether what stands after a secret's name is one: a harmless word is not, nor a path after `password`."""
    bare = value.strip("\\\"'` \t")
    return not is_harmless(bare, kind) and not (kind == "password" and bare.startswith("/"))


def said(value: str, kind: str) -> bool:
    """After `password is`: a word of a sentence is no secret."""
    return named(value, kind) and (not value.isalpha() or not value.islower())


def not_marked(value: str, _kind: str) -> bool:
    """Whether the value is not what another pattern put there."""
    return not is_marked(value)

"""One text without its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from streams.ingest.sanitise.effort import Effort
from streams.ingest.sanitise.mark import mark
from streams.ingest.sanitise.pattern import Pattern
from streams.ingest.sanitise.patterns import PATTERNS, TRIGGERS

KINDS = ("password", "key", "secret", "token")
FORMS = ("private_key", "jwt", "aws_key", "token")
PASSES = 4
# Secrets are shorter than a window; the name of one ends less than `LEAD` characters before it.
WINDOW, LEAD = 8192, 256
TOO_LONG = mark("too_long")
ANY_TRIGGER = re.compile("|".join(map(re.escape, TRIGGERS)), re.IGNORECASE)


def suspicious(text: str) -> bool:
    """Whether `sanitise_text` has to look at it at all."""
    lowered = text.lower()
    return any(trigger in lowered for trigger in TRIGGERS)


def sanitise_text(text: str, effort: Effort | None = None) -> str:
    """The text with every secret that is recognised in it replaced; the very same text where there is none.

    A long text is searched only around what looks suspicious. `effort` is what the message it is from may still cost (without: what a
    message of its own may); the text is withheld from where that is spent.
    """
    effort = effort or Effort()
    if len(text) <= WINDOW:
        if not suspicious(text):
            return text
        return _searched(text) if effort.spend(len(text)) else TOO_LONG
    made: list[str] = []
    end = 0
    for start, stop in _windows(text):
        if not effort.spend(stop - start):
            return "".join([*made, text[end:start], TOO_LONG])
        made += [text[end:start], _searched(text[start:stop])]
        end = stop
    return "".join([*made, text[end:]])


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a long text that may hold secrets: from a little before something suspicious to far behind it."""
    begin = end = -1
    for found in ANY_TRIGGER.finditer(text):
        start = max(0, found.start() - LEAD)
        if begin < 0:
            begin = start
        elif start > end:
            yield begin, end
            begin = start
        end = min(len(text), found.end() + WINDOW)
    if begin >= 0:
        yield begin, end


def _searched(text: str) -> str:
    patterns = _patterns_for(text)
    for _ in range(PASSES if patterns else 0):
        before = text
        for pattern in patterns:
            text = _without(text, pattern)
        if text == before:
            return text
        patterns = _patterns_for(text)
    return mark("text") if patterns else text


@lru_cache(maxsize=65_536)
def is_secret(name: str) -> bool:
    """Whether a name is no name but a secret by its form: a JWT, an AWS key, a token.

    A name can't be replaced without making it another device's event, so who has to refuse it asks this.
    """
    return any(
        pattern.regex.search(name)
        for pattern in _patterns_for(name)
        if pattern.kind in FORMS and not pattern.regex.groupindex
    )


def _patterns_for(text: str) -> tuple[Pattern, ...]:
    lowered = text.lower()
    return _with_triggers(tuple([trigger for trigger in TRIGGERS if trigger in lowered]))


@lru_cache(maxsize=4096)
def _with_triggers(there: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(pattern for pattern in PATTERNS if not set(there).isdisjoint(pattern.triggers))


def _without(text: str, pattern: Pattern) -> str:
    def replaced(match: re.Match[str]) -> str:
        groups = match.groupdict()
        kind = pattern.kind or next(kind for kind in KINDS if groups[kind])
        value = groups.get("value", match[0])
        if not pattern.applies(value, kind):
            return match[0]
        opening = _opening(value)
        closing = opening if len(value) > len(opening) and value.endswith(opening) else ""
        start, end = match.span("value") if "value" in groups else match.span()
        before, after = text[match.start() : start], text[end : match.end()]
        return before + opening + mark(kind) + closing + after

    return pattern.regex.sub(replaced, text)


def _opening(value: str) -> str:
    """The quote a quoted value begins with, with its backslashes."""
    bare = value.lstrip("\\")
    return value[: len(value) - len(bare) + 1] if bare[:1] in ('"', "'") else ""

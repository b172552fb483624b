"""Sealed values in what the store answers, in plain words for the person who reads: asked of the control API, a question a query.

Where the API does not open them (it is down, or there is no token) each becomes a short stable pseudonym such as `sealed ~a3f9`, so
that equal values still look equal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from schemas.personal import TOKEN, pseudonym, replace_tokens

MARK = "sealed.v1."
# How long an opened value is kept: an erasure shows after at most this long.
KEPT_S = 5.0
# After the API did not answer it is not asked for this long, so that pages stay quick.
PAUSE_S = 5.0
MOST = 20_000
Unseal = Callable[[Sequence[str]], list[str] | None]


class Unsealing:
    """Opens the tokens in rows with `unseal` and remembers them for some seconds. For use by any thread."""

    def __init__(
        self, unseal: Unseal = lambda _: None, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._unseal = unseal
        self._clock_s = clock_s
        self._opened: dict[str, tuple[str, float]] = {}
        self._not_before_s = 0.0
        self._lock = threading.Lock()

    def rows(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """The rows with every token in their texts, lists included, opened or replaced by its pseudonym."""
        tokens = {match[0] for row in rows for text in _texts(row) for match in TOKEN.finditer(text)}
        if not tokens:
            return [tuple(row) for row in rows]
        known = self._open(tokens)
        return [tuple(_replaced(value, known) for value in row) for row in rows]

    def _open(self, tokens: set[str]) -> dict[str, str]:
        now = self._clock_s()
        with self._lock:
            kept = {token: self._opened.get(token, ("", 0.0)) for token in tokens}
            known = {token: text for token, (text, until) in kept.items() if until > now}
            missing = sorted(tokens - known.keys())
            asked = bool(missing) and now >= self._not_before_s
        found = self._unseal(missing) if asked else None
        with self._lock:
            if found is not None:
                if len(self._opened) + len(missing) > MOST:
                    self._opened.clear()
                known.update(zip(missing, found, strict=True))
                self._opened.update({t: (text, now + KEPT_S) for t, text in zip(missing, found, strict=True)})
            elif asked:
                self._not_before_s = now + PAUSE_S
        return {token: known.get(token) or pseudonym(token) for token in tokens}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        if MARK in value:
            yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))


def _replaced(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        return replace_tokens(value, lambda token: known[token[0]]) if MARK in value else value
    if isinstance(value, list | tuple):
        return type(value)(_replaced(one, known) for one in value)
    if isinstance(value, dict):
        return {name: _replaced(one, known) for name, one in value.items()}
    return value

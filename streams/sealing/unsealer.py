"""Texts on their way to a person: tokens replaced by what they stand for, or by `[erased]`."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from schemas.dead_letter import DeadLetter
from schemas.personal import ERASED, replace_tokens
from streams.sealing.keys import Keys
from streams.sealing.letter import opened


class Unsealer:
    """Opens tokens with the keys in `keys`, whatever stands around them. For use by any thread."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._lock = threading.Lock()

    def texts(self, texts: Iterable[str]) -> list[str]:
        """The texts in plain words. Nothing is kept: a key destroyed a moment ago opens nothing. Raises as `Keys.named`."""
        with self._lock:
            return [replace_tokens(text, self._open) for text in texts]

    def letter(self, letter: DeadLetter) -> DeadLetter:
        """The letter with its bytes as they were refused; see `streams.sealing.letter.opened`. Raises as `Keys.named`."""
        with self._lock:
            return opened(letter, self._keys)

    def _open(self, token: re.Match[str]) -> str:
        key = self._keys.named(token[1])
        if key is not None:
            # A text that only looks like a token of this key is shown as it is.
            opened = key.open(token[0])
            return token[0] if opened is None else opened
        return ERASED if self._keys.was_of(token[1]) else token[0]

"""The metric names seen lately: what the fast reader is told to expect."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from schemas.pki import NAME
from schemas.telemetry import MAX_METRICS
from streams.ingest.sanitise import is_secret


def is_plain(name: str) -> bool:
    """Whether a metric may have this name; `record.py` says what is wrong with any other."""
    return NAME.fullmatch(name) is not None and not is_secret(name)


class Vocabulary:
    """At most `MAX_METRICS` names; the one not seen for longest goes first, so a sender of junk names costs time, never memory."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()
        self.learn(names)

    @property
    def names(self) -> list[str]:
        """The names, longest unseen first."""
        return list(self._names)

    def learn(self, names: Iterable[str]) -> None:
        """Note that these names occurred just now; one that no metric may have is never learned."""
        for name in names:
            if name not in self._names and not is_plain(name):
                continue
            self._names[name] = None
            self._names.move_to_end(name)
            if len(self._names) > MAX_METRICS:
                self._names.popitem(last=False)

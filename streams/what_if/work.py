"""Working on one what-if of the folder: its turn, its progress, its end, and letting go when somebody asks for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

import msgspec

from detectors.variant.variant import Variant
from schemas.errors import Rejected, Retryable
from schemas.settings import Settings
from schemas.what_if import Progress
from streams.what_if.history import Cancelled, History
from streams.what_if.run import run
from streams.what_ifs import Run, WhatIfs

TELL_S = 0.5
LOOK_S = 0.2
Say = Callable[[Progress], None]


class Teller:
    """Writes progress down twice a second and ends the work where somebody asked for that; `stop` is set by SIGTERM."""

    def __init__(self, what_ifs: WhatIfs, asked: Run, stop: Event, say: Say) -> None:
        self._what_ifs, self._id, self._stop, self._say = what_ifs, asked.id, stop, say
        self._progress = msgspec.structs.replace(asked.progress, status="running", started=datetime.now(UTC))
        self._told_s = 0.0
        self.tell()

    def expect(self, records: int) -> None:
        """There are so many log records to read."""
        self._progress = msgspec.structs.replace(self._progress, total_records=records)
        self.tell()

    def read(self, records: int, events: int, reached: datetime | None) -> None:
        """So many more were read; raises Cancelled where it shall end."""
        before = self._progress
        self._progress = msgspec.structs.replace(
            before,
            records=before.records + records,
            events=before.events + events,
            reached=max(reached, before.reached) if reached and before.reached else reached or before.reached,
        )
        if time.monotonic() - self._told_s >= TELL_S:
            self.tell()

    def tell(self) -> None:
        """Write the progress down now."""
        if self.is_stopped():
            raise Cancelled
        self._told_s = time.monotonic()
        self._what_ifs.write(self._id, self._progress)
        self._say(self._progress)

    def is_stopped(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop.is_set() or self._what_ifs.is_cancelled(self._id)


def ask_and_work(settings: Settings, what_ifs: WhatIfs, variant: Variant, stop: Event, say: Say) -> Run:
    """`work` on a new what-if; nobody else can take it up first."""
    with what_ifs.asked(variant) as asked:
        return _work(settings, what_ifs, asked, stop, say)


def work(settings: Settings, what_ifs: WhatIfs, name: str, stop: Event, say: Say) -> Run:
    """Wait for this what-if's turn and run it; returns how it ended. Nothing of it is left but what the folder says.

    Rejected where it is over or another process works on it.
    """
    asked = what_ifs.get(name)
    with what_ifs.held(name) as mine:
        if asked.over or not mine:
            raise Rejected("not_queued", "id", "this what-if is over, or another process works on it")
        return _work(settings, what_ifs, asked, stop, say)


def _work(settings: Settings, what_ifs: WhatIfs, asked: Run, stop: Event, say: Say) -> Run:
    def stopped() -> bool:
        return stop.is_set() or what_ifs.is_cancelled(asked.id)

    with what_ifs.turn(stopped, lambda: time.sleep(LOOK_S)) as its_turn:
        if its_turn:
            _run(settings, what_ifs, asked, stop, say)
        else:
            what_ifs.end(asked.id, "cancelled")
    return what_ifs.get(asked.id)


def _run(settings: Settings, what_ifs: WhatIfs, asked: Run, stop: Event, say: Say) -> None:
    try:
        teller = Teller(what_ifs, asked, stop, say)
        history = History(settings.kafka_bootstrap, teller)
        teller.expect(history.total)
        result = run(settings, asked.variant, history, teller)
        teller.tell()
    except Cancelled:
        what_ifs.end(asked.id, "cancelled")
    except Retryable as error:
        what_ifs.end(asked.id, "failed", f"{error}; start it, or set VEDETTE_KAFKA_BOOTSTRAP")
    except Exception as error:
        what_ifs.end(asked.id, "failed", f"{type(error).__name__} in the what-if; its log has the details")
        raise
    else:
        what_ifs.end(asked.id, "done", result=msgspec.json.encode(result))

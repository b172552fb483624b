"""One erasure from the request to the event that says it is complete. Every step can be done again, so a crash anywhere costs nothing.

The order matters: the key goes first, which makes every copy of its tokens worthless at once, wherever it lies; everything after it
only tidies up. The log is not rewritten: its records keep dead tokens, and with them their proofs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from schemas.event import Envelope
from schemas.ids import derive
from schemas.privacy import PrivacyEvent, SubjectErase, SubjectErased, SubjectKeyDestroyed
from streams.privacy.raw_input import delete_consumed
from streams.privacy.requests import Requests
from streams.privacy.store import Store
from streams.sealing.keys import Keys

SOURCE = "privacy"
log = structlog.stdlib.get_logger("privacy")


class Writer(Protocol):
    """What erasure needs of `LogWriter`."""

    def append(self, envelope: Envelope) -> None:
        """Write an event."""

    def flush(self) -> None:
        """Wait until it is on the log; raises Retryable where it isn't."""


@dataclass(slots=True)
class Eraser:
    """Carries requests out with these keys, on this log and store."""

    keys: Keys
    writer: Writer
    store: Store
    bootstrap: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def erase(self, request: Envelope, requests: Requests) -> None:
        """Carry one request out as far as it goes now; Retryable, saying what it waits for, where that is not to the end."""
        if not isinstance(ask := request.data, SubjectErase):
            return
        destroyed = self.keys.destroy(request.tenant, request.subject, request.id, self.clock)
        if request.id not in requests.destroyed:
            told = SubjectKeyDestroyed(request=request.id, keys=destroyed.keys, destroyed_time=destroyed.time)
            requests.add(self._tell(request, told, destroyed.time))
            log.info("key destroyed", tenant=request.tenant, device=request.subject, keys=len(destroyed.keys))
        # What ingest has not taken yet is not on the log yet: it will be sealed with a new key, as anything sent from now on.
        raw_records = delete_consumed(self.bootstrap)
        rows = self.store.purged(request.tenant, request.subject, request.id, destroyed.keys)
        erased = SubjectErased(
            request=request.id,
            keys=destroyed.keys,
            rows=rows,
            raw_records=raw_records,
            requested_time=request.time,
            actor=ask.actor,
            reason=ask.reason,
            known=bool(destroyed.keys)
            or any(rows.values())
            or self.store.knows(request.tenant, request.subject),
        )
        requests.add(self._tell(request, erased, self.clock()))
        told_as = "erased" if erased.known else "nothing is known of it"
        log.info(told_as, tenant=request.tenant, device=request.subject, rows=sum(rows.values()))

    def _tell(self, request: Envelope, data: PrivacyEvent, time: datetime) -> Envelope:
        event = Envelope(
            id=derive("privacy", request.id, data.TYPE),
            type=data.TYPE,
            source=SOURCE,
            subject=request.subject,
            tenant=request.tenant,
            time=time,
            data=data,
        )
        self.writer.append(event)
        self.writer.flush()
        return event

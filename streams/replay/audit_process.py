"""The auditor as a process: rounds at a steady rate, what they find as events and metrics. It writes `audits` and nothing else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from schemas.audit import AuditDiffered, AuditVerified
from schemas.errors import Retryable
from schemas.event import SYSTEM, Envelope, Event
from schemas.ids import derive
from schemas.settings import Settings
from streams.log.writer import LogWriter
from streams.replay.auditor import Auditor
from streams.replay.finding import Finding

PROCESS = "replay"
SOURCE = "vedette/auditor"
ROUND_S = 5.0
SUBJECT = "auditor"
MOST_DIFFERENCES, MOST_CHARACTERS = 20, 500


def run(settings: Settings, log: Any, stop: threading.Event) -> None:
    """Audit until `stop` is set; waits out what is Retryable. Fatal goes through."""
    auditor = Auditor(settings, Random())  # noqa: S311  a sample is no secret
    writer = LogWriter(settings.kafka_bootstrap, PROCESS)
    most = max(1, round(settings.audit_per_s * ROUND_S))
    log.info("ready", most_per_round=most, round_s=ROUND_S)
    while not stop.wait(ROUND_S):
        try:
            found = auditor.round(most)
            report(writer, found, auditor.behind, lambda: datetime.now(UTC))
        except Retryable as error:
            log.warning("trying again", problem=str(error))
            continue
        for one in found:
            if one.differences:
                log.error("differs", origin=one.origin, id=one.id, differences=one.differences[:3])


def report(writer: LogWriter, found: Iterable[Finding], behind: int, now: Callable[[], datetime]) -> None:
    """Write what a round found, acknowledged; nothing where it looked at nothing."""
    for event in events_of(list(found), behind, now()):
        writer.append(event)
    writer.flush()


def events_of(found: list[Finding], behind: int, now: datetime) -> Iterator[Envelope]:
    """The events of one round at this moment: one for each output that differs, then the sum."""
    if not found:
        return
    outcomes = Counter(one.outcome for one in found)
    for one in found:
        if one.differences:
            data = AuditDiffered(
                origin=one.origin,
                output=one.id,
                kind=one.type,
                differences=tuple(text[:MOST_CHARACTERS] for text in one.differences[:MOST_DIFFERENCES]),
            )
            yield _event(data, now, one.tenant or SYSTEM, one.subject or SUBJECT, one.origin)
    summed = AuditVerified(
        outputs=len(found),
        equal=outcomes["equal"],
        differing=outcomes["differs"],
        untold=outcomes["cannot tell"],
        behind=behind,
    )
    yield _event(summed, now, SYSTEM, SUBJECT, found[0].origin, found[-1].origin)


def _event(data: Event, now: datetime, tenant: str, subject: str, *about: str) -> Envelope:
    return Envelope(
        id=derive("audit", data.TYPE, now.isoformat(), *about),
        type=data.TYPE,
        source=SOURCE,
        subject=subject,
        tenant=tenant,
        time=now,
        data=data,
    )

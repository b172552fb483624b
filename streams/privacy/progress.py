"""How erasures and retention stand, from the log alone: one line each for a person, plain values for a machine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.errors import Rejected
from schemas.event import rfc3339
from schemas.privacy import PRIVACY, RetentionApplied, SubjectErase, SubjectErased, SubjectKeyDestroyed
from schemas.registry import decode
from schemas.retention import FOR_EVER, RETENTION
from streams.log.reader import records

DAY_MS = 86_400_000


@dataclass(slots=True)
class Erasure:
    """One request and what became of it; a field is None until it happened."""

    request: str
    tenant: str
    device: str
    requested_time: datetime
    actor: str
    reason: str
    destroyed_time: datetime | None = None
    erased_time: datetime | None = None
    done: SubjectErased | None = None

    @property
    def state(self) -> str:
        """`requested`, `destroyed` (nothing can be opened any more), `erased` (the projections are purged as well) or `unknown` (complete,
        but there was nothing of such a device)."""
        if self.done:
            return "erased" if self.done.known else "unknown"
        return "destroyed" if self.destroyed_time else "requested"


@dataclass(slots=True)
class Progress:
    """Every erasure by its request, oldest first, and the newest run of retention with its time."""

    erasures: dict[str, Erasure]
    retained: RetentionApplied | None = None
    retained_time: datetime | None = None


def progress(bootstrap: str) -> Progress:
    """How things stand now; Retryable where Kafka doesn't answer."""
    made = Progress({})
    for message in records(bootstrap, PRIVACY):
        with contextlib.suppress(Rejected):
            event = decode(message.headers(), message.value() or b"")
            match event.data:
                case SubjectErase() as ask:
                    asked = Erasure(event.id, event.tenant, event.subject, event.time, ask.actor, ask.reason)
                    made.erasures.setdefault(event.id, asked)
                case SubjectKeyDestroyed(request=request) if request in made.erasures:
                    made.erasures[request].destroyed_time = event.time
                case SubjectErased(request=request) as done if request in made.erasures:
                    made.erasures[request].done = done
                    made.erasures[request].erased_time = event.time
                case RetentionApplied() as run:
                    made.retained, made.retained_time = run, event.time
    return made


def erasure_line(one: Erasure) -> str:
    """One erasure in a sentence."""
    who = f"{one.tenant}/{one.device}"
    if one.done is None or one.erased_time is None:
        told = {"requested": "is asked for", "destroyed": "can't be read any more; the store is being purged"}
        return f"{who}: {told[one.state]} (since {_when(one.requested_time)}, by {one.actor})"
    if not one.done.known:
        nothing = "no key, no event, no telemetry, nothing refused"
        return f"{who}: nothing is known of such a device ({nothing}), so nothing was erased. Is the name right? Asked by {one.actor}"
    took = (one.erased_time - one.requested_time).total_seconds()
    rows = (
        ", ".join(f"{count} rows of {table}" for table, count in one.done.rows.items() if count) or "no rows"
    )
    keys = f"{len(one.done.keys)} key{'s' if len(one.done.keys) != 1 else ''}"
    return f"{who}: erased at {_when(one.erased_time)}, {took:.1f} s after {one.actor} asked; {keys} destroyed, {rows} say [erased]"


def retention_lines(found: Progress) -> list[str]:
    """One line a class of data: how long, why, and what the last run removed."""
    removed = {one.name: one.rows for one in found.retained.classes} if found.retained else {}
    lines = []
    for one in RETENTION:
        kept = "for ever" if one.keep_ms == FOR_EVER else f"{one.keep_ms / DAY_MS:g} days"
        last = f"; last run removed {removed[one.name]} rows" if one.name in removed else ""
        lines.append(f"{one.name:<20} {kept:<9} {one.why}{last}")
    ran = f"last run {_when(found.retained_time)}" if found.retained_time else "not run yet"
    return [*lines, f"retention runs every hour; {ran}"]


def as_json(found: Progress) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "erasures": [plain(one) for one in found.erasures.values()],
        "retention": {
            "applied_time": rfc3339(found.retained_time) if found.retained_time else None,
            "removed": {one.name: one.rows for one in found.retained.classes} if found.retained else {},
            "classes": [
                {"name": one.name, "topics": list(one.topics), "keep_ms": one.keep_ms, "why": one.why}
                for one in RETENTION
            ],
        },
    }


def plain(one: Erasure) -> dict[str, Any]:
    """One erasure as plain values."""
    times = {"requested": one.requested_time, "destroyed": one.destroyed_time, "erased": one.erased_time}
    return {
        "request": one.request,
        "tenant": one.tenant,
        "device": one.device,
        "state": one.state,
        "actor": one.actor,
        "reason": one.reason,
        **{f"{name}_time": rfc3339(time) if time else None for name, time in times.items()},
        "keys": list(one.done.keys) if one.done else [],
        "rows": one.done.rows if one.done else {},
        "raw_records": one.done.raw_records if one.done else 0,
    }


def _when(time: datetime) -> str:
    return time.isoformat(timespec="seconds")

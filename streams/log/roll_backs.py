"""Roll-backs of models on the log: how whoever may ask for one does, and what detection said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import aggregate_key
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack, batch_of, event_of
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter

FLUSH_S = 15.0


def roll_back(
    name: str, tenant: str, device: str, since: datetime, until: datetime, actor: str, reason: str
) -> RollBack:
    """A roll-back of that id; an empty device means all of the tenant's. Rejected names the field that can't be meant."""
    for field, text in (("tenant", tenant), ("actor", actor), ("reason", reason)):
        if not text.strip():
            raise Rejected("bad_value", field, "must not be empty")
    if since >= until:
        raise Rejected("bad_value", "since", "must be before until")
    return RollBack(
        id=name, tenant=tenant, device=device, since=since, until=until, actor=actor, reason=reason
    )


def partitions_of(tenant: str, device: str = "") -> list[int]:
    """Where the reports of a device are, or those of all of a tenant's devices."""
    if device:
        return [partition_of(aggregate_key(tenant, device), PARTITIONS)]
    return list(range(PARTITIONS))


def ask(bootstrap: str, asked: RollBack) -> list[int]:
    """Put a roll-back on the log, in the partition of its device or in all; returns these. Retryable where the log does not take it.

    It stands among telemetry and among security events. Each partition of either takes the first of an id and passes over those that
    follow, so asking again is always safe.
    """
    numbers = partitions_of(asked.tenant, asked.device)
    writer = LogWriter(bootstrap, "control")
    headers, value = telemetry.encode(batch_of(asked))
    for number in numbers:
        writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=number)
        writer.append_to(number, event_of(asked, number))
    writer.flush(FLUSH_S)
    return numbers


def answers(
    bootstrap: str, asked: str, start: dict[int, int]
) -> Iterator[ModelsRolledBack | FlowsRolledBack]:
    """What detection has said of the roll-back with this id so far, from these offsets of `ledger` on; after a crash perhaps twice."""
    for message in records(bootstrap, ModelsRolledBack.TOPIC, start=start):
        try:
            data = Record.of_confluent(message).envelope().data
        except Rejected:
            continue
        if isinstance(data, ModelsRolledBack | FlowsRolledBack) and data.asked.id == asked:
            yield data

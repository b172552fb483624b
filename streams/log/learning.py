"""What a partition was taught, learned again from the log: the part of a roll-back that reads."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.flows import unlearning as flows_unlearning
from detectors.flows.detector import Flows
from detectors.state import State
from detectors.unlearning import Again, Past, learned_again
from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import parse_time
from schemas.roll_back import RollBack, RollBackAsked, is_asked, roll_back_in
from schemas.security import SECURITY_EVENTS
from streams.log.record import Record
from streams.log.stretch import Read

NO_ROWS = ("rows", b"0")
Asked = list[tuple[int, RollBack]]


def may_take_long(record: Record) -> bool:
    """Whether a record may be a roll-back, seen without opening it."""
    if record.topic == telemetry.TOPIC:
        return NO_ROWS in record.headers
    return is_asked(record.headers)


def learn_again(state: State, read: Read, partition: int, offset: int) -> Again | None:
    """The state that has learned the partition's telemetry up to `offset` again, without what roll-backs up to there named.

    None where the one at `offset` has the id of an earlier one: it was asked for twice and is done.
    """
    asked = _all_asked(read(telemetry.TOPIC, partition, 0, offset + 1))
    if _is_repeated(asked):
        return None
    return learned_again(state, _past(read, partition, offset), asked)


def learn_flows_again(
    flows: Flows, read: Read, partition: int, offset: int, newest: RollBack
) -> flows_unlearning.Again | None:
    """As `learn_again`, of the network flows of the tenant that `newest`, the roll-back at `offset`, is about.

    Nothing is opened but what that tenant's devices reported, and not even that where nothing is named.
    """
    named = False

    def looked() -> Iterator[Record]:
        nonlocal named
        for record in read(SECURITY_EVENTS, partition, 0, offset + 1):
            named = named or _may_be_named(newest, record)
            yield record

    asked = _all_asked(looked())
    if _is_repeated(asked):
        return None
    past = _events_of(read, partition, offset, newest.tenant) if named else iter(())
    return flows_unlearning.learned_again(flows, past, asked)


def _all_asked(records: Iterator[Record]) -> Asked:
    found = ((record.offset, _asked(record)) for record in records if may_take_long(record))
    return [(offset, one) for offset, one in found if one is not None]


def _is_repeated(asked: Asked) -> bool:
    return asked[-1][1].id in {one.id for _, one in asked[:-1]}


def _past(read: Read, partition: int, end: int) -> Iterator[Past]:
    for record in read(telemetry.TOPIC, partition, 0, end):
        try:
            yield Past(record.offset, telemetry.decode(record.value or b""))
        except Rejected:
            continue


def _events_of(read: Read, partition: int, end: int, tenant: str) -> Iterator[flows_unlearning.Past]:
    whose = ("ce_tenant", tenant.encode())
    for record in read(SECURITY_EVENTS, partition, 0, end):
        if whose not in record.headers:
            continue
        try:
            yield flows_unlearning.Past(record.offset, record.envelope(), record.origin)
        except Rejected:
            continue


def _may_be_named(asked: RollBack, record: Record) -> bool:
    said = dict(record.headers)
    if said.get("ce_tenant") != asked.tenant.encode() or is_asked(record.headers):
        return False
    if asked.device and said.get("ce_subject") != asked.device.encode():
        return False
    try:
        return asked.since <= parse_time((said.get("ce_time") or b"").decode()) < asked.until
    except (Rejected, UnicodeDecodeError):
        return False


def _asked(record: Record) -> RollBack | None:
    try:
        if record.topic == telemetry.TOPIC:
            return roll_back_in(telemetry.decode(record.value or b""))
        data = record.envelope().data
    except Rejected:
        return None
    return data.asked if isinstance(data, RollBackAsked) else None

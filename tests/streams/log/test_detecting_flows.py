"""What a roll-back among security events does to a partition: its tenant's flows learn again, once for each id, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec

from detectors import snapshot
from detectors.snapshot import flows_hash
from detectors.state import State
from detectors.variant.parsing import parse
from schemas.event import Envelope, encode, to_headers
from schemas.roll_back import FlowsRolledBack, RollBack, event_of
from schemas.security import SECURITY_EVENTS, NetworkFlowClosed
from streams.log.detecting import taken
from streams.log.record import Record
from streams.log.stretch import Read
from streams.replay.detection_state import derived
from streams.what_if.detection import Setup, scan_events
from streams.what_if.history import History
from tests.detectors.flows.test_hosting import story

STORY = story()
FLOOD = next(place for place, one in enumerate(STORY) if one.id.startswith("burst"))
LATER = [
    msgspec.structs.replace(one, id=f"later-{one.id}", time=one.time + timedelta(hours=8))
    for one in STORY[FLOOD : FLOOD + 40]
]
OTHER = [msgspec.structs.replace(one, tenant="other", id=f"other-{one.id}") for one in STORY[:60]]


def asked(name: str = "a", tenant: str = "", device: str = "cam-3") -> RollBack:
    begin, end = STORY[FLOOD].time, STORY[-1].time + timedelta(hours=1)
    whose = tenant or STORY[0].tenant
    return RollBack(id=name, tenant=whose, device=device, since=begin, until=end, actor="ann", reason="why")


def log(*written: Envelope | RollBack) -> list[Record]:
    events = [event_of(one, 0) if isinstance(one, RollBack) else one for one in written]
    return [
        Record(SECURITY_EVENTS, 0, n, encode(one), tuple(to_headers(one))) for n, one in enumerate(events)
    ]


def reading(records: Sequence[Record]) -> Read:
    def read(topic: str, _partition: int, start: int, end: int) -> Iterator[Record]:
        yield from records[start:end] if topic == SECURITY_EVENTS else []

    return read


def folded(records: Sequence[Record]) -> tuple[State, list[Envelope], list[FlowsRolledBack]]:
    state, found, told = State(), list[Envelope](), list[FlowsRolledBack]()
    for record in records:
        done = taken(state, record, reading(records))
        state = done.state
        found += done.findings
        if done.rolled_back is not None:
            assert isinstance(done.rolled_back, FlowsRolledBack)
            told.append(done.rolled_back)
    return state, found, told


HISTORY = log(*OTHER, *STORY, asked(), asked(), *LATER)


def test_it_says_what_was_learned_again_and_passes_over_a_second_of_the_id() -> None:
    _, _, (told,) = folded(HISTORY)
    before, _, _ = folded(HISTORY[: len(OTHER) + len(STORY)])
    after, _, _ = folded(HISTORY[: len(OTHER) + len(STORY) + 1])
    flows = sum(isinstance(one.data, NetworkFlowClosed) for one in STORY)
    assert told.events_offset == len(OTHER) + len(STORY)
    assert told.unlearned == sum(one.id.startswith("burst") for one in STORY)
    assert told.flows == flows - told.unlearned
    assert (told.models_before, told.models_after) == (flows_hash(before.flows), flows_hash(after.flows))
    assert told.models_before != told.models_after


def test_only_what_flows_taught_its_tenant_changes() -> None:
    before, _, _ = folded(HISTORY[: len(OTHER) + len(STORY)])
    after, _, _ = folded(HISTORY[: len(OTHER) + len(STORY) + 1])
    after.flows.tenants[STORY[0].tenant] = before.flows.tenants[STORY[0].tenant]
    assert snapshot.encode(after) == snapshot.encode(before)


def test_where_nothing_is_named_all_stays_and_no_flow_is_opened() -> None:
    for nobody in (asked(device="nobody"), asked(tenant="unknown")):
        state, _, (told,) = folded(log(*STORY, nobody))
        whole, _, _ = folded(log(*STORY))
        assert (told.flows, told.unlearned) == (0, 0)
        assert told.models_before == told.models_after == flows_hash(whole.flows)
        assert snapshot.encode(state) == snapshot.encode(whole)


def test_nothing_is_told_twice_or_taken_back() -> None:
    _, found, _ = folded(HISTORY)
    _, before, _ = folded(log(*OTHER, *STORY))
    assert found[: len(before)] == before
    assert {one.cause for one in found[len(before) :]} <= {one.origin for one in HISTORY[-len(LATER) :]}


def test_a_replay_and_a_what_if_come_to_the_same() -> None:
    state, found, _ = folded(HISTORY)
    again = derived(reading(HISTORY), 0, {SECURITY_EVENTS: len(HISTORY)})
    assert snapshot.encode(again.state) == snapshot.encode(state)
    (scanned,) = scan_events(cast(History, Past()), [Setup.of(parse({}))])
    assert [one.detection for one in scanned] == found
    assert len(found) > len(folded(log(*OTHER, *STORY))[1])


class Past:
    """The log of one partition as a what-if reads it."""

    def events(self, topic: str) -> Iterator[Any]:
        """Each event as history has it."""
        for one in HISTORY:
            place = {"partition": 0, "offset": one.offset, "written_ms": 0}
            yield SimpleNamespace(envelope=one.envelope(), origin=f"{topic}/0/{one.offset}", **place)

    def stretches(self) -> Read:
        """Stretches of it."""
        return reading(HISTORY)


def test_it_is_none_of_a_devices_events() -> None:
    (record,) = log(asked())
    state = State()
    done = taken(state, record, reading([record]))
    assert (done.findings, len(state.engine.devices)) == ([], 0)

"""Clocks where they are hosted: telemetry batches in, detections out, beside the other detectors of one state."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from detectors import snapshot
from detectors.clocks.parameters import METRIC, VERSION
from detectors.state import State, observe_telemetry
from detectors.triage.decider import Triage
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.detectors.fleet import moment, report_batch

DEVICES = [f"cam-{number}" for number in range(8)]
OFFSET = timedelta(hours=3)


def came_batch(
    devices: list[str], came: datetime, offset: timedelta = OFFSET, wrong: str = ""
) -> pa.RecordBatch:
    """One report of each device, come at that time; the clock of the device `wrong` is ahead by `offset`."""
    rows = [(one, came + (offset if one == wrong else timedelta()), [20.0, 100.0, 3.0]) for one in devices]
    batch = report_batch("acme", rows)  # type: ignore[arg-type]
    place = batch.schema.get_field_index("received_time")
    received = pa.array([came] * len(batch), pa.timestamp("us", "UTC"))
    # As it comes out of the log.
    return telemetry.decode(telemetry.encode(batch.set_column(place, batch.schema.field(place), received))[1])


def told(state: State, steps: range, offset: timedelta = OFFSET, wrong: str = "") -> list[Envelope]:
    return [
        one
        for step in steps
        for one in observe_telemetry(
            state, came_batch(DEVICES, moment(step, 300.0), offset, wrong), f"telemetry/0/{step}"
        )
        if isinstance(one.data, DetectionRaised) and one.data.detector == "clock"
    ]


def data_of(envelope: Envelope) -> DetectionRaised:
    assert isinstance(envelope.data, DetectionRaised)
    return envelope.data


def test_a_clock_that_jumps_back_is_told_with_its_reasons_and_so_is_its_return() -> None:
    state = State()
    assert told(state, range(50)) == []
    (one,) = told(state, range(50, 60), -OFFSET, "cam-3")
    data = data_of(one)
    assert (one.subject, one.time, data.since) == ("cam-3", moment(53, 300.0), moment(50, 300.0))
    assert (data.kind, data.severity, data.detector, data.version) == (
        "clock.behind",
        "medium",
        "clock",
        VERSION,
    )
    assert data.title == "cam-3's clock is 3 h behind"
    assert data.explanation == (
        "cam-3's clock is 3 h behind: its last 4 reports, over 15 min, are dated 3 h before they came, though they come one by one"
        " and not as a backlog; none of 7 other devices at site berlin came late or dated ahead too. What it reports is dated too early,"
        " and its own past does not judge it until its clock has caught up."
    )
    assert (data.metric, data.actual, data.expected, data.low, data.high) == (METRIC, -10_800, 0, -120, 30)
    assert data.contributions[0].actual == data.actual
    assert data.cohort is not None and (data.cohort.peers, data.cohort.changed) == (7, 0)
    (evidence,) = data.evidence
    assert (evidence.time, evidence.origin) == (one.time - OFFSET, one.cause)
    (right,) = told(state, range(60, 70))
    assert (data_of(right).kind, data_of(right).severity) == ("clock.right", "low")
    assert data_of(right).title == "cam-3's clock is right again, after 60 min"
    assert data_of(right).since == data.since
    assert data_of(right).metric is None


def test_a_clock_that_is_ahead_by_less_than_the_edge_refuses_is_told() -> None:
    state = State()
    (one,) = told(state, range(10), timedelta(seconds=45), "cam-1")
    data = data_of(one)
    assert (data.kind, data.severity, data.title) == ("clock.ahead", "low", "cam-1's clock is 45 s ahead")
    assert data.actual == 45
    assert "are dated 45 s after they came" in data.explanation


def test_a_snapshot_in_the_middle_changes_nothing() -> None:
    state = State()
    assert told(state, range(3), -OFFSET, "cam-3") == []
    restored = snapshot.decode(snapshot.encode(state))
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)
    found = told(state, range(3, 6), -OFFSET, "cam-3")
    assert len(found) == 1
    assert told(restored, range(3, 6), -OFFSET, "cam-3") == found
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)


def test_a_flood_of_new_devices_moves_clocks_with_their_devices() -> None:
    state = State()
    state.block.most_bytes = 16 * 1024
    assert len(told(state, range(6), -OFFSET, "cam-3")) == 1
    for step in range(6, 30):
        flood = [f"new-{step}-{number}" for number in range(10)]
        observe_telemetry(
            state, came_batch([*DEVICES, *flood], moment(step, 300.0), -OFFSET, "cam-3"), "t/0/0"
        )
    assert state.block.forgotten > 50
    assert state.watch.clocks.used == state.block.devices


@pytest.mark.parametrize("hours", [1, 24])
def test_a_wrong_clock_is_one_alert_that_says_when_it_is_right_again(hours: int) -> None:
    state = State()
    found = told(state, range(12 * hours), -OFFSET, "cam-3")
    found += told(state, range(12 * hours, 12 * hours + 5))
    triage = Triage()
    cases, outputs = triage.initial(), []
    for one in found:
        output = triage.decide(cases, one)
        assert output is not None
        outputs.append(output)
        cases = triage.evolve(cases, output)
    assert [one.type for one in outputs] == ["alert.opened.v1", "alert.updated.v1"]
    last = outputs[-1].data
    assert last.alert == outputs[0].data.alert  # type: ignore[attr-defined]
    assert (last.kind, last.severity) == ("clock.right", "low")  # type: ignore[attr-defined]
    assert last.title.startswith("cam-3's clock is right again")  # type: ignore[attr-defined]

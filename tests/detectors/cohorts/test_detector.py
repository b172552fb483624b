"""The detector as the worker calls it: findings as events, sentences, and a state that goes through a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from detectors import snapshot
from detectors.baseline.explanation import Report
from detectors.cohorts.reasons import reasons
from detectors.cohorts.row import FOUND, PATTERN
from detectors.cohorts.sentence import Group
from detectors.revocation.policy import action_for
from detectors.state import State, compile_all, observe_telemetry
from detectors.triage.urgency import family, headline_rank
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.detectors.fleet import START, report_batch

DEVICES = [f"pump-{number}" for number in range(12)]
EVERY = timedelta(minutes=10)
DAYS, ODD_DAY = 6, 5


def batches() -> Iterator[pa.RecordBatch]:
    """Six days of twelve pumps; from the sixth on one is warmer than its place by a tenth, within what its peers measure."""
    chance = np.random.default_rng(2)
    level = chance.normal(60, 4, len(DEVICES))
    for hour in range(DAYS * 24):
        rows: list[tuple[str, datetime, list[float | None]]] = []
        for step in range(6):
            time = START + timedelta(hours=hour) + step * EVERY
            warm = level + 3 * np.sin(hour / 24 * 2 * np.pi) + chance.normal(0, 0.3, len(DEVICES))
            warm[3] += 6 * (hour >= ODD_DAY * 24)
            sent = chance.normal(100, 5, len(DEVICES))
            for number, device in enumerate(DEVICES):
                at = time + timedelta(seconds=number)
                rows.append((device, at, [float(warm[number]), float(sent[number]), 3.0]))
        yield report_batch("acme", rows)


@pytest.fixture(scope="module")
def told() -> tuple[list[Envelope], State]:
    compile_all()
    state, found = State(), []
    for number, batch in enumerate(batches()):
        found += observe_telemetry(state, batch, f"telemetry/0/{number}")
    return of_cohorts(found), state


def of_cohorts(found: list[Envelope]) -> list[Envelope]:
    return [one for one in found if isinstance(one.data, DetectionRaised) and one.data.detector == "cohort"]


def test_a_finding_says_who_what_how_much_since_when_and_what_the_peers_do(
    told: tuple[list[Envelope], State],
) -> None:
    found, _ = told
    data = found[0].data
    assert isinstance(data, DetectionRaised)
    assert len(found) == 1
    assert (found[0].subject, data.kind) == ("pump-3", "cohort.outlier.temperature_c")
    began = START + timedelta(days=ODD_DAY)
    assert began - EVERY <= data.since <= found[0].time <= began + timedelta(hours=3)
    assert data.low is not None
    assert data.high is not None
    assert data.actual is not None
    assert data.low < data.high < data.actual
    assert data.p_value is not None
    assert 0 < data.p_value < 0.01
    assert data.title == "temperature of pump-3 is above its peers"
    assert data.explanation.startswith("pump-3's temperature is ")
    assert " peers (pump, berlin, 1.0) are at " in data.explanation
    assert "none of them has left its place" in data.explanation


def test_a_finding_carries_its_reasons_in_numbers(told: tuple[list[Envelope], State]) -> None:
    data = told[0][0].data
    assert isinstance(data, DetectionRaised)
    (own,) = data.contributions
    assert (own.metric, own.actual, own.expected) == (data.metric, data.actual, data.expected)
    assert (own.score, own.p_value) == (data.score, data.p_value)
    assert data.cohort is not None
    assert 5 <= data.cohort.peers < len(DEVICES)
    assert f"its {data.cohort.peers} peers (" in data.explanation
    assert (data.cohort.changed, data.cohort.model, data.cohort.site) == (0, "pump", "berlin")
    assert data.nearest is not None
    assert (data.nearest.metric, data.nearest.value) == (data.metric, data.high)
    assert data.nearest.distance > 0


def test_a_patterns_metrics_are_told_as_the_device_knows_them() -> None:
    state = State()
    for batch in batches():
        observe_telemetry(state, batch, "telemetry/0/0")
    names = list(state.block.metric_columns)
    found = np.zeros((), FOUND)
    for place, metric in enumerate(("first", "second", "third")):
        found[metric] = place if place < 2 else -1
    found["kind"], found["peers"] = PATTERN, len(DEVICES)
    report = Report(0, int(state.block.heads["last_us"][0]), {names[0]: 50.0, names[1]: 100.0})
    why = reasons(state.block, found, names, Group("pump-0", "pump", "berlin", "1.0"), report)
    assert sorted(one.metric for one in why.contributions) == sorted(names[:2])
    assert (why.cohort.peers, why.cohort.changed, why.nearest) == (len(DEVICES) - 1, 0, None)


def test_ids_do_not_depend_on_how_batches_were_cut(told: tuple[list[Envelope], State]) -> None:
    state, found = State(), []
    for batch in batches():
        for part in (batch.slice(0, 30), batch.slice(30)):
            found += observe_telemetry(state, part, "elsewhere")
    assert [one.id for one in of_cohorts(found)] == [one.id for one in told[0]]


def test_a_state_with_cohorts_goes_through_a_snapshot(told: tuple[list[Envelope], State]) -> None:
    data = snapshot.encode(told[1])
    restored = snapshot.decode(data)
    assert snapshot.encode(restored) == data
    assert restored.cohorts.numbers == told[1].cohorts.numbers


def test_no_cohort_finding_touches_a_credential_and_a_cohorts_is_not_a_compromise() -> None:
    for kind in ("cohort.outlier.tx_kbps", "cohort.pattern", "cohort.shift.tx_kbps", "cohort.poisoned"):
        assert action_for(kind) is None
    assert family("cohort.outlier.tx_kbps") == family("baseline.tx_kbps") == "compromise"
    assert family("cohort.outlier.temperature_c") == family("cohort.shift.tx_kbps") == "condition"
    assert headline_rank("rule.credential_cloned") < headline_rank("cohort.outlier.tx_kbps")
    assert headline_rank("cohort.outlier.tx_kbps") < headline_rank("cohort.poisoned")

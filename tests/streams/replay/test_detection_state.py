"""Detection derived again: equal to its worker's, and what of it depends on the order, cut and repetition of its input."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import snapshot
from detectors.state import State, observe_telemetry
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.event import Envelope, encode, to_headers
from schemas.ids import digest
from streams.log.provenance import START, Provenance, link, parse
from streams.log.record import Record
from streams.log.snapshots import Snapshot
from streams.replay.detection_state import Derivation, derived
from streams.replay.detections import judge_detection

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
DEVICES = ("cam-1", "cam-2", "cam-3")
# Device, minute, value.
Row = tuple[str, int, float]


def batch(rows: list[Row]) -> pa.RecordBatch:
    """One telemetry batch of these reports."""
    moments = [BEGAN + timedelta(minutes=minute) for _, minute, _ in rows]
    columns: dict[str, list[Any]] = {
        "event_id": [digest(device, minute) for device, minute, _ in rows],
        "tenant": ["acme"] * len(rows),
        "device": [device for device, _, _ in rows],
        "event_time": moments,
        "received_time": moments,
        "model": ["c1"] * len(rows),
        "site": ["berlin"] * len(rows),
        "firmware": ["1.0"] * len(rows),
        "metric.tx_kbps": [value for _, _, value in rows],
    }
    return pa.RecordBatch.from_pydict(columns, schema=telemetry.schema_for(["tx_kbps"]))


def history(minutes: int = 60) -> list[Row]:
    """Devices that report every minute; the first one sends far too much at the end."""
    chance = np.random.default_rng(7)
    rows = [
        (device, minute, float(value))
        for minute in range(minutes)
        for device, value in zip(DEVICES, chance.normal(100, 3, len(DEVICES)), strict=True)
    ]
    return [*rows, *((DEVICES[0], minutes + extra, 1e6) for extra in range(4))]


def log_of(cuts: list[list[Row]]) -> list[Record]:
    """Batches as records of one partition."""
    made = [telemetry.encode(batch(cut)) for cut in cuts if cut]
    return [
        Record("telemetry", 0, offset, value, tuple(headers)) for offset, (headers, value) in enumerate(made)
    ]


def cut_at(rows: list[Row], size: int) -> list[list[Row]]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def reading(log: list[Record]) -> Any:
    def read(topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        del partition
        yield from (one for one in log if one.topic == topic and start <= one.offset < end)

    return read


def live(log: list[Record]) -> tuple[State, list[Envelope]]:
    """What a worker that takes this log knows and finds, each finding with the hash before its record."""
    state, found, chain = State(), [], START
    for record in log:
        for one in observe_telemetry(state, telemetry.decode(record.value or b""), record.origin):
            version = str(Provenance(one.data.detector, one.data.version))  # type: ignore[attr-defined]
            found.append(msgspec.structs.replace(one, decider=version, statehash=chain))
        chain = link(chain, record.value or b"")
    return state, found


def by_device(state: State) -> dict[Any, Any]:
    """What is known of each device, wherever in the arrays it lies."""
    block = state.block
    return {
        device: {metric: block.numbers(*device, metric) for metric in block.metric_columns}
        for device in block.names.all()
    }


@pytest.mark.parametrize("size", [1, 7, 500])
def test_derived_is_what_a_worker_knows_and_finds(size: int) -> None:
    log = log_of(cut_at(history(), size))
    state, found = live(log)
    derivation = Derivation(0)
    again = [one for _, one in derivation.advance(reading(log), "telemetry", len(log))]
    assert snapshot.encode(derivation.state) == snapshot.encode(state)
    assert again == found
    assert found


def test_from_a_snapshot_it_goes_on_as_from_the_beginning() -> None:
    log = log_of(cut_at(history(), 9))
    half = derived(reading(log), 0, {"telemetry": 10})
    begun = Snapshot(dict(half.offsets), snapshot.encode(half.state), 0, dict(half.hashes))
    whole, rest = derived(reading(log), 0, {"telemetry": len(log)}), Derivation(0, begun)
    list(rest.advance(reading(log), "telemetry", len(log)))
    assert snapshot.encode(rest.state) == snapshot.encode(whole.state)
    assert rest.hashes == whole.hashes


@given(st.permutations(DEVICES), st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_a_device_is_known_the_same_however_its_reports_were_batched_mixed_with_others_and_repeated(
    order: list[str], size: int, other: int, chance: Any
) -> None:
    rows = history(30)
    # Another interleaving in which each device's own reports keep their order, some sent twice.
    queues = {device: [row for row in rows if row[0] == device] for device in order}
    mixed: list[Row] = []
    while any(queues.values()):
        device = chance.choice([name for name in order if queues[name]])
        mixed.append(queues[device].pop(0))
        if chance.random() < 0.2:
            mixed.append(mixed[-1])
    one, _ = live(log_of(cut_at(rows, size)))
    two, _ = live(log_of(cut_at(mixed, other)))
    assert by_device(one) == by_device(two)


@given(st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_within_a_batch_the_order_of_rows_changes_nothing_known_of_a_device(chance: Any) -> None:
    rows = history(30)
    shuffled = chance.sample(rows, len(rows))
    assert by_device(live(log_of([rows]))[0]) == by_device(live(log_of([shuffled]))[0])


def output(envelope: Envelope) -> Record:
    return Record("detections", 0, 3, encode(envelope), tuple(to_headers(envelope)))


def test_a_finding_that_was_changed_invented_or_found_in_another_state_differs() -> None:
    log = log_of(cut_at(history(), 9))
    derivation = Derivation(0)
    known: dict[str, dict[str, Envelope]] = {}
    for origin, one in derivation.advance(reading(log), "telemetry", len(log)):
        known.setdefault(origin, {})[one.id] = one
    (genuine, *_) = live(log)[1]
    assert judge_detection(output(genuine), known).equal
    assert judge_detection(output(msgspec.structs.replace(genuine, decider="", statehash="")), known).equal
    louder = dataclasses.replace(output(genuine), value=encode(genuine).replace(b'"high"', b'"low"', 1))
    assert "data.severity" in judge_detection(louder, known).differences[0]
    moved = msgspec.structs.replace(genuine, statehash=START)
    assert [d.partition(":")[0] for d in judge_detection(output(moved), known).differences] == ["statehash"]
    invented = msgspec.structs.replace(genuine, id="detection-invented")
    assert judge_detection(output(invented), known).differences == (
        f"it does not follow from {genuine.cause}",
    )
    assert judge_detection(output(invented), known, "the log's beginning is gone").outcome == "cannot tell"


def test_another_version_of_the_detector_is_nothing_that_could_be_told() -> None:
    log = log_of(cut_at(history(), 9))
    (genuine, *_) = live(log)[1]
    newer = msgspec.structs.replace(genuine, data=msgspec.structs.replace(genuine.data, version=99))
    finding = judge_detection(output(newer), {})
    assert (finding.outcome, finding.equal) == ("cannot tell", False)
    assert "baseline@99 found it" in finding.untold
    assert isinstance(genuine.data, DetectionRaised)
    by_rule = msgspec.structs.replace(genuine.data, detector="rule.credential_cloned", version=1)
    older = judge_detection(output(msgspec.structs.replace(genuine, data=by_rule)), {})
    assert older.untold == "rule.credential_cloned@1 found it, and this is rule.credential_cloned@2"


@given(
    st.text("abcz", min_size=1),
    st.integers(0, 999),
    st.dictionaries(st.text(min_size=1), st.text(min_size=1)),
)
def test_a_decider_is_read_as_it_was_said(name: str, version: int, mattered: dict[str, str]) -> None:
    said = Provenance(name, version, mattered)
    assert parse(str(said)) == said


@pytest.mark.parametrize("text", ["", "response", "@1", "response@", "response@-1", "response@x"])
def test_what_is_no_decider_is_none(text: str) -> None:
    assert parse(text) is None

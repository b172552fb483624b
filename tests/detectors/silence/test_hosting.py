"""Silence where it is hosted: telemetry batches in, detections out, one state with the baselines."""

from __future__ import annotations

import copy
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import snapshot
from detectors.baseline.block import Block
from detectors.baseline.parameters import DEFAULTS
from detectors.silence.parameters import VERSION
from detectors.silence.places import Places
from detectors.state import State, observe_telemetry
from schemas import telemetry
from schemas.event import Envelope
from streams.what_if.chunk import Partition, Placed
from tests.detectors.fleet import report_batch
from tests.detectors.silence.hosted import (
    DEVICES,
    LEARNED,
    TENANT,
    Rows,
    at,
    data_of,
    elsewhere,
    fed,
    reports,
    told,
)


@pytest.fixture(scope="module")
def learned() -> State:
    state = State()
    assert told(fed(state, reports(DEVICES, range(LEARNED)))) == []
    return state


@pytest.fixture
def state(learned: State) -> State:
    return copy.deepcopy(learned)


def test_a_device_that_stops_is_told_and_so_is_its_return(state: State) -> None:
    since = at(LEARNED - 1 + 0.01 * 3)
    others = [device for device in DEVICES if device != "cam-3"]
    found = fed(state, reports(others, range(LEARNED, LEARNED + 12)))
    assert told(found) == [("silence.silent", "cam-3", "medium")]
    data = data_of(found[0])
    assert (data.since, data.detector, data.version, data.evidence) == (since, "silence", VERSION, ())
    assert data.title == "cam-3 is silent"
    assert data.explanation.startswith("cam-3 has been silent for 1")
    assert data.explanation.endswith("; it was never quiet for longer than 5 min when it was well.")
    assert data.p_value is not None and data.p_value < 1e-3
    assert found[0].cause.startswith("telemetry/0/")
    back = fed(state, reports(DEVICES, range(LEARNED + 12, LEARNED + 13)))
    assert told(back) == [("silence.returned", "cam-3", "low")]
    (evidence,) = data_of(back[0]).evidence
    assert (evidence.time, evidence.summary) == (back[0].time, "cam-3 reports")
    assert data_of(back[0]).since == since
    assert "back after" in data_of(back[0]).title


def test_a_site_that_is_lost_is_one_finding_about_one_of_its_devices(learned: State) -> None:
    state = copy.deepcopy(learned)
    found = [
        one
        for step in range(LEARNED, LEARNED + 12)
        for one in observe_telemetry(state, elsewhere(range(step, step + 1)), "t/0/1")
    ]
    assert told(found) == [("silence.outage", "cam-0", "high")]
    data = data_of(found[0])
    assert data.title == "8 of 8 devices at site berlin fell silent together"
    assert data.explanation.startswith("site berlin: 8 of 8 devices")
    assert data.explanation.endswith("They are cam-0, cam-1, cam-2, cam-3, cam-4 and 3 more.")
    back = fed(state, reports(DEVICES, range(LEARNED + 12, LEARNED + 13)))
    assert told(back) == [("silence.restored", "cam-0", "low")]
    assert data_of(back[0]).evidence[0].summary == "cam-3 reports"


def test_a_history_handed_over_quickly_accuses_nobody() -> None:
    """Two gateways hand over days of backlog one after the other, in pieces, then the fleet is live at two seconds."""
    state, came = State(), at(LEARNED)
    for start in range(0, LEARNED, 8):
        for gateway in (DEVICES[:4], DEVICES[4:]):
            batch = report_batch(TENANT, reports(gateway, range(start, start + 8)))
            place = batch.schema.get_field_index("received_time")
            received = pa.array([came] * len(batch), pa.timestamp("us", "UTC"))
            batch = batch.set_column(place, batch.schema.field(place), received)
            assert told(observe_telemetry(state, batch, "t/0/0")) == []
    live: Rows = [
        (device, came + timedelta(seconds=second), [20.0, 100.0, 3.0])
        for second in range(0, 600, 2)
        for device in DEVICES
    ]
    assert told(fed(state, live)) == []


@given(st.integers(0, 2**20), st.lists(st.integers(1, 60), min_size=1, max_size=4))
@settings(max_examples=8)
def test_findings_and_state_are_the_same_wherever_batches_are_cut(
    learned: State, seed: int, sizes: list[int]
) -> None:
    chance = np.random.default_rng(seed)
    rows = [
        row
        for row in reports(DEVICES, range(LEARNED, LEARNED + 40), seed)
        if row[0] != "cam-5" or row[1] < at(LEARNED + 5) or row[1] > at(LEARNED + 30)
    ]
    # Clocks that run backwards, and a new device.
    rows = [
        (name, when - timedelta(hours=1) if chance.random() < 0.02 else when, values)
        for name, when, values in rows
    ]
    rows[50:50] = reports(["new"], range(LEARNED, LEARNED + 3))
    whole, parts = copy.deepcopy(learned), copy.deepcopy(learned)
    restored = snapshot.decode(snapshot.encode(learned))
    one = fed(whole, rows, len(rows))
    assert [o.id for o in one if data_of(o).detector == "silence"] != []
    many, start = [], 0
    while start < len(rows):
        size = sizes[start % len(sizes)]
        many += fed(parts, rows[start : start + size], size)
        start += size
    assert told(one) == told(many)
    assert {o.id: _numbers(o) for o in one} == {o.id: _numbers(o) for o in many}
    assert fed(restored, rows, len(rows)) == one
    assert snapshot.state_hash(whole) == snapshot.state_hash(restored)
    assert whole.presence.beats.heads.tobytes() == parts.presence.beats.heads.tobytes()


def test_a_what_if_that_joins_batches_finds_what_live_found(learned: State) -> None:
    rows = [
        row
        for row in reports(DEVICES, range(LEARNED, LEARNED + 40))
        if row[0] != "cam-5" or not at(LEARNED + 5) < row[1] < at(LEARNED + 30)
    ]
    batches = [report_batch(TENANT, rows[start : start + 5]) for start in range(0, len(rows), 5)]
    live = copy.deepcopy(learned)
    wanted = [
        found
        for offset, batch in enumerate(batches)
        for found in observe_telemetry(live, batch, f"{telemetry.TOPIC}/0/{offset}")
    ]
    partition = Partition(0, {DEFAULTS: copy.deepcopy(learned)})
    found = [
        each for offset, batch in enumerate(batches) for each in partition.take(Placed(offset, offset, batch))
    ]
    found += partition.settle()
    assert [one.detection for _, one in found] == wanted
    assert [kind for kind, *_ in told(wanted)] == ["silence.silent", "silence.returned"]
    assert snapshot.encode(partition.states[DEFAULTS]) == snapshot.encode(live)


def test_a_flood_of_new_devices_takes_bounded_memory_and_moves_heartbeats_with_their_devices() -> None:
    state = State()
    state.block.most_bytes = 64 * 1024
    for step in range(40):
        flood = [f"new-{step}-{number}" for number in range(20)]
        fed(state, reports([*DEVICES, *flood], range(step, step + 1)), 500)
    beats, block = state.presence.beats, state.block
    assert block.forgotten > 500
    assert beats.used == block.devices <= block.most_devices
    assert len(beats.heads) <= 2 * block.most_devices
    newest = block.heads["last_us"][: block.devices]
    assert (beats.heads["last_us"][: beats.used] == newest).all()
    assert snapshot.state_hash(snapshot.decode(snapshot.encode(state))) == snapshot.state_hash(state)


def test_devices_belong_to_the_site_they_report_from_and_to_none_where_there_is_none() -> None:
    places, block = Places(), Block()
    for cohort in (("a", "cam", "berlin"), ("a", "pump", "berlin"), ("b", "cam", "berlin"), ("a", "cam", "")):
        block.cohort(cohort)
    places.follow(block.cohort_numbers)
    assert places.cohorts.tolist() == [*range(1, len(block.cohort_numbers) + 1), 0]
    assert (
        place_of(places, block, "a", "cam", "berlin") == place_of(places, block, "a", "pump", "berlin") == 1
    )
    assert place_of(places, block, "b", "cam", "berlin") == 2
    assert place_of(places, block, "a", "cam", "") == places.places[-1] == 0
    assert (places.name(2), places.name(0)) == (("b", "berlin"), ("", ""))
    block.cohort(("a", "cam", "oslo"))
    places.follow(block.cohort_numbers)
    assert place_of(places, block, "a", "cam", "oslo") == 3


def place_of(places: Places, block: Block, tenant: str, model: str, site: str) -> int:
    """The place of a cohort's devices."""
    return int(places.places[block.cohort_numbers[tenant, model, site]])


def _numbers(envelope: Envelope) -> object:
    """What a finding of silence says in numbers; those of others name where in its batch they were found."""
    data = data_of(envelope)
    if data.detector != "silence":
        return None
    return data.p_value, data.contributions, data.expectations, data.cohort, data.nearest

"""The baseline as a whole: quiet on healthy devices, quick on odd ones, the same whatever way the rows come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import snapshot
from detectors.baseline import parameters as p
from detectors.baseline.batch import plain
from detectors.baseline.block import Block
from detectors.baseline.detector import observe
from detectors.baseline.name_table import Ints
from detectors.baseline.row import SPIKE, STUCK
from detectors.baseline.scope import scope_of
from detectors.baseline.sentence import number, out_of_range, peers_text, span, split_unit
from detectors.state import State
from infra.simulator import fleet as simulated
from infra.simulator.behaviour import METRICS, Behaviour
from schemas.detection import DetectionRaised, Scope
from schemas.errors import Fatal
from schemas.event import Envelope
from tests.detectors.fleet import START, fleet_batch, moment, report_batch

DEVICES = [f"pump-{number}" for number in range(6)]
LEARNED = 120


def run(block: Block, batches: Iterable[pa.RecordBatch]) -> list[Envelope]:
    return [found for batch in batches for found in observe(block, batch, "telemetry/0/0")]


def learned() -> Block:
    block = Block()
    assert run(block, (fleet_batch("acme", DEVICES, step) for step in range(LEARNED))) == []
    return block


def data_of(envelope: Envelope) -> DetectionRaised:
    assert isinstance(envelope.data, DetectionRaised)
    return envelope.data


def test_a_spike_is_told_once_and_again_after_it_was_over() -> None:
    odd = frozenset(["pump-2"])
    steps = range(LEARNED, LEARNED + 60)
    found = run(
        learned(),
        (
            fleet_batch(
                "acme", DEVICES, step, odd if step < LEARNED + 10 or step > LEARNED + 40 else frozenset()
            )
            for step in steps
        ),
    )
    assert [(one.subject, data_of(one).kind) for one in found] == [("pump-2", "baseline.tx_kbps")] * 2
    assert len({one.id for one in found}) == 2
    first = found[0]
    assert first.time == moment(LEARNED + 2)
    assert data_of(first).since == moment(LEARNED)
    assert data_of(first).severity == "high"
    low, high, actual = data_of(first).low, data_of(first).high, data_of(first).actual
    assert low is not None and high is not None and actual is not None
    assert low < 100 < high < actual
    assert "the 5 peers compared (pump, berlin) are unchanged" in data_of(first).explanation
    assert data_of(first).explanation.startswith("pump-2's tx is ")


def test_what_all_peers_do_is_said_and_less_severe() -> None:
    found = run(
        learned(), (fleet_batch("acme", DEVICES, LEARNED + step, frozenset(DEVICES)) for step in range(4))
    )
    assert {one.subject for one in found} == set(DEVICES)
    assert {data_of(one).severity for one in found} <= {"low", "high"}
    assert data_of(found[-1]).severity == "low"
    assert "5 of the 5 peers compared (pump, berlin) changed as well" in data_of(found[-1]).explanation


def test_findings_of_devices_alike_are_parts_of_one_thing() -> None:
    found = run(
        learned(), (fleet_batch("acme", DEVICES, LEARNED + step, frozenset(DEVICES[:4])) for step in range(4))
    )
    told = Scope(
        key="baseline.tx_kbps up pump, berlin", members=1, what="devices (pump, berlin): tx is above usual"
    )
    assert {one.subject: data_of(one).scope for one in found} == dict.fromkeys(DEVICES[:4], told)


def test_up_is_another_thing_than_down_and_who_says_nothing_of_itself_is_alone() -> None:
    up, down = (scope_of(SPIKE, "baseline.a", "is odd", ("pump", ""), up=up) for up in (True, False))
    assert up and down and (up.key, down.key) == ("baseline.a up pump", "baseline.a down pump")
    stuck = scope_of(STUCK, "baseline.stuck.a", "is stuck", ("", "berlin"), up=True)
    assert stuck and stuck.key == "baseline.stuck.a berlin"
    assert scope_of(SPIKE, "baseline.a", "is odd", ("", ""), up=True) is None


def test_a_sensor_that_wears_out_within_a_minute_is_found_once() -> None:
    block, random = Block(), np.random.default_rng(3)
    history = [[20 + 0.3 * random.standard_normal(), None, None] for _ in range(600)]
    drift = [
        [20 + 0.2 * step + (0.3 + 0.02 * step) * random.standard_normal(), None, None] for step in range(30)
    ]
    rows = [("t-1", START + timedelta(minutes=5 * n), values) for n, values in enumerate(history)]
    end = rows[-1][1]
    rows += [("t-1", end + timedelta(seconds=2 * (n + 1)), values) for n, values in enumerate(drift)]
    found = run(block, (report_batch("acme", [row]) for row in rows))
    assert [data_of(one).kind for one in found] == ["baseline.temperature_c"]
    assert "above usual" in data_of(found[0]).title


def test_how_often_a_device_starts_is_told_in_words_and_has_no_range() -> None:
    rows = [("d", START + timedelta(minutes=5 * n), [20.0, None, 3.0]) for n in range(600)]
    end = rows[-1][1]
    rows += [("d", end + timedelta(seconds=20 * n), [20.0, None, 3.0 + n]) for n in range(1, 12)]
    (found,) = run(Block(), (report_batch("acme", [row]) for row in rows))
    told = data_of(found)
    assert told.kind == "baseline.restarts"
    assert (told.metric, told.actual, told.low, told.high) == (None, None, None, None)
    (expected,) = told.expectations
    assert (expected.what, expected.expected) == ("starts in the last hour", "fewer than 4")
    assert expected.seen.removeprefix("about ").isdigit()
    assert (
        f"has started {expected.seen} times in the last hour; fewer than 4 are expected." in told.explanation
    )
    assert told.since == found.time
    assert told.score is not None
    assert told.evidence[0].summary == "it started again"


def test_counters_have_no_baseline_and_missing_values_do_no_harm() -> None:
    block = Block()
    rows = [
        ("d", moment(n), [None if n % 3 else 20.0 + n % 5, float("nan"), float(5 + n // 150)])
        for n in range(300)
    ]
    assert run(block, [report_batch("acme", rows)]) == []
    assert list(block.metric_columns) == ["temperature_c", "tx_kbps"]
    counts = [block.numbers("acme", "d", metric) for metric in block.metric_columns]
    assert [one["count"] for one in counts if one] == [100, 0]


def test_late_and_repeated_rows_are_counted_and_learned_by_nobody() -> None:
    block = learned()
    before = block.used_cells().copy()
    again = [fleet_batch("acme", DEVICES, step, frozenset(DEVICES)) for step in (LEARNED - 1, 5)]
    assert run(block, again) == []
    assert block.late == 2 * len(DEVICES)
    assert block.scored == LEARNED * len(DEVICES)
    assert (block.used_cells() == before).all()


@given(st.randoms(use_true_random=False), st.integers(1, 40))
@settings(max_examples=15)
def test_how_rows_are_cut_into_batches_does_not_matter(random: object, cut: int) -> None:
    rows = [
        (f"d{n % 4}", moment(n), [20.0 + (n * 7) % 3, 100.0 if n < 280 else 1e5, 1.0]) for n in range(320)
    ]
    whole, pieces = Block(), Block()
    one = run(whole, [report_batch("acme", rows)])  # type: ignore[arg-type]
    mixed = [list(rows[at : at + cut]) for at in range(0, len(rows), cut)]
    for batch in mixed:
        random.shuffle(batch)  # type: ignore[attr-defined]
    many = run(pieces, (report_batch("acme", batch) for batch in mixed))  # type: ignore[arg-type]
    assert {e.id for e in one} == {e.id for e in many}
    assert len(one) == 4
    for tenant, device in whole.names.all():
        for metric in whole.metric_columns:
            assert whole.numbers(tenant, device, metric) == pieces.numbers(tenant, device, metric) is not None


def test_restoring_a_snapshot_goes_on_as_if_nothing_had_happened() -> None:
    state = State()
    run(state.block, (fleet_batch("acme", DEVICES, step) for step in range(LEARNED)))
    restored = snapshot.decode(snapshot.encode(state))
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)
    rest = [
        fleet_batch("acme", [*DEVICES, "new"], LEARNED + step, frozenset(["pump-1"])) for step in range(9)
    ]
    assert run(state.block, rest) == run(restored.block, rest) != []
    assert snapshot.state_hash(restored) == snapshot.state_hash(state)


@pytest.mark.parametrize("cut", [3, 8, 40, -1])
def test_a_damaged_snapshot_is_refused(cut: int) -> None:
    state = State()
    run(state.block, [fleet_batch("acme", DEVICES, 0)])
    with pytest.raises(Fatal, match="snapshot cannot be read"):
        snapshot.decode(snapshot.encode(state)[:cut])


def test_an_infinite_value_is_passed_over_and_counted() -> None:
    block = learned()
    rows: list[tuple[str, datetime, list[float | None]]] = [
        ("pump-1", moment(LEARNED + step), [wrong, 100.0, 1.0])
        for step, wrong in enumerate([float("inf"), float("-inf"), 1e300, float("nan"), None])
    ]
    before = block.numbers("acme", "pump-1", "temperature_c")
    assert run(block, [report_batch("acme", rows)]) == []
    assert block.infinite == 3
    assert block.numbers("acme", "pump-1", "temperature_c") == before
    seen = block.numbers("acme", "pump-1", "tx_kbps")
    assert seen is not None and seen["count"] == LEARNED + 5


def test_a_healthy_simulated_fleet_is_left_alone() -> None:
    """Two days of history at five minutes, then a quarter of an hour live at two seconds: rhythm, noise, sleep, loss; 300 devices."""
    fleet = simulated.make(11)
    behaviour = Behaviour(fleet)
    now = datetime(2026, 3, 3, 9, tzinfo=UTC).timestamp()
    block = Block()
    slots = slots_of(block, [device.name for device in fleet.devices])
    metrics = [metric for metric in METRICS if not p.is_counter(metric)]
    places = np.array([METRICS.index(metric) for metric in metrics])
    columns = np.array([block.column(metric) for metric in metrics])
    moments = [now - 300 * back for back in range(576, 0, -1)] + [now + 2 * step for step in range(450)]
    found = 0
    for time_s in moments:
        sends = behaviour.sends(time_s)
        values = behaviour.at(time_s, now)[places][:, sends].astype(np.float32)
        times = np.full(int(sends.sum()), round(time_s * 1e6), np.int64)
        found += len(block.score(np.arange(len(times)), plain(slots[sends], times, values), columns))
    assert block.scored > 250_000
    assert found == 0


def slots_of(block: Block, names: list[str]) -> Ints:
    """The slots of these devices, all of one tenant."""
    offsets = np.cumsum([0, *(len(name.encode()) for name in names)], dtype=np.int32)
    data = np.frombuffer("".join(names).encode(), np.uint8)
    return block.slots(np.zeros(len(names), np.int64), np.arange(len(names), dtype=np.int32), offsets, data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234.5, "1,230"),
        (0.012345, "0.0123"),
        (99.99, "100"),
        (-5.0, "-5"),
        (12.0, "12"),
        (1e20, "1e+20"),
    ],
)
def test_numbers_have_at_most_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_units_come_from_the_metrics_name() -> None:
    assert split_unit("tx_kbps") == ("tx", " kbit/s")
    assert split_unit("temperature_c") == ("temperature", " °C")
    assert split_unit("voltage") == ("voltage", "")
    assert [span(5), span(600), span(86400)] == ["5 s", "10 min", "24 h"]


def test_peers_are_those_compared_with_which_may_not_be_all_there_are() -> None:
    assert peers_text(0, 0, "pump", "berlin") == "no peer reported lately to compare with"
    assert peers_text(1, 0, "pump", "berlin") == "the 1 peer compared (pump, berlin) is unchanged"
    assert peers_text(5, 2, "pump", "") == "2 of the 5 peers compared (pump) changed as well"


def test_a_value_that_was_found_at_once_has_not_been_odd_for_no_time() -> None:
    assert out_of_range(0.0) == "has just left its range"
    assert out_of_range(90.0) == "has been out of its range for 90 s"

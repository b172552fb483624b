"""Joined batches leave the very state they leave one by one, to the byte: whoever is new, moves, is updated, or reports late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from detectors import snapshot
from detectors.joining import MOST_BATCHES, MOST_ROWS, SMALL_ROWS, fits, gathered, joined
from detectors.state import State, observe_telemetry
from schemas import telemetry
from tests.detectors.fleet import fleet_batch, moment, report_batch

TENANT = "acme"


def told(batch: pa.RecordBatch, column: str, texts: Sequence[str]) -> pa.RecordBatch:
    """The batch, with other texts in one column."""
    place = batch.schema.get_field_index(column)
    return batch.set_column(place, batch.schema.field(place), pa.array(texts).dictionary_encode())


def trickle(seed: int, steps: int, *, late: float) -> list[pa.RecordBatch]:
    """Batches of a few reports: devices' clocks differ, some join, are updated or move on the way, a share comes late or twice."""
    chance, made = np.random.default_rng(seed), []
    for step in range(steps):
        there = 6 + min(step, 300) // 150
        rows: list[tuple[str, datetime, list[float | None]]] = []
        for number in chance.choice(there, chance.integers(there // 2, there), replace=False):
            at = moment(step) - timedelta(seconds=40 * int(number) + 90 * bool(chance.random() < late))
            value = 100.0 * (100 if step % 97 > 90 and number == 2 else 1) + chance.normal()
            rows.append((f"d{number}", at, [20 + chance.normal(), value, None if number == 3 else 3.0]))
        names = [name for name, _, _ in rows]
        batch = report_batch(TENANT, rows)
        batch = told(batch, "firmware", ["2.0" if step > 200 and name > "d3" else "1.0" for name in names])
        made.append(
            told(batch, "site", ["bonn" if step > 300 and name == "d1" else "berlin" for name in names])
        )
    return [telemetry.decode(telemetry.encode(one)[1]) for one in made]


@pytest.mark.parametrize("late", [0.0, 0.02])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_state_is_the_same_to_the_byte(seed: int, late: float) -> None:
    batches = trickle(seed, 900, late=late)
    single, together, joints = State(), State(), 0
    for batch in batches:
        observe_telemetry(single, batch, "")
    for group in gathered(batches):
        one = joined(together, group)
        joints += one is not None
        for batch, parts in [one] if one else [(each, ()) for each in group]:
            observe_telemetry(together, batch, "", parts)
    assert joints > 3
    assert snapshot.encode(together) == snapshot.encode(single)


def test_neighbours_are_gathered_in_order_until_they_are_enough() -> None:
    small = [fleet_batch(TENANT, ["d1", "d2"], step) for step in range(MOST_BATCHES + 3)]
    large = fleet_batch(TENANT, [f"d{number}" for number in range(SMALL_ROWS + 1)], 0)
    groups = list(gathered([*small, large, large, *small[:1]]))
    assert [len(group) for group in groups] == [MOST_BATCHES, 3, 1, 1, 1]
    assert [one for group in groups for one in group] == [*small, large, large, *small[:1]]
    assert not fits([small[0]], small[0].drop_columns(["metric.tx_kbps"]))
    assert not fits(
        [fleet_batch(TENANT, [f"d{n}" for n in range(SMALL_ROWS)], 0)] * (MOST_ROWS // SMALL_ROWS), small[0]
    )


def known(steps: int = 3) -> State:
    """A state that knows two devices."""
    state = State()
    for step in range(steps):
        observe_telemetry(state, fleet_batch(TENANT, ["d1", "d2"], step), "")
    return state


def test_whoever_is_known_is_joined_whatever_the_order() -> None:
    one, two = (fleet_batch(TENANT, ["d1", "d2"], step) for step in (7, 8))
    assert joined(known(), [one, two]) is not None
    assert joined(known(), [two, one, one]) is not None
    assert joined(known(), [one]) is None


@pytest.mark.parametrize(
    ("column", "text"), [("device", "d3"), ("model", "fan"), ("site", "bonn"), ("firmware", "2")]
)
def test_who_is_new_or_elsewhere_is_not_joined(column: str, text: str) -> None:
    one, two = (fleet_batch(TENANT, ["d1", "d2"], step) for step in (7, 8))
    assert joined(known(), [one, told(two, column, ["d1" if column == "device" else text, text])]) is None


def test_a_report_without_a_time_is_not_joined() -> None:
    one, two = (fleet_batch(TENANT, ["d1", "d2"], step) for step in (7, 8))
    place = two.schema.get_field_index("event_time")
    timeless = two.set_column(place, "event_time", pa.array([None, None], two.schema.field(place).type))
    assert joined(known(), [one, timeless]) is None

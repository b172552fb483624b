"""What days teach: the range of the past days, a drift out of it, a lifted day, and that starts and new firmware are expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detectors.baseline.batch import Batch, plain
from detectors.baseline.block import Block
from detectors.baseline.row import DRIFT, FIELDS, LANES, RESTARTS, SPIKE, TIDE
from tests.detectors.baseline.test_properties import device_slots

DAY_S, EVERY_S = 86_400, 600
START_S = 1_767_225_600
DEVICES = 6


class Fleet:
    """Some devices of one cohort with a daily rhythm, reporting every ten minutes."""

    def __init__(self, devices: int = DEVICES) -> None:
        self.block = Block()
        self.block.names.tenant("")
        self.block.column("temperature_c")
        self.slots = device_slots(self.block, np.arange(devices))
        number = self.block.cohort(("", "pump", "berlin"))
        self.block.heads["cohort"][:devices] = number
        self.block.cohorts.members[number + 1] = devices
        self.random = np.random.default_rng(9)
        self.step = 0

    def live(
        self, days: float, *, change: Any = None, boots: Any = None, firmware: int = 1
    ) -> list[tuple[int, int, float]]:
        """Go on for so many days; `change(values, day)` alters them, `boots(step)` says how often device 0 started. Returns the findings
        (device, kind, day since this call)."""
        found = []
        for step in range(int(days * DAY_S / EVERY_S)):
            time_s = START_S + self.step * EVERY_S
            rhythm = 3 * np.sin(2 * np.pi * (time_s % DAY_S) / DAY_S)
            values = 40 + rhythm + 0.3 * self.random.standard_normal(len(self.slots))
            day = step * EVERY_S / DAY_S
            if change is not None:
                change(values, day)
            counts = np.full(len(self.slots), 5.0, np.float32)
            counts[0] += boots(step) if boots else 0
            batch = Batch(
                self.slots,
                np.full(len(self.slots), time_s * 1_000_000),
                values[None].astype(np.float32),
                counts,
                np.full(len(self.slots), np.nan, np.float32),
                np.full(len(self.slots), firmware, np.int32),
            )
            for one in self.block.score(np.arange(len(self.slots)), batch, np.zeros(1, np.int64)):
                found.append((int(one["row"]), int(one["kind"]), day))
                assert 0 < one["p_value"] <= 1
            self.step += 1
        return found


def grown(days: float = 12) -> Fleet:
    """A fleet that has been healthy for so long, without a finding."""
    fleet = Fleet()
    assert fleet.live(days) == []
    return fleet


def test_a_sensor_that_drifts_away_in_a_day_is_found_as_a_drift() -> None:
    def change(values: Any, day: float) -> None:
        values[2] += 8 * min(day, 1.0)

    found = grown().live(2, change=change)
    assert {device for device, _, _ in found} == {2}
    assert DRIFT in {kind for _, kind, _ in found}
    assert found[0][2] < 1.5


def test_who_goes_up_by_a_little_every_day_is_found_before_it_has_doubled() -> None:
    def change(values: Any, day: float) -> None:
        values[1] += 0.8 * day

    found = grown().live(14, change=change)
    assert found and {(device, kind) for device, kind, _ in found} == {(1, DRIFT)}
    assert len(found) < 14


def test_a_step_is_found_with_the_third_report() -> None:
    def change(values: Any, day: float) -> None:
        values[4] += 10

    device, kind, day = grown().live(0.2, change=change)[0]
    assert (device, kind) == (4, SPIKE)
    assert round(day * DAY_S / EVERY_S) == 2


def test_what_comes_with_new_firmware_is_expected_and_without_it_is_not() -> None:
    def change(values: Any, day: float) -> None:
        values += 6

    assert grown().live(3, change=change, firmware=2) == []
    assert grown().live(3, change=change) != []


def test_what_comes_with_a_start_is_expected() -> None:
    def change(values: Any, day: float) -> None:
        values[0] -= 6 if day < 0.02 else 0

    assert grown().live(2, change=change, boots=lambda step: 1) == []
    assert [device for device, _, _ in grown().live(2, change=change)][:1] == [0]


def test_who_starts_again_and_again_is_found() -> None:
    found = grown(1).live(0.2, boots=lambda step: 2 * step)
    assert [(device, kind) for device, kind, _ in found] == [(0, RESTARTS)]


def test_one_start_a_day_is_no_finding() -> None:
    assert grown(1).live(4, boots=lambda step: step * EVERY_S // DAY_S) == []


def test_sleep_over_a_weekend_leaves_no_mark() -> None:
    fleet = grown()
    for _ in range(3):
        fleet.step += 2 * DAY_S // EVERY_S
        assert fleet.live(5) == []


@pytest.mark.parametrize(("hours", "warmer", "number"), [(4, 2.9, 0), (20, 2.2, DEVICES)])
def test_a_day_of_which_a_few_hours_were_lived_is_not_compared_as_a_whole(
    hours: int, warmer: float, number: int
) -> None:
    """A weekend that begins early in the UTC day leaves a day of a few hours: its range is no day's."""
    fleet = grown()
    fleet.live(hours / 24, change=lambda values, day: np.add(values, warmer, out=values))
    fleet.step += (48 - hours) * 3600 // EVERY_S
    assert len(fleet.live(1)) == number


def test_where_a_drift_went_and_was_told_of_is_no_news_when_it_goes_there_again() -> None:
    def change(values: Any, day: float) -> None:
        values[3] += 8 * min(day % 2, 2 - day % 2)

    found = grown().live(8, change=change)
    assert 1 <= len([day for device, kind, day in found if (device, kind) == (3, DRIFT)]) <= 2
    assert found[-1][2] < 4


class Cycles(Fleet):
    """A cohort of which two thirds of the devices swing by day and the others are used up for five days and then charged."""

    def live_cycles(self, days: int) -> list[tuple[int, int]]:
        """The findings of so many days: device and kind."""
        found = []
        count = len(self.slots)
        for _ in range(days * DAY_S // EVERY_S):
            time_s = START_S + self.step * EVERY_S
            swing = 70 + 26 * np.sin(2 * np.pi * (time_s % DAY_S) / DAY_S) + np.zeros(count)
            turn = (time_s / (5 * DAY_S) + np.arange(count) / count) % 1.0
            values = np.where(np.arange(count) % 3 == 0, 95 - 50 * turn, swing)
            values = np.round(values + 0.3 * self.random.standard_normal(count))
            batch = plain(
                self.slots, np.full(count, time_s * 1_000_000), np.ascontiguousarray(values[None], np.float32)
            )
            for one in self.block.score(np.arange(count), batch, np.zeros(1, np.int64)):
                found.append((int(one["row"]), int(one["kind"])))
            self.step += 1
        return found


def test_what_most_of_a_cohort_does_is_not_taken_off_the_others() -> None:
    fleet = Cycles(16)
    fleet.live_cycles(8)
    assert [kind for _, kind in fleet.live_cycles(16) if kind == DRIFT] == []
    assert np.abs(fleet.block.cells.reshape(-1, FIELDS, LANES)[:16, TIDE, 0]).max() == 0


def test_a_movement_of_all_that_takes_weeks_is_taken_off_as_one_of_hours_is() -> None:
    """Devices' own means don't follow it, so none leaves its range however far it goes."""

    def change(values: Any, day: float) -> None:
        values += 6 * np.sin(2 * np.pi * day / 16)

    fleet = Fleet(12)
    fleet.live(3, change=lambda values, day: None)
    found = fleet.live(24, change=change)
    assert [one for one in found if one[1] == DRIFT] == []
    tides = fleet.block.cells.reshape(-1, FIELDS, LANES)[:12, TIDE, 0]
    assert np.ptp(tides) < 1.0

"""The simulated fleet: what it reports is what its parts say, a fault changes what it says and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from infra.simulator.behaviour import DAY_S
from schemas import telemetry
from tests.bench.quality.fleet import fault, population, schedule
from tests.bench.quality.fleet.fault import COHORT, FAULTS, NAMES
from tests.bench.quality.fleet.population import AWAKE, NIGHTS, START, Population
from tests.bench.quality.fleet.recording import ID, START_US, Recording, made_at
from tests.bench.quality.fleet.signal import METRICS

DEVICES, DAYS = 64, 4
Columns = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="module")
def people() -> Population:
    return population.make(3, DEVICES, DAYS)


@pytest.fixture(scope="module")
def records(people: Population) -> list[bytes]:
    return list(Recording(people).records())


@pytest.fixture(scope="module")
def healthy(records: list[bytes]) -> Columns:
    return columns(records)


@pytest.fixture(scope="module")
def plan(people: Population) -> fault.Plan:
    return fault.plan(people)


@pytest.fixture(scope="module")
def spoilt(people: Population, plan: fault.Plan) -> Columns:
    return columns(list(Recording(people, plan).records()))


def columns(records: list[bytes]) -> Columns:
    """Who made each report when in truth, by its clock and in the log, and its metrics, in the order of the log."""
    table = pa.Table.from_batches([telemetry.decode(record) for record in records])
    ids = np.frombuffer(b"".join(table["event_id"].to_pylist()), ID)
    found = {"device": ids["device"].astype(np.int64), "time_s": ids["time_us"].astype(np.float64) / 1e6}
    for name in ("event_time", "received_time"):
        found[name] = (table[name].cast(pa.int64()).to_numpy() - START_US) / 1e6
    return found | {metric: table[telemetry.METRIC_PREFIX + metric].to_numpy() for metric in METRICS}


def of_device(found: Columns, device: int) -> Columns:
    """One device's reports in order of time, each once."""
    mine = np.flatnonzero(found["device"] == device)
    _, once = np.unique(found["time_s"][mine], return_index=True)
    return {name: column[mine[once]] for name, column in found.items()}


def test_the_log_depends_on_the_seed_only(people: Population, records: list[bytes]) -> None:
    assert list(Recording(population.make(3, DEVICES, DAYS)).records()) == records
    assert next(Recording(population.make(4, DEVICES, DAYS)).records()) != records[0]


def test_rows_come_in_order_of_arrival_some_late_some_twice(healthy: Columns) -> None:
    assert (np.diff(healthy["received_time"]) >= 0).all()
    delay = healthy["received_time"] - healthy["event_time"]
    assert (delay > 0).all()
    assert 0.002 < (delay > 60).mean() < 0.012
    rows = len(healthy["device"])
    ids = np.stack([healthy["device"], healthy["time_s"]])
    distinct = np.unique(ids, axis=1).shape[1]
    assert 0.001 < (rows - distinct) / rows < 0.006
    np.testing.assert_allclose(healthy["event_time"], healthy["time_s"], atol=1e-5)


def test_every_report_made_is_in_the_log(people: Population, healthy: Columns) -> None:
    made = [schedule.of_day(people, day) for day in range(DAYS)]
    ids = np.stack([healthy["device"], healthy["time_s"]])
    assert np.unique(ids, axis=1).shape[1] == sum(len(day.device) for day in made)
    for day, times in enumerate(made):
        # A report made just before midnight is a few percent of an interval late and still of its day.
        assert (times.time_s >= day * DAY_S).all()
        assert (times.time_s < (day + 1) * DAY_S + 90).all()
        same = np.diff(times.device) == 0
        assert (np.diff(times.time_s)[same] > 0).all()


def test_devices_report_at_their_interval_and_sleep_as_they_do(people: Population, healthy: Columns) -> None:
    for device in range(0, DEVICES, 7):
        times = of_device(healthy, device)["time_s"]
        assert np.median(np.diff(times)) == pytest.approx(people.interval_s[device], rel=0.1)
        if people.sleep[device] == AWAKE:
            assert np.diff(times).max() < 8 * people.interval_s[device]
    nights = np.flatnonzero(people.sleep == NIGHTS)
    assert len(nights) > 3
    for device in nights.tolist():
        times = of_device(healthy, device)["time_s"]
        hour = (times + people.zone_s[device]) % DAY_S / 3600
        assert ((hour >= 6) & (hour < 22)).all()


def test_values_are_of_their_kind(people: Population, healthy: Columns) -> None:
    for metric in METRICS:
        assert not np.isinf(healthy[metric]).any()
        there = ~np.isnan(healthy[metric])
        assert there.any()
        assert not there.all()
    for metric in ("battery_pct", "signal_dbm", "queue_depth", "boot_count"):
        whole = healthy[metric][~np.isnan(healthy[metric])]
        assert (whole == np.round(whole)).all()
    for device in range(DEVICES):
        mine = of_device(healthy, device)
        for metric in ("boot_count", "errors_total"):
            counted = mine[metric][~np.isnan(mine[metric])]
            assert (np.diff(counted) >= 0).all()
        assert len(np.unique(mine["channels"][~np.isnan(mine["channels"])])) == 1


def test_a_start_begins_uptime_anew(people: Population, healthy: Columns) -> None:
    starts = 0
    for device in range(DEVICES):
        mine = of_device(healthy, device)
        both = ~np.isnan(mine["boot_count"]) & ~np.isnan(mine["uptime_s"])
        began = np.diff(mine["boot_count"][both]) > 0
        assert ((np.diff(mine["uptime_s"][both]) < 0) == began).all()
        starts += int(began.sum())
    inside = (people.boots_s > 0) & (people.boots_s < DAYS * DAY_S)
    assert starts == pytest.approx(inside.sum(), rel=0.2)


def test_the_day_and_new_firmware_move_levels(people: Population, healthy: Columns) -> None:
    device = int(np.flatnonzero((people.sleep == AWAKE) & (people.model == 0) & (people.interval_s < 600))[0])
    mine = of_device(healthy, device)
    hour = (mine["time_s"] + people.zone_s[device]) % DAY_S / 3600
    by_day = np.nanmean(mine["tx_kbps"][(hour > 13) & (hour < 19)])
    assert by_day > 1.3 * np.nanmean(mine["tx_kbps"][(hour > 3) & (hour < 7)])
    for upgraded in np.flatnonzero(people.upgraded_s < 0.7 * DAYS * DAY_S)[:10]:
        mine = of_device(healthy, int(upgraded))
        after = mine["time_s"] > people.upgraded_s[upgraded] + 3600
        before = mine["time_s"] < people.upgraded_s[upgraded]
        moved = np.nanmedian(mine["memory_mb"][after]) / np.nanmedian(mine["memory_mb"][before])
        assert moved == pytest.approx(people.shift[1, upgraded], rel=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_changes_what_it_says_while_it_lasts(
    name: str, plan: fault.Plan, healthy: Columns, spoilt: Columns
) -> None:
    devices = np.flatnonzero(plan.fault == NAMES.index(name))
    assert len(devices) >= 2
    changed: set[str] = set()
    for device in devices.tolist():
        before, after = of_device(healthy, device), of_device(spoilt, device)
        lasts = (before["time_s"] >= plan.begins_s[device]) & (before["time_s"] < plan.ends_s[device])
        assert lasts.any()
        # The edge refuses what is dated hours ahead.
        if name in ("silence", "clock_ahead"):
            before = {one: column[~lasts] for one, column in before.items()}
            lasts = np.zeros(len(before["time_s"]), bool)
        assert before["time_s"].tolist() == after["time_s"].tolist()
        for column in ("event_time", *METRICS):
            equal = (before[column] == after[column]) | (np.isnan(before[column]) & np.isnan(after[column]))
            assert equal[~lasts].all()
            if not equal.all():
                changed.add(column)
    expected = set(FAULTS[name].metrics)
    if name == "clock_behind":
        expected = {"event_time"}
    if name == "reboot_loop":
        expected = {"boot_count", "uptime_s", "memory_mb", "cpu_pct"}
    assert changed == expected


def test_each_device_has_one_fault_at_most_and_only_one_cohort_shifts(
    people: Population, plan: fault.Plan
) -> None:
    shifted = plan.fault == NAMES.index(COHORT)
    assert len(set(people.cohort[shifted].tolist())) == 1
    assert (people.cohort == people.cohort[shifted][0]).sum() == shifted.sum()
    assert len(set(plan.begins_s[shifted].tolist())) == 1
    has = plan.fault >= 0
    assert np.isinf(plan.begins_s[~has]).all()
    assert (plan.ends_s[has] <= DAYS * DAY_S).all()
    assert (plan.begins_s[has] > 0.4 * DAYS * DAY_S).all()
    assert (~has).any()


def test_devices_without_a_fault_are_the_same_in_both(
    plan: fault.Plan, healthy: Columns, spoilt: Columns
) -> None:
    for device in np.flatnonzero(plan.fault < 0)[:20].tolist():
        one, other = of_device(healthy, device), of_device(spoilt, device)
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_an_id_says_who_made_the_report_and_when(records: list[bytes], healthy: Columns) -> None:
    for row, event in enumerate(telemetry.decode(records[0])["event_id"].to_pylist()[:50]):
        assert made_at(event.hex()) == (healthy["device"][row], healthy["time_s"][row])


def test_the_fleet_begins_on_a_monday() -> None:
    assert START.weekday() == 0

"""The signal model: the same for the same seed and time, in range, with a day's rhythm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.simulator.behaviour import DAY_S, LOSS, METRICS, Behaviour
from infra.simulator.condition import Condition
from infra.simulator.fleet import make

FLEET = make(7)
BEHAVIOUR = Behaviour(FLEET)
ORIGIN_S = 1.79e9
TIMES = st.floats(ORIGIN_S - 3 * DAY_S, ORIGIN_S + DAY_S)
ROW = {name: row for row, name in enumerate(METRICS)}


@settings(max_examples=30)
@given(TIMES, TIMES)
def test_a_moment_needs_no_moments_before_it(first_s: float, second_s: float) -> None:
    fresh = Behaviour(make(7))
    BEHAVIOUR.at(first_s, ORIGIN_S)
    np.testing.assert_array_equal(BEHAVIOUR.at(second_s, ORIGIN_S), fresh.at(second_s, ORIGIN_S))
    np.testing.assert_array_equal(BEHAVIOUR.sends(second_s), fresh.sends(second_s))


@settings(max_examples=50)
@given(TIMES)
def test_values_stay_in_their_range(time_s: float) -> None:
    values = BEHAVIOUR.at(time_s, ORIGIN_S)
    assert values.shape == (len(METRICS), len(FLEET))
    has_no_battery = np.isnan(values[ROW["battery_pct"]])
    models = np.array([device.model for device in FLEET.devices])
    assert set(models[has_no_battery]) == {"camera", "pump"}
    others = np.delete(values, ROW["battery_pct"], axis=0)
    assert np.isfinite(others).all()
    assert (others >= 0).all()
    for name, most in (("cpu_pct", 100), ("temperature_c", 95), ("battery_pct", 100), ("memory_mb", 512)):
        assert np.nanmax(values[ROW[name]]) <= most


def test_another_seed_is_another_fleet() -> None:
    other = make(8)
    assert other != FLEET
    assert not np.array_equal(Behaviour(other).at(ORIGIN_S, ORIGIN_S), BEHAVIOUR.at(ORIGIN_S, ORIGIN_S))


@pytest.mark.parametrize("metric", ["temperature_c", "cpu_pct", "tx_kbps"])
def test_afternoons_are_higher_than_nights(metric: str) -> None:
    berlin = [device.index for device in FLEET.devices if device.site == "berlin"]
    midnight_s = ORIGIN_S - ORIGIN_S % DAY_S - 3600  # in Berlin's zone
    night, afternoon = (
        np.mean(
            [
                BEHAVIOUR.at(midnight_s + (hour + n / 12) * 3600, ORIGIN_S)[ROW[metric], berlin]
                for n in range(12)
            ]
        )
        for hour in (3.5, 15.5)
    )
    assert afternoon > night * 1.05


def test_sites_sleep_at_different_times() -> None:
    values = np.array([BEHAVIOUR.at(ORIGIN_S + n * 3600, ORIGIN_S)[ROW["cpu_pct"]] for n in range(24)])
    peaks = {
        site: values[:, [device.index for device in FLEET.devices if device.site == site]]
        .mean(axis=1)
        .argmax()
        for site in ("berlin", "osaka", "tucson")
    }
    assert len(set(peaks.values())) == 3


def test_some_reports_get_lost_and_only_sleepers_sleep() -> None:
    sends = np.array([BEHAVIOUR.sends(ORIGIN_S + n) for n in range(2000)])
    awake = np.array([not device.sleeps for device in FLEET.devices])
    assert abs(sends[:, awake].mean() - (1 - LOSS)) < 0.002
    assert (sends[:, ~awake].mean(axis=0) < 0.9).all()
    # A device in a rollout is never quiet for as long as the gate takes for silence.
    reports = sends[::2, awake]
    assert (reports[:-3] | reports[1:-2] | reports[2:-1] | reports[3:]).all()


def test_counters_only_grow() -> None:
    first, later = BEHAVIOUR.at(ORIGIN_S - 600, ORIGIN_S), BEHAVIOUR.at(ORIGIN_S, ORIGIN_S)
    np.testing.assert_array_equal(later[ROW["uptime_s"]] - first[ROW["uptime_s"]], 600)
    np.testing.assert_array_equal(later[ROW["boot_count"]], first[ROW["boot_count"]])


def test_what_befalls_one_device_leaves_the_others_alone() -> None:
    condition = Condition(FLEET, BEHAVIOUR)
    rebooted, taken, worn = FLEET.devices[10], FLEET.devices[20], FLEET.devices[30]
    condition.reboot(rebooted, ORIGIN_S)
    condition.reboot(rebooted, ORIGIN_S + 5)
    condition.exfiltrate(taken)
    condition.drift(worn, ORIGIN_S, 45)
    healthy = BEHAVIOUR.at(ORIGIN_S + 60, ORIGIN_S)
    changed = condition.apply(healthy, ORIGIN_S + 60)
    assert changed[ROW["boot_count"], 10] == healthy[ROW["boot_count"], 10] + 2
    assert changed[ROW["uptime_s"], 10] == 55
    assert changed[ROW["tx_kbps"], 20] == 50 * healthy[ROW["tx_kbps"], 20]
    assert changed[ROW["temperature_c"], 30] > 1.03 * healthy[ROW["temperature_c"], 30]
    same = np.ones_like(healthy, bool)
    for row, index in (("boot_count", 10), ("uptime_s", 10), ("tx_kbps", 20), ("temperature_c", 30)):
        same[ROW[row], index] = False
    np.testing.assert_array_equal(changed[same], healthy[same])


def test_a_failing_sensor_gets_worse_slowly_and_noisier() -> None:
    condition = Condition(FLEET, BEHAVIOUR)
    device = FLEET.role("d")
    condition.drift(device, ORIGIN_S, 45)

    def error(start_s: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        times = ORIGIN_S + start_s + np.arange(0, 10, 0.5)
        healthy = [BEHAVIOUR.at(time_s, ORIGIN_S) for time_s in times]
        changed = [condition.apply(values, time_s) for values, time_s in zip(healthy, times, strict=True)]
        row = ROW["temperature_c"]
        return np.array(
            [c[row, device.index] / h[row, device.index] - 1 for c, h in zip(changed, healthy, strict=True)]
        )

    assert not error(-20).any()
    early, late = error(0), error(60)
    assert 0 < early.mean() < late.mean() / 3
    assert late.std() > 2 * (early - np.linspace(early[0], early[-1], len(early))).std()

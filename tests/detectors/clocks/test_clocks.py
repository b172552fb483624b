"""Which lags are a wrong clock and which are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.clocks.clocks import Clocks
from detectors.clocks.kernel import AHEAD, BEHIND, MOST_MATES, RIGHT
from detectors.clocks.parameters import DEFAULTS
from tests.detectors.clocks.lags import START_US, Reports, backlog, mixed, steady, watched

HOUR_S = 3600.0


def kinds(found: object) -> list[int]:
    return found["kind"].tolist()  # type: ignore[index, no-any-return]


@given(
    st.floats(150, 30 * 86_400) | st.floats(-59, -31.5), st.sampled_from([1.0, 10.0, 60.0]), st.integers(0, 9)
)
def test_a_steady_lag_is_told_once_and_so_is_its_end(lag_s: float, every_s: float, before: int) -> None:
    prompt = steady(0, before, every_s, 0.2)
    wrong = steady(0, 900, every_s, lag_s, before * every_s)
    right = steady(0, 9, every_s, 0.2, (before + 900) * every_s)
    told, over = watched(Clocks(), mixed(prompt, wrong, right))
    assert (told["kind"], over["kind"]) == (BEHIND if lag_s > 0 else AHEAD, RIGHT)
    assert told["lag_us"] / 1e6 == pytest.approx(lag_s, abs=1.1)
    assert told["since_us"] == over["since_us"] == START_US + before * every_s * 1e6
    assert (told["row"] - before) * every_s == pytest.approx(max(DEFAULTS.lasted_s, 3 * every_s), abs=every_s)
    assert over["row"] == before + 900 + DEFAULTS.right_reports - 1


@given(
    st.floats(1, 900),
    st.floats(300, 2 * 86_400),
    st.floats(1.05, 10_000),
    st.integers(0, 2**20),
)
def test_a_backlog_is_no_wrong_clock_however_quickly_it_is_worked_off(
    every_s: float, outage_s: float, pace: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    made_s = np.arange(0.0, outage_s, max(every_s, outage_s / 500))
    made_s += chance.uniform(0, 0.2, len(made_s)) * every_s
    sent = backlog(made_s, outage_s, pace)
    assert len(watched(Clocks(), sent)) == 0
    live = steady(0, 300, every_s, 0.3, outage_s)
    assert len(watched(Clocks(), mixed(sent, live))) == 0
    shuffled = sent._replace(lag_s=sent.came_s[-1] - chance.permutation(made_s))
    at_once = shuffled._replace(came_s=np.full(len(made_s), sent.came_s[-1]))
    assert len(watched(Clocks(), at_once)) == 0


def test_reports_that_are_late_now_and_then_by_the_same_are_not_steady() -> None:
    for prompt_every in (2, 3, 4):
        lag_s = np.where(np.arange(400) % prompt_every == 0, 0.5, 1800.0)
        reports = Reports(np.zeros(400, np.int64), np.arange(400) * 60.0, lag_s)
        assert len(watched(Clocks(), reports)) == 0


def test_lags_that_wander_are_not_steady() -> None:
    lag_s = 1800 + np.random.default_rng(3).uniform(0, 3600, 4000)
    reports = Reports(np.zeros(4000, np.int64), np.arange(4000) * 60.0, lag_s)
    assert len(watched(Clocks(), reports)) == 0


def test_who_sends_each_report_with_the_next_one_is_late_and_not_wrong() -> None:
    assert len(watched(Clocks(), steady(0, 500, 900.0, 900.0))) == 0
    assert kinds(watched(Clocks(), steady(0, 500, 900.0, 2000.0))) == [BEHIND]


def test_late_reports_and_repeated_ones_do_not_hide_a_wrong_clock() -> None:
    wrong = steady(0, 40, 300.0, 3 * HOUR_S)
    lag_s = wrong.lag_s.copy()
    lag_s[[1, 2, 6, 11]] += 600.0
    assert kinds(watched(Clocks(), wrong._replace(lag_s=lag_s))) == [BEHIND]
    # A clock that jumps once more before it was told is found by where it went.
    lag_s = np.where(np.arange(40) < 3, HOUR_S, 3 * HOUR_S)
    (told,) = watched(Clocks(), wrong._replace(lag_s=lag_s))
    assert told["lag_us"] == 3 * HOUR_S * 1e6


def test_a_clock_that_goes_on_changing_is_one_episode() -> None:
    lag_s = 300.0 + np.arange(2000) * 0.2
    drifting = Reports(np.zeros(2000, np.int64), np.arange(2000) * 300.0, lag_s)
    clocks = Clocks()
    assert kinds(watched(clocks, drifting)) == [BEHIND]
    assert clocks.wrong == 1
    flicker = Reports(
        np.zeros(8, np.int64), 1e6 + np.arange(8) * 60.0, np.array([0.1, 0.1, 500.0] * 2 + [0.1, 0.1])
    )
    assert kinds(watched(clocks, flicker)) == []
    assert kinds(watched(clocks, steady(0, 1, 1.0, 0.1, 2e6))) == [RIGHT]
    assert clocks.wrong == 0


@pytest.mark.parametrize(("lag_s", "kind"), [(1800.0, BEHIND), (-45.0, AHEAD)])
def test_where_a_place_is_late_as_a_whole_no_clock_is_wrong(lag_s: float, kind: int) -> None:
    """A slow gateway, or an edge whose own clock is wrong."""
    devices = 20
    places = (1,) * devices + (2,) * devices
    late = mixed(*(steady(one, 60, 60.0, lag_s, one) for one in range(devices)))
    well = mixed(*(steady(one, 60, 60.0, 0.5, one) for one in range(devices, 2 * devices)))
    assert len(watched(Clocks(), mixed(late, well), places)) == 0
    # Without a place nobody can be compared.
    assert len(watched(Clocks(), mixed(late, well))) == devices
    # Three of twenty are three clocks.
    few = mixed(*(steady(one, 60, 60.0, lag_s, one) for one in range(3)))
    rest = mixed(*(steady(one, 60, 60.0, 0.5, one) for one in range(3, 2 * devices)))
    found = watched(Clocks(), mixed(few, rest), places)
    assert kinds(found) == [kind] * 3
    assert (found["mates"] == devices - 1).all()
    assert found["odd"].tolist() == [2, 1, 0]


def test_when_its_place_is_well_again_a_clock_that_is_still_wrong_is_told() -> None:
    late = mixed(*(steady(one, 60, 60.0, 1800.0, one) for one in range(10)))
    after = mixed(
        steady(0, 60, 60.0, 1800.0, 3600), *(steady(one, 60, 60.0, 0.5, 3600 + one) for one in range(1, 10))
    )
    found = watched(Clocks(), mixed(late, after), (1,) * 10)
    assert kinds(found) == [BEHIND]
    assert found[0]["row"] > len(late.device)


def test_no_more_than_so_many_of_a_large_place_are_looked_at() -> None:
    devices = MOST_MATES + 500
    places = (1,) * devices
    everybody = Reports(np.arange(devices), np.zeros(devices), np.full(devices, 0.5))
    (told,) = watched(Clocks(), mixed(everybody, steady(7, 60, 60.0, 900.0, 1.0)), places)
    assert told["mates"] == MOST_MATES


def test_state_moves_with_devices_where_others_are_forgotten() -> None:
    clocks = Clocks()
    watched(clocks, mixed(steady(1, 60, 60.0, 900.0), steady(3, 4, 60.0, 0.5)))
    clocks.keep(np.array([1, 2]))
    assert (clocks.used, clocks.wrong) == (2, 1)
    assert kinds(watched(clocks, steady(0, 3, 60.0, 0.5, 4000.0))) == [RIGHT]
    assert not clocks.heads.view(np.uint8).any()

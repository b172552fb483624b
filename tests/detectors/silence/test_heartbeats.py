"""Silence as a whole: nobody who is well is silent, the dead are found soon, and what has one cause is one finding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from detectors.silence import snapshot
from detectors.silence.finding import Finding, sentence, span
from detectors.silence.gap import Gap
from detectors.silence.heartbeats import Heartbeats
from detectors.silence.outage import tail
from detectors.silence.parameters import GAP, VERSION
from detectors.silence.reasons import Why
from schemas.detection import Cohort, Nearest
from schemas.errors import Fatal, Rejected
from tests.detectors.silence.fleets import DAY_S, KINDS, MONDAY_US, PERIODS_S, SECOND_US, Fleet, Ints

# How many of its periods a dead device is silent before it is told, at most, during hours in which its kind is awake.
MOST_PERIODS = {"fast": 8.0, "lossy": 16.0, "bursts": 10.0, "random": 65.0}
MINUTE_US = 60 * SECOND_US
NEAREST = Nearest(metric=GAP, value=78.0, distance=20.0)
LEARNED = 3000


def run(beats: Heartbeats, fleet: Fleet) -> list[Finding]:
    return [found for slots, times in fleet.batches() for found in beats.observe(slots, times)]


def kinds(found: Sequence[Finding]) -> list[tuple[str, int]]:
    return [(one.kind, one.slot) for one in found]


@pytest.mark.parametrize("grouped", [True, False])
def test_a_healthy_fleet_of_all_kinds_is_never_silent(grouped: bool) -> None:
    fleet = Fleet(days=15, each=2, grouped=grouped)
    assert kinds(run(fleet.enrolled(), fleet)) == []


def test_a_dead_device_of_each_kind_is_told_once_and_soon() -> None:
    fleet = Fleet(days=15, each=2, seed=2)
    last = {number * 2: fleet.kill(number * 2, 11.45) for number in range(len(KINDS))}
    found = run(fleet.enrolled(), fleet)
    assert sorted(kinds(found)) == [("silent", slot) for slot in last]
    for one in found:
        kind = fleet.kinds[one.slot]
        delay_s = (one.time_us - MONDAY_US) / SECOND_US - last[one.slot]
        assert PERIODS_S[kind] < delay_s <= MOST_PERIODS.get(kind, 5.0) * PERIODS_S[kind], kind
        assert one.since_us == MONDAY_US + int(last[one.slot] * SECOND_US)
        assert one.why is not None and one.why.gap.p_value < 3e-4 < one.why.gap.usual_s


def minutes(first: int, last: int, slots: Sequence[int], devices: int = 300) -> tuple[Ints, Ints]:
    """Reports of some devices, one a minute each, at its own second."""
    random = np.random.default_rng([first, last])
    times = np.arange(first, last)[:, None] * MINUTE_US + np.asarray(slots) * (MINUTE_US // devices)
    times = MONDAY_US + times + random.integers(0, 3 * SECOND_US, times.shape)
    order = np.argsort(times.ravel(), kind="stable")
    return np.broadcast_to(slots, times.shape).ravel()[order], times.ravel()[order]


def gateways(*sizes: int) -> tuple[Heartbeats, list[range]]:
    """Devices behind gateways, after two days of a report a minute."""
    beats, count = Heartbeats(), sum(sizes)
    places = np.repeat(np.arange(len(sizes)) + 1, sizes)
    beats.enrol(np.arange(count), np.ones(count), places)
    assert beats.observe(*minutes(0, LEARNED, range(count))) == []
    ends = np.cumsum([0, *sizes])
    return beats, [range(start, stop) for start, stop in pairwise(ends.tolist())]


def test_a_gateway_that_is_lost_is_one_finding_and_so_is_its_return() -> None:
    beats, (lost, well) = gateways(200, 40)
    found = beats.observe(*minutes(LEARNED, LEARNED + 60, well))
    assert kinds(found) == [("outage", lost[0])]
    assert found[0].members == tuple(lost)
    assert (found[0].place, found[0].number, found[0].of) == (1, 200, 200)
    assert found[0].why is not None and found[0].why.gap.p_value < 1e-100
    assert abs(found[0].since_us - (MONDAY_US + LEARNED * MINUTE_US)) < MINUTE_US
    assert found[0].time_us - found[0].since_us < 4 * MINUTE_US
    assert beats.silent == 200
    back = beats.observe(*minutes(LEARNED + 60, LEARNED + 80, [*lost, *well]))
    assert [(one.kind, one.place, one.number, one.of) for one in back] == [("restored", 1, 100, 200)]
    assert beats.silent == 0


def test_who_does_not_come_back_with_its_gateway_is_silent_by_itself() -> None:
    beats, (lost, well) = gateways(30, 10)
    beats.observe(*minutes(LEARNED, LEARNED + 60, well))
    back = beats.observe(*minutes(LEARNED + 60, LEARNED + 140, [*lost[1:], *well]))
    assert kinds(back) == [("restored", 0), ("silent", 0)]
    assert back[1].since_us < MONDAY_US + LEARNED * MINUTE_US
    again = beats.observe(*minutes(LEARNED + 140, LEARNED + 150, [*lost, *well]))
    assert kinds(again) == [("returned", 0)]


def test_part_of_a_site_is_a_group_and_few_devices_are_not() -> None:
    beats, (site, well) = gateways(200, 40)
    part = set(site[:30])
    found = beats.observe(*minutes(LEARNED, LEARNED + 30, [*sorted(set(site) - part), *well]))
    assert kinds(found) == [("outage", 0)]
    assert set(found[0].members) == part
    # While part of it is out the rest may fail too: a finding more, not 170.
    rest = beats.observe(*minutes(LEARNED + 30, LEARNED + 60, well))
    assert [(one.kind, one.slot, one.number) for one in rest] == [("outage", 0, 170)]
    beats, (site, well) = gateways(200, 40)
    found = beats.observe(*minutes(LEARNED, LEARNED + 30, [*site[2:], *well]))
    assert sorted(kinds(found)) == [("silent", 0), ("silent", 1)]


def test_a_flood_of_devices_that_return_one_by_one_after_hours_raises_nothing() -> None:
    beats, (lost, well) = gateways(100, 10)
    beats.observe(*minutes(LEARNED, LEARNED + 600, well))
    found = []
    for minute in range(100):
        start = LEARNED + 600 + minute
        found += beats.observe(*minutes(start, start + 1, [*lost[: minute + 1], *well]))
    assert kinds(found) == [("restored", 0)]
    assert beats.silent == 0


def test_reports_that_come_late_take_a_silence_back() -> None:
    beats, (some, well) = gateways(3, 40)
    rest = [*some[1:], *well]
    found = beats.observe(*minutes(LEARNED, LEARNED + 10, rest))
    assert kinds(found) == [("silent", 0)]
    # The missing reports, with the times at which they were made: up to the last of them the device may still be silent now.
    late = beats.observe(*minutes(LEARNED, LEARNED + 10, [0]))
    assert kinds(late) == [("filled", 0)]
    assert beats.silent == 0
    assert beats.observe(*minutes(LEARNED + 10, LEARNED + 60, [0, *rest])) == []


def beside(live: range, history: range, first: int, until: int) -> tuple[Heartbeats, list[Finding]]:
    """Devices heard live, and from `LEARNED` on the past of others from minute `first` to `until`, ten minutes of it a minute."""
    beats, found = Heartbeats(), list[Finding]()
    every = range(min(live.start, history.start), max(live.stop, history.stop))
    beats.enrol(every, np.ones(len(every)), np.ones(len(every)))
    beats.observe(*minutes(0, LEARNED, live))
    for minute, start in enumerate(range(first, until, 10), LEARNED):
        found += beats.observe(*minutes(minute, minute + 1, live))
        slots, times = minutes(start, min(start + 10, until), history)
        found += beats.observe(slots, times, np.maximum(times, beats.now_us))
    return beats, found


def test_a_past_told_beside_live_devices_accuses_nobody() -> None:
    live, history = range(40), range(40, 60)
    beats, found = beside(live, history, 0, 2000)
    assert kinds(found) == []
    # It ends days ago: who was never heard of in time is not missed, and is not missing where the site is lost.
    assert kinds(beats.observe(*minutes(LEARNED + 200, LEARNED + 260, live[1:]))) == [("silent", 0)]
    lost = beats.observe(*minutes(LEARNED + 260, LEARNED + 320, live[:5]))
    assert [(one.kind, one.number, one.of) for one in lost if one.kind == "outage"] == [("outage", 35, 40)]


def test_a_past_that_is_caught_up_with_is_watched_from_then_on() -> None:
    live, history = range(40), range(40, 60)
    beats, found = beside(live, history, 0, LEARNED + 330)
    assert kinds(found) == []
    assert beats.observe(*minutes(LEARNED + 330, LEARNED + 350, range(60))) == []
    rest = [slot for slot in range(60) if slot != 47]
    assert kinds(beats.observe(*minutes(LEARNED + 350, LEARNED + 370, rest))) == [("silent", 47)]


def test_late_reports_that_do_not_reach_to_now_move_the_start_of_the_silence() -> None:
    beats, (some, well) = gateways(3, 40)
    rest = [*some[1:], *well]
    beats.observe(*minutes(LEARNED, LEARNED + 60, rest))
    assert beats.observe(*minutes(LEARNED, LEARNED + 10, [0])) == []
    assert beats.silent == 1
    back = beats.observe(*minutes(LEARNED + 60, LEARNED + 61, [0, *rest]))
    assert kinds(back) == [("returned", 0)]
    assert abs(back[0].since_us - (MONDAY_US + (LEARNED + 9) * MINUTE_US)) < MINUTE_US


def test_a_gateway_that_stores_and_forwards_was_not_out() -> None:
    beats, (lost, well) = gateways(30, 10)
    assert kinds(beats.observe(*minutes(LEARNED, LEARNED + 10, well))) == [("outage", 0)]
    late = beats.observe(*minutes(LEARNED, LEARNED + 10, lost))
    assert kinds(late) == [("refilled", 0)]


def test_a_new_device_is_watched_from_its_first_reports_on_what_its_cohort_knows() -> None:
    beats, (old, _) = gateways(40, 10)
    # A whole week, and the longest sleep after it.
    everybody, week = range(50), (7 + 3) * 24 * 60 + 60
    beats.observe(*minutes(LEARNED, week, everybody))
    beats.enrol([50], [1], [1])
    beats.observe(*minutes(week, week + 5, [*everybody, 50]))
    found = beats.observe(*minutes(week + 5, week + 60, everybody))
    assert kinds(found) == [("silent", 50)]
    assert found[0].time_us - found[0].since_us < 15 * MINUTE_US
    assert len(old) == 40


def test_who_sleeps_over_a_new_fleets_first_weekend_is_not_told_silent_on_its_monday() -> None:
    """The site is west of Greenwich: its Monday begins at five in the morning, when all hours have been lived through by those awake."""
    beats, day, west = Heartbeats(), 24 * 60, 5 * 60
    awake, sleepers = range(40), range(40, 44)
    beats.enrol(np.arange(44), np.ones(44), np.ones(44))
    beats.observe(*minutes(0, west, awake))
    beats.observe(*minutes(west, 5 * day + west, range(44)))
    assert beats.observe(*minutes(5 * day + west, 7 * day + west, awake)) == []
    assert beats.observe(*minutes(7 * day + west, 7 * day + west + 60, range(44))) == []
    assert {place for place in (*awake, *sleepers) if beats.heads["status"][place] & 64} == set()


def test_a_device_that_is_alone_and_new_is_not_told_silent_in_hours_it_never_lived() -> None:
    beats = Heartbeats()
    beats.enrol([0, 1], [0, 0], [0, 0])
    beats.observe(*minutes(0, 300, [0, 1]))
    assert beats.observe(*minutes(300, 24 * 60, [1])) == []
    # At the same time of the next day, when the other hours are known to be followed by nothing, at the latest after three days.
    found = beats.observe(*minutes(24 * 60, 4 * 24 * 60, [1]))
    assert kinds(found) == [("silent", 0)]


def test_a_device_that_reports_more_seldom_now_is_told_a_few_times_and_then_understood() -> None:
    beats, (some, well) = gateways(3, 40)
    rest = [*some[1:], *well]
    found = []
    for hour in range(40):
        start = LEARNED + hour * 30
        found += beats.observe(*minutes(start, start + 1, [0, *rest]))
        found += beats.observe(*minutes(start + 1, start + 30, rest))
    told = [one for one in found if one.kind == "silent"]
    assert 1 <= len(told) <= 12
    assert {one.slot for one in found} == {0}
    assert told[-1].time_us < MONDAY_US + (LEARNED + 25 * 30) * MINUTE_US


def test_places_and_slots_are_checked() -> None:
    beats = Heartbeats()
    with pytest.raises(Rejected, match="slots"):
        beats.observe([0], [1])
    with pytest.raises(Rejected, match="places"):
        beats.enrol([0], [0], [70_000])
    with pytest.raises(Rejected, match="cohorts"):
        beats.enrol([0], [-1], [0])
    beats.enrol([0], [0], [0])
    with pytest.raises(Rejected, match="times_us"):
        beats.observe([0], [])
    assert beats.observe([0, 0], [-5, 0]) == []
    assert beats.late == 2


def test_who_is_kept_moves_together() -> None:
    beats, (some, well) = gateways(3, 40)
    beats.observe(*minutes(LEARNED, LEARNED + 10, [*some[1:], *well]))
    before = beats.heads[[0, 5]].copy()
    beats.keep(np.array([0, 5]))
    assert (beats.used, beats.silent) == (2, 1)
    assert (beats.heads[:2] == before).all()
    found = beats.observe(*minutes(LEARNED + 10, LEARNED + 20, [0]))
    assert kinds(found) == [("returned", 0), ("silent", 1)]


def test_an_outage_goes_on_with_those_of_its_devices_that_are_kept() -> None:
    beats, (_, well) = gateways(20, 10)
    beats.observe(*minutes(LEARNED, LEARNED + 10, well))
    # Half of the lost are forgotten, and with device 0 the one that stands for the outage.
    beats.keep(np.arange(10, 30))
    back = beats.observe(*minutes(LEARNED + 10, LEARNED + 20, range(20)))
    assert [(one.kind, one.slot, one.number, one.of) for one in back] == [("restored", -1, 5, 10)]
    beats, (_, well) = gateways(20, 10)
    beats.observe(*minutes(LEARNED, LEARNED + 10, well))
    beats.keep(np.asarray(well))
    assert not beats.places["is_out"].any()
    assert beats.observe(*minutes(LEARNED + 10, LEARNED + 20, range(len(well)))) == []


def test_a_backlog_moves_no_clock_and_nobody_is_silent_while_nothing_is_heard_of_anybody() -> None:
    beats, (first, second) = gateways(20, 20)
    # Two gateways hand over what they kept for three hours, one after the other, then all go on.
    came_us = MONDAY_US + (LEARNED + 180) * MINUTE_US
    for part in (first, second):
        slots, times = minutes(LEARNED, LEARNED + 180, part)
        assert beats.observe(slots, times, np.full(len(times), came_us)) == []
    assert beats.observe(*minutes(LEARNED + 180, LEARNED + 200, range(40))) == []
    # Then nothing at all comes for an hour, and all but one are back.
    found = beats.observe(*minutes(LEARNED + 260, LEARNED + 270, range(1, 40)))
    assert kinds(found) == [("silent", 0)]


def test_a_clock_that_is_ahead_makes_nobody_else_silent() -> None:
    beats, (some, well) = gateways(3, 40)
    slots, times = minutes(LEARNED, LEARNED + 20, [*some, *well])
    ahead = np.where(slots == 1, times + 180 * MINUTE_US, times)
    assert beats.observe(slots, ahead, times) == []


def test_a_snapshot_that_is_cut_or_of_another_version_is_refused() -> None:
    beats, _ = gateways(3, 4)
    data = snapshot.encode(beats)
    other = data.replace(b'"version":%d' % VERSION, b'"version":9')
    for broken in (data[:-1], data + b"x", b"VXX1" + data[4:], other):
        with pytest.raises(Fatal, match="snapshot of silence"):
            snapshot.decode(broken)


def test_a_binomial_tail_is_the_sum_of_its_chances() -> None:
    assert tail(0, 10, 0.02) == 1.0
    assert tail(1, 1, 0.02) == pytest.approx(0.02)
    assert tail(2, 3, 0.5) == pytest.approx(0.5)
    assert tail(3, 3, 0.02) == pytest.approx(8e-6)
    assert tail(100_000, 100_000, 0.02) == 0.0


def test_what_is_said_names_who_how_long_and_what_is_usual() -> None:
    why = Why(Gap(300.0, 62.0, 78.0, 150.0, 0.1, 1e-9), Cohort(peers=0, changed=0), NEAREST, -1, 1, 1, 0.0)
    silent = Finding("silent", 3, 1, 300 * SECOND_US, 0, why=why)
    assert sentence(silent, "cam-7") == (
        "cam-7 has been silent for 5 min; it was never quiet for longer than 78 s when it was well."
    )
    outage = Finding("outage", -1, 1, 300 * SECOND_US, 0, 200, 1210)
    assert sentence(outage, "gw-1") == (
        "gw-1: 200 of 1,210 devices that should have reported fell silent together, 5 min ago."
    )
    for kind in ("returned", "filled", "restored", "refilled"):
        assert sentence(outage._replace(kind=kind), "gw-1").startswith("gw-1 ")
    assert [span(one) for one in (40, 600, 10_000, 3 * DAY_S)] == ["40 s", "10 min", "3 h", "3 days"]

"""What the cohort models find in made-up cohorts: one device, a pattern, all of them; and what somebody who floods or drifts can't do."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from detectors import conformal
from detectors.cohorts import row
from detectors.cohorts.arrays import Fleet
from detectors.cohorts.cohorts import Cohorts
from detectors.cohorts.parameters import DEFAULTS, KNOWN_REPORTS
from detectors.cohorts.row import DIVERGED, OUTLIER, PATTERN, SHIFT
from detectors.cohorts.unseen import is_rare
from tests.detectors.cohorts.fleets import DAY_S, Floats, Reports, made, part, watched

KINDS = (OUTLIER, PATTERN, SHIFT, DIVERGED)


def found_kinds(found: np.ndarray) -> dict[int, int]:
    return {kind: int((found["kind"] == kind).sum()) for kind in KINDS if (found["kind"] == kind).any()}


def test_a_healthy_cohort_is_quiet() -> None:
    found, scores = watched(Cohorts(), made(days=20, seed=3))
    assert len(found) == 0
    assert (scores[:, 1] > 0).mean() > 0.9


def test_a_device_that_leaves_its_place_among_its_peers_is_found_once() -> None:
    reports = made(days=8)
    odd = (reports.device == 7) & (reports.time_s > 6 * DAY_S)
    reports.values[odd, 2] += 12
    found, _ = watched(Cohorts(), reports)
    assert found_kinds(found) == {OUTLIER: 1}
    one = found[0]
    assert (reports.device[one["row"]], one["metric"]) == (7, 2)
    assert reports.time_s[one["row"]] - 6 * DAY_S < 2 * 3600
    assert one["z"] > one["bound"] > 0
    assert one["p_value"] < 0.01
    assert one["peers"] == pytest.approx(20, abs=2)
    assert one["outside"] == 1


def leaning(by: float, day: float, devices: int = 8) -> Reports:
    """A small cohort of which one device goes off on that day by a little more than any did before."""
    reports = made(devices=devices, days=day + 1)
    odd = (reports.device == 5) & (reports.time_s > day * DAY_S)
    reports.values[odd, 2] += by
    return reports


def test_who_is_off_by_as_much_is_found_once_more_is_known_of_the_cohort() -> None:
    """Few have done little for few days: what is off a little then is not told yet, what is off far is."""
    assert found_kinds(watched(Cohorts(), leaning(7.0, 5))[0]) == {}
    assert found_kinds(watched(Cohorts(), leaning(7.0, 30))[0]) == {OUTLIER: 1}
    (far,) = watched(Cohorts(), leaning(14.0, 5))[0]
    assert (far["kind"], far["metric"]) == (OUTLIER, 2)
    assert far["z"] > far["bound"]


def test_who_has_just_started_is_given_more_room_in_a_cohort_that_is_hardly_known() -> None:
    reports = leaning(10.0, 5)
    running = np.full(len(reports.device), 1e6, np.float32)
    assert found_kinds(watched(Cohorts(), reports, uptimes_s=running)[0]) == {OUTLIER: 1}
    started = running.copy()
    started[reports.device == 5] = 600
    assert found_kinds(watched(Cohorts(), reports, uptimes_s=started)[0]) == {}


def test_where_a_third_is_left_behind_none_of_it_stands_out() -> None:
    """Two thirds start anew in a maintenance window; the centre goes with them, and the others are above it."""
    reports = made(devices=24, days=20)
    moved = (reports.device % 3 > 0) & (reports.time_s > 18 * DAY_S)
    reports.values[moved, 2] -= 8
    assert found_kinds(watched(Cohorts(), reports)[0]) == {}
    blind = Cohorts(DEFAULTS._replace(near_share=1e9))
    assert found_kinds(watched(blind, reports)[0])[OUTLIER] == 3
    alone = made(devices=24, days=20)
    alone.values[(alone.device == 3) & (alone.time_s > 18 * DAY_S), 2] += 8
    assert found_kinds(watched(Cohorts(), alone)[0]) == {OUTLIER: 1}


def test_when_all_of_a_cohort_moves_that_is_one_finding_and_none_on_a_device() -> None:
    reports = made(days=12)
    reports.values[reports.time_s > 10 * DAY_S, 2] += 40
    found, _ = watched(Cohorts(), reports)
    assert found_kinds(found) == {SHIFT: 1}
    assert found[0]["metric"] == 2
    assert reports.time_s[found[0]["row"]] - 10 * DAY_S < 2 * 3600


@pytest.mark.parametrize("passed", [0.5, 1.5])
def test_a_shift_soon_after_new_firmware_is_told_by_what_was_known_before(passed: float) -> None:
    """How far its devices move together is known from the old firmware; where they are, after a day, and until then nothing is told."""
    reports = made(days=14)
    new, late = reports.time_s > 10 * DAY_S, reports.time_s > (10 + passed) * DAY_S
    reports.values[new] += 25
    reports.values[late, 2] += 40
    cohorts = Cohorts()
    assert len(watched(cohorts, part(reports, ~new))[0]) == 0
    found, _ = watched(cohorts, part(reports, new), "2")
    assert found_kinds(found) == ({SHIFT: 1} if passed > 1 else {})


def test_who_stands_apart_from_the_first_day_on_is_given_its_place_before_anybody_is_told_of() -> None:
    reports = made(days=8)
    apart = (reports.device == 7) & (reports.time_s > 0.6 * DAY_S)
    reports.values[apart, 2] += 20
    assert found_kinds(watched(Cohorts(), reports)[0]) == {}


def young(jumps: dict[int, float], devices: int = 40) -> list[int]:
    """Who is told of in the first two days of a tenant's only devices, of which some jump on these days."""
    reports = made(devices=devices, days=2)
    for device, day in jumps.items():
        reports.values[(reports.device == device) & (reports.time_s > day * DAY_S), 2] += 60
    found, _ = watched(Cohorts(), reports)
    assert set(found_kinds(found)) <= {OUTLIER}
    return [int(reports.device[one]) for one in found["row"]]


@pytest.mark.parametrize("devices", [10, 40])
def test_on_a_cohorts_second_day_who_is_further_away_than_anybody_ever_was_is_told_of_once(
    devices: int,
) -> None:
    assert young({7: 1.3}, devices) == [7]


def test_what_others_did_on_the_first_day_too_is_not_told_of_on_the_second() -> None:
    assert young({1: 0.3, 2: 0.4, 3: 0.45, 7: 1.3}) == []
    assert young({1: 0.3, 7: 1.3}, devices=10) == []


@pytest.mark.parametrize(("tenant", "rare"), [(1, False), (2, True)])
def test_what_another_tenants_devices_did_counts_for_nothing(tenant: int, rare: bool) -> None:
    """Forty devices of two cohorts: all of the second were as far away as one of the first is now."""
    cohorts, two_days_us = Cohorts(), 2 * 86_400_000_000
    homes = [cohorts.number((0, "1"), 1), cohorts.number((1, "1"), tenant)]
    cohorts.reserve(40, 2, 1)
    lines = cohorts.members.reshape(-1, 2, row.MEMBER_FIELDS, row.LANES)
    cohorts.member_heads["cohort"][:40] = np.repeat(homes, 20)
    cohorts.member_heads["reports"][:40] = 100
    lines[:40, 0, row.UNITS] = 100
    lines[20:40, 0, row.TOP] = lines[0, 0, row.SMOOTH] = 6
    arrays = (cohorts.members, cohorts.member_heads, cohorts.cells, cohorts.cohort_heads)
    fleet = Fleet(*arrays, cohorts.kept, cohorts.levels)
    known = DEFAULTS._replace(unseen_p=0.1)
    assert is_rare(fleet, homes[0], 0, 0, 2, two_days_us, known) == rare


@pytest.mark.parametrize("upgraded", [14, 10.9])
def test_one_that_joins_a_known_cohort_far_from_its_peers_has_its_place_there(upgraded: float) -> None:
    """Also where all of that has just got new firmware."""
    reports = made(devices=31, days=16)
    reports = part(reports, (reports.device < 30) | (reports.time_s > 11 * DAY_S))
    reports.values[reports.device == 30, 2] += 30
    cohorts, new = Cohorts(), reports.time_s > upgraded * DAY_S
    for firmware, which in (("1", ~new), ("2", new)):
        assert OUTLIER not in found_kinds(watched(cohorts, part(reports, which), firmware)[0])


def test_metrics_that_no_longer_go_together_are_a_pattern_where_each_alone_is_usual() -> None:
    reports = made(days=14)
    odd = (reports.device == 3) & (reports.time_s > 12 * DAY_S)
    level = reports.values[odd].mean(axis=0)
    reports.values[odd, 1] = 2 * level[1] - reports.values[odd, 1]
    reports.values[odd, 1] += 20 * np.sin(2 * np.pi * reports.time_s[odd] / DAY_S)
    found, _ = watched(Cohorts(), reports)
    assert found_kinds(found) == {PATTERN: 1}
    one = found[0]
    assert reports.device[one["row"]] == 3
    assert {int(one["first"]), int(one["second"])} <= {0, 1, 2, 3}


def test_a_new_device_is_judged_by_its_cohort_after_fifty_reports() -> None:
    late = made(devices=21, days=7)
    late = part(late, (late.device < 20) | (late.time_s > 5 * DAY_S))
    places = np.flatnonzero(late.device == 20)
    late.values[places[KNOWN_REPORTS:], 3] += 60
    found, _ = watched(Cohorts(), late)
    own = found[late.device[found["row"]] == 20]
    assert [int(one["metric"]) for one in own] == [3]
    assert int(np.searchsorted(places, own["row"][0])) < KNOWN_REPORTS + 15


def test_who_drifts_slowly_is_found_though_all_is_learned() -> None:
    reports = made(days=24)
    slow = reports.device == 5
    reports.values[slow, 2] += np.maximum(reports.time_s[slow] - 8 * DAY_S, 0) / DAY_S * 1.5
    found, _ = watched(Cohorts(), reports)
    kinds = [(int(one["kind"]), int(reports.device[one["row"]]), int(one["metric"])) for one in found]
    assert (OUTLIER, 5, 2) in kinds
    assert {device for _, device, _ in kinds} == {5}
    assert reports.time_s[found["row"][0]] < 14 * DAY_S


def test_a_cohort_that_slowly_learns_what_is_not_normal_leaves_its_reference() -> None:
    reports = made(days=30)
    growing = 1 + np.maximum(reports.time_s - 12 * DAY_S, 0) / DAY_S * 0.5
    chance = np.random.default_rng(9).normal(0, 1, len(reports.device))
    # Ever more of the third metric's noise goes along with the fourth, in all devices alike: no single one stands out.
    reports.values[:, 3] += (growing - 1) * chance
    reports.values[:, 2] += (growing - 1) * chance
    found, _ = watched(Cohorts(), reports)
    assert (found["kind"] == DIVERGED).sum() >= 1
    assert (found["kind"] == OUTLIER).sum() == 0


def flooded(seed: int) -> tuple[Reports, np.ndarray]:
    """A cohort of which every third device is taken over in turn, so that 27% of reports are anomalies."""
    reports = made(devices=30, days=10, seed=seed)
    late = reports.time_s > 6 * DAY_S
    bad = late & (reports.device % 3 == 0) & (np.random.default_rng(seed).random(len(late)) < 0.8)
    count = int(bad.sum())
    assert bad[late].mean() == pytest.approx(0.27, abs=0.01)
    reports.values[bad] += np.random.default_rng(seed + 1).normal(4, 4, (count, 4)) * [1, -1, 1, 1]
    return reports, bad


def auc(scores: Floats, bad: np.ndarray) -> float:
    ranks = np.argsort(np.argsort(scores, kind="stable"), kind="stable") + 1.0
    number = int(bad.sum())
    return float((ranks[bad].sum() - number * (number + 1) / 2) / (number * (len(bad) - number)))


def told_apart(reports: Reports, bad: np.ndarray, *, learns: bool) -> float:
    """How well reports of a flood are told from others by T2 and Q; without `learns` models stay as they were before it, and only where the
    cohort is at the moment is measured."""
    cohorts, scores = Cohorts(), np.zeros(len(bad))
    calm = reports.time_s <= 6 * DAY_S
    watched(cohorts, part(reports, calm))
    model, members, cells = copy.deepcopy((cohorts.model, cohorts.members, cohorts.cells))
    for some in np.array_split(np.flatnonzero(~calm), 1 if learns else 400):
        _, told = watched(cohorts, part(reports, some))
        scores[some] = told[:, 1].astype(np.float64) + told[:, 2]
        if not learns:
            cohorts.model = copy.deepcopy(model)
            put_back(cohorts.cells, cells, row.COHORT_FIELDS, keep=(row.CENTRE, row.OUTSIDE))
            put_back(cohorts.members, members, row.MEMBER_FIELDS, keep=(row.SMOOTH, row.RUN, row.RUN_AGE))
    return auc(scores[~calm], bad[~calm])


def put_back(array: np.ndarray, before: np.ndarray, fields: int, keep: tuple[int, ...]) -> None:
    now, then = (one.reshape(-1, fields, row.LANES) for one in (array, before))
    for field in set(range(fields)) - set(keep):
        now[:, field] = then[:, field]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_flood_that_is_learned_from_costs_next_to_nothing(seed: int) -> None:
    reports, bad = flooded(seed)
    learned = told_apart(reports, bad, learns=True)
    frozen = told_apart(reports, bad, learns=False)
    assert frozen > 0.95
    assert learned >= frozen - 0.005


def test_who_reports_a_hundred_times_as_often_moves_the_cohort_no_further() -> None:
    honest = made(devices=10, days=6)
    loud = made(devices=1, days=0.5, every_s=6.0, seed=8)
    loud = Reports(loud.device + 10, loud.time_s + 5.5 * DAY_S, loud.values + 30)
    both = Reports(*(np.concatenate([one, other]) for one, other in zip(honest, loud, strict=True)))
    both = part(both, np.argsort(both.time_s, kind="stable"))
    alone, together = Cohorts(), Cohorts()
    watched(alone, honest)
    watched(together, both)
    moved = together.cells[row.CENTRE, :4] - alone.cells[row.CENTRE, :4]
    assert np.abs(moved).max() < 3


def test_a_model_is_rolled_back_by_replay_of_the_log_up_to_then() -> None:
    reports, _ = flooded(3)
    half = reports.time_s <= 6 * DAY_S
    kept = Cohorts()
    watched(kept, part(reports, half))
    poisoned = Cohorts()
    watched(poisoned, reports)
    again = Cohorts()
    watched(again, part(reports, half))
    for one, other in zip(kept.used(), again.used(), strict=True):
        assert one.tobytes() == other.tobytes()
    assert any(
        one.tobytes() != other.tobytes() for one, other in zip(kept.used(), poisoned.used(), strict=True)
    )


def test_an_upgraded_device_keeps_its_place_and_a_new_firmware_starts_from_the_old_one() -> None:
    cohorts, reports = Cohorts(), made(days=6)
    watched(cohorts, part(reports, reports.time_s <= 5 * DAY_S))
    place = cohorts.members[row.PLACE, :4].copy()
    covariance = cohorts.model[0][: len(cohorts.model[0]) // len(cohorts.cohort_heads)].copy()
    rest = part(reports, reports.time_s > 5 * DAY_S)
    cohorts.number((0, "2"))
    share = len(cohorts.model[0]) // len(cohorts.cohort_heads)
    assert (cohorts.model[0][share : 2 * share] == covariance).all()
    rest.values[:] += 25
    found, _ = watched(cohorts, rest, "2")
    assert len(found) == 0
    assert (cohorts.member_heads["cohort"][:20] == 1).all()
    assert np.abs(cohorts.members[row.PLACE, :4] - place).max() < 3
    centre = cohorts.cells.reshape(-1, 2, row.COHORT_FIELDS, row.LANES)[:, 0, row.CENTRE, 2]
    assert centre[1] - centre[0] == pytest.approx(25, abs=12)


def test_forgotten_devices_leave_their_cohort() -> None:
    cohorts, reports = Cohorts(), made(days=6)
    reports.values[(reports.device == 7) & (reports.time_s > 5 * DAY_S), 2] += 30
    watched(cohorts, reports)
    assert cohorts.cells[row.OUTSIDE, 2] == 1
    rows = cohorts.members.reshape(len(cohorts.member_heads), -1)[[0, 8, 9]].copy()
    cohorts.keep(np.array([0, 8, 9]))
    assert cohorts.devices == 3
    assert (cohorts.members.reshape(len(cohorts.member_heads), -1)[:3] == rows).all()
    assert cohorts.cells[row.OUTSIDE, 2] == 0
    assert cohorts.member_heads["reports"][3:].max() == 0


def test_p_values_of_healthy_reports_err_on_the_safe_side_while_the_cohort_still_settles() -> None:
    cohorts, reports = Cohorts(), made(days=24, seed=4)
    early = reports.time_s <= 16 * DAY_S
    watched(cohorts, part(reports, early))
    kept = cohorts.kept[0].copy()
    _, scores = watched(cohorts, part(reports, ~early))
    p = np.array([conformal.p_value(kept, score) for score in scores[:, 0].tolist()])
    for level in (0.02, 0.1, 0.3):
        assert level / 10 < float((p <= level).mean()) < 1.2 * level

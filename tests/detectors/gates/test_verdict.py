from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.gates.comparison import compare
from detectors.gates.standing import EPOCH, Group, Standing
from detectors.gates.verdict import judge
from schemas.rollout import Arm, ArmCounts, GatePolicy

POLICY = GatePolicy()
NOW_S = 1000


def groups(arm: Arm, counts: ArmCounts) -> list[Group]:
    """Groups that count as these counts at NOW_S."""
    like = Group(
        arm=arm, crossed=False, rebooted=False, soaked=False, partition=0, last_s=NOW_S - 1, devices=0
    )
    states: dict[str, dict[str, Any]] = {
        "healthy": {"soaked": True},
        "rebooted": {"rebooted": True},
        "silent": {"last_s": NOW_S - 100},
        "pending": {},
    }
    return [
        msgspec.structs.replace(like, devices=getattr(counts, state), **changes)
        for state, changes in states.items()
    ]


def arm(healthy: int = 0, rebooted: int = 0, silent: int = 0, pending: int = 0) -> ArmCounts:
    return ArmCounts(
        assigned=healthy + rebooted + silent + pending,
        healthy=healthy,
        rebooted=rebooted,
        silent=silent,
        pending=pending,
    )


def standing(treatment: ArmCounts, control: ArmCounts, policy: GatePolicy = POLICY) -> Standing:
    now = EPOCH + timedelta(seconds=NOW_S)
    return Standing(
        policies=(policy,),
        groups=(*groups("treatment", treatment), *groups("control", control)),
        newest=now,
        reached={0: now},
        partitions=1,
        announced=(treatment.assigned, control.assigned),
        frontier={"telemetry": {"0": 7}},
    )


def verdict(treatment: ArmCounts, control: ArmCounts, policy: GatePolicy = POLICY) -> tuple[str, str]:
    judged = judge("r", 1, standing(treatment, control, policy))
    assert (judged.treatment, judged.control) == (treatment, control)
    assert judged.explanation.startswith(f"{judged.outcome}: ")
    return judged.outcome, judged.explanation


def test_a_healthy_stage_of_75_an_arm_is_promoted() -> None:
    assert verdict(arm(75), arm(75)) == (
        "PROMOTE",
        "PROMOTE: 0 of 75 treated devices failed, 0 of 75 controls; the difference is between -6.84 and 6.84 points, "
        "so a 15-point rise is excluded",
    )
    assert verdict(arm(74, 1), arm(74, 0, 1))[0] == "PROMOTE"


def test_a_stage_with_30_percent_failing_is_rolled_back() -> None:
    outcome, explanation = verdict(arm(53, 17, 5), arm(74, 0, 1))
    assert outcome == "ROLLBACK"
    assert "22 of 75 treated devices failed (17 rebooted, 5 silent), 1 of 75 controls" in explanation


def test_devices_broken_at_once_are_rolled_back_before_anybody_has_soaked() -> None:
    outcome, explanation = verdict(arm(0, 12, 0, 63), arm(pending=75))
    assert outcome == "ROLLBACK"
    assert "12 of the first 12 devices to fail are treated ones" in explanation


def test_pending_devices_hold_and_the_sentence_says_how_many_are_needed() -> None:
    outcome, explanation = verdict(arm(12, pending=63), arm(20, pending=55))
    assert outcome == "HOLD"
    assert (
        explanation
        == "HOLD: 12 of about 28 devices an arm needed to exclude a 15-point rise; 118 without an outcome yet"
    )


def test_a_stage_too_small_for_its_margin_says_so() -> None:
    outcome, explanation = verdict(arm(25), arm(25))
    assert outcome == "HOLD"
    assert "the stage has only 25 an arm, so it can't show that" in explanation


def test_enough_devices_without_a_clear_answer_say_so() -> None:
    outcome, explanation = verdict(arm(65, 10), arm(72, 3))
    assert outcome == "HOLD"
    assert "neither excludes a 15-point rise nor shows harm" in explanation


def test_harm_within_the_margin_is_accepted_by_the_policy() -> None:
    outcome, explanation = verdict(arm(4700, 300), arm(4950, 50))
    assert outcome == "PROMOTE"
    assert "worse but within what the policy accepts" in explanation


@settings(max_examples=50)
@given(st.integers(0, 75))
def test_silent_devices_never_promote(silent: int) -> None:
    outcome, _ = verdict(arm(75 - silent, silent=silent), arm(75))
    assert silent < 12 or outcome != "PROMOTE"


@settings(max_examples=50)
@given(st.integers(0, 40), st.integers(0, 40))
def test_a_promoted_stage_stays_promoted_when_all_pending_devices_turn_out_bad(
    pending: int, failed: int
) -> None:
    if verdict(arm(100 - failed, failed, pending=pending), arm(140))[0] == "PROMOTE":
        assert verdict(arm(100 - failed, failed + pending), arm(140))[0] == "PROMOTE"


@settings(max_examples=50)
@given(st.integers(0, 75), st.integers(0, 75))
def test_one_more_healthy_instead_of_failed_never_worsens_the_verdict(failed: int, others: int) -> None:
    order = ["ROLLBACK", "HOLD", "PROMOTE"]
    control = arm(75 - others // 3, others // 3)
    worse = verdict(arm(75 - failed, failed), control)[0]
    better = verdict(arm(76 - failed, max(failed - 1, 0)), control)[0] if failed else worse
    if "INVALID" not in (worse, better):
        assert order.index(better) >= order.index(worse)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 300), min_size=8, max_size=8))
def test_it_judges_any_counts_and_always_the_same(numbers: list[int]) -> None:
    there = standing(arm(*numbers[:4]), arm(*numbers[4:]))
    first, again = judge("r", 1, there), judge("r", 1, there)
    assert first == again
    assert -1 <= first.low <= first.high <= 1


def test_a_stage_still_being_assigned_is_held() -> None:
    there = msgspec.structs.replace(standing(arm(30), arm(30)), announced=None)
    assert judge("r", 1, there).explanation == "HOLD: the stage is being assigned, 60 devices so far"


def test_assignments_still_to_come_are_waited_for() -> None:
    there = msgspec.structs.replace(standing(arm(75), arm(70)), announced=(75, 75))
    assert judge("r", 1, there).explanation == "HOLD: waiting for the assignment of 5 of 150 devices"


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (standing(arm(10), arm(75)), "at least 20 an arm"),
        (msgspec.structs.replace(standing(arm(75), arm(75)), announced=(60, 75)), "no longer a random split"),
        (standing(arm(75), arm(30, 5, 40)), "45 of 75 control devices failed themselves"),
        (standing(arm(75), arm(silent=75)), "75 of 75 control devices failed themselves"),
        (
            msgspec.structs.replace(standing(arm(75), arm(75)), policies=(POLICY, GatePolicy(margin=0.2))),
            "policy changed",
        ),
        (standing(arm(75), arm(75), GatePolicy(margin=0.0)), "margin must be between 0 and 1"),
        (standing(arm(75), arm(75), GatePolicy(alpha=1.0)), "alpha must be between 0 and 1"),
        (standing(arm(75), arm(75), GatePolicy(silence_s=float("nan"))), "silence_s must be positive"),
        (standing(arm(75), arm(75), GatePolicy(max_reboots=-1)), "max_reboots must not be negative"),
    ],
)
def test_what_cannot_be_compared_is_invalid_and_says_why(there: Standing, reason: str) -> None:
    judged = judge("r", 1, there)
    assert judged.outcome == "INVALID"
    assert reason in judged.explanation


def test_devices_in_both_arms_make_it_invalid() -> None:
    crossed = Group(
        arm="control", crossed=True, rebooted=False, soaked=True, partition=0, last_s=NOW_S - 1, devices=1
    )
    there = standing(arm(75), arm(75))
    judged = judge("r", 1, msgspec.structs.replace(there, groups=(*there.groups, crossed)))
    assert (judged.outcome, judged.explanation) == (
        "INVALID",
        "INVALID: 1 device in both arms; a device may be in one arm of a stage only",
    )


def revealed(chance: random.Random, rates: tuple[float, float], devices: int) -> list[tuple[int, bool]]:
    """(arm, failed) of each device in the order it is known: failures show early, health only after the soak."""
    drawn = [(side, chance.random() < rates[side]) for side in (0, 1) for _ in range(devices)]
    return sorted(drawn, key=lambda device: chance.random() if device[1] else 0.5 + chance.random())


def ever(
    outcome: str, rates: tuple[float, float], runs: int, devices: int = 75, look_every: int = 10
) -> float:
    """In which share of simulated stages this outcome comes up at least once while one keeps looking; rates are control, treatment."""
    chance, hits = random.Random(3), 0
    for _ in range(runs):
        failed, healthy = [0, 0], [0, 0]
        for known, (side, bad) in enumerate(revealed(chance, rates, devices), 1):
            (failed if bad else healthy)[side] += 1
            if known % look_every == 0:
                arms = [arm(healthy[i], failed[i], 0, devices - healthy[i] - failed[i]) for i in (1, 0)]
                test = compare(arms[0], arms[1], POLICY)
                found = (
                    "PROMOTE"
                    if test.high < POLICY.margin
                    else "ROLLBACK"
                    if test.low > 0 or test.early
                    else "HOLD"
                )
                if found == outcome:
                    hits += 1
                    break
    return hits / runs


def test_no_harm_is_rarely_rolled_back_however_often_one_looks() -> None:
    assert ever("ROLLBACK", (0.1, 0.1), 60) <= POLICY.alpha


def test_harm_of_the_margin_is_rarely_promoted_however_often_one_looks() -> None:
    assert ever("PROMOTE", (0.02, 0.02 + POLICY.margin), 60) <= POLICY.alpha


def test_the_stage_of_the_demo_is_decided_nearly_always() -> None:
    assert ever("PROMOTE", (0.01, 0.01), 60, look_every=150) >= 0.9
    assert ever("ROLLBACK", (0.01, 0.3), 60, look_every=150) >= 0.9

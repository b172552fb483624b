"""Feedback through triage: what is set aside is told, bounded, and judged anew; the state stays a fold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.feedback.bounds import EXPECTED_FOR, LEAST_JUDGED, MOST_TIMES, SHOWN_EVERY
from detectors.triage.decider import Triage
from schemas.action import AlertAcknowledge
from schemas.alert import AlertClosed, AlertOpened, AlertSetAside, AlertUpdated, Verdict
from schemas.errors import Rejected
from tests.detectors.feedback.story import START, TX, Told, envelope, finding

FALSE: list[tuple[Verdict, float]] = [("false_positive", 8.5)] * 14
DAY = 24 * 60


def taught(count: int = 14) -> Told:
    told = Told()
    told.judged(FALSE[:count])
    return told


def test_after_false_verdicts_a_weak_finding_is_set_aside_with_its_reason() -> None:
    aside = taught().take(finding("weak", DAY, 9.0))
    assert isinstance(aside, AlertSetAside)
    assert (aside.reason, aside.detection, aside.title) == ("below_bar", "weak", "title weak")
    assert (aside.weighed.false, aside.weighed.judged) == (14, 14)
    assert 8.5 < aside.weighed.strength < aside.weighed.bar <= MOST_TIMES * 8.5
    assert aside.weighed.until is not None
    assert aside.weighed.until > START + timedelta(days=29)


@given(st.integers(0, 60), st.floats(2.01, 1e6))
@settings(max_examples=30)
def test_no_number_of_false_verdicts_silences_a_stronger_finding(count: int, times: float) -> None:
    told = Told()
    told.judged(FALSE[:1] * count)
    opened = told.take(finding("strong", 4000, 8.5 * times))
    assert isinstance(opened, AlertOpened)


@pytest.mark.parametrize(
    "more",
    [
        {"severity": "critical"},
        {"kind": "rule.account_takeover", "score": None},
        {"kind": "rule.credential_cloned"},
    ],
)
def test_what_is_critical_or_cuts_credentials_off_is_never_set_aside(more: dict[str, Any]) -> None:
    told = Told()
    for n in range(20):
        opened = told.take(finding(f"f{n}", 60 * n, **{"score": 8.5, **more}))
        assert isinstance(opened, AlertOpened)
        closed = told.judge(opened.alert, "benign_positive" if n % 2 else "false_positive", 60 * n + 1)
        assert not closed.proposed
        assert not closed.taught
        assert opened.risk == told.outputs[0].data.risk  # type: ignore[attr-defined]


def test_few_verdicts_and_benign_or_unknown_ones_raise_no_bar() -> None:
    told = Told()
    others: list[tuple[Verdict, float]] = [("unknown", 8.5), ("benign_positive", 8.5)]
    told.judged(others * 10)
    told.judged(FALSE[: LEAST_JUDGED - 1], start=2000)
    assert isinstance(told.take(finding("weak", 4000, 8.0)), AlertOpened)


def test_a_set_aside_finding_judged_true_opens_the_next_one_at_once() -> None:
    told = taught()
    aside = told.take(finding("weak", DAY, 9.0))
    with pytest.raises(Rejected, match="give a verdict instead"):
        told.take(envelope("take", "cam-1", DAY, AlertAcknowledge(actor="ana", alert=aside.alert)))
    assert told.judge(aside.alert, "true_positive", DAY + 1).taught
    assert isinstance(told.take(finding("next", DAY + 60, 9.0)), AlertOpened)
    with pytest.raises(Rejected, match="a verdict is final"):
        told.judge(aside.alert, "false_positive", DAY + 90)


def test_findings_close_together_are_set_aside_as_one_and_an_open_alert_takes_everything() -> None:
    told = taught()
    first, second = (told.take(finding(f"weak-{n}", DAY + n, 9.0)) for n in range(2))
    assert (second.alert, second.detections) == (first.alert, 2)
    opened = told.take(finding("rule", DAY + 5, None, kind="rule.account_takeover", severity="critical"))
    updated = told.take(finding("weak-3", DAY + 6, 9.0))
    assert isinstance(updated, AlertUpdated)
    assert updated.alert == opened.alert != first.alert


def test_a_bar_lets_every_tenth_through_so_that_it_can_be_judged() -> None:
    told = taught()
    taken = [told.take(finding(f"weak-{n}", DAY + 60 * n, 9.0)) for n in range(2 * SHOWN_EVERY)]
    opened = [n for n, one in enumerate(taken) if isinstance(one, AlertOpened)]
    assert opened == [SHOWN_EVERY - 1, 2 * SHOWN_EVERY - 1]


def test_the_bar_is_of_one_direction_one_kind_and_one_tenant() -> None:
    told = taught()
    assert isinstance(told.take(finding("below", DAY, -9.0)), AlertOpened)
    other = told.take(finding("other", DAY + 60, 9.0, kind="baseline.rx_kbps"))
    assert isinstance(other, AlertOpened)
    stranger = msgspec.structs.replace(finding("stranger", DAY + 120, 9.0), tenant="globex")
    assert isinstance(told.take(stranger), AlertOpened)


def test_another_device_of_the_tenant_learns_with_it() -> None:
    told = taught()
    aside = told.take(finding("peer", DAY, 9.0, device="cam-2"))
    assert isinstance(aside, AlertSetAside)
    assert 1.5 < aside.weighed.times < 1.7


def test_verdicts_move_the_risk_either_way_but_never_past_a_severity() -> None:
    told, true = taught(), Told()
    true.judged([("true_positive", 8.5) for _ in FALSE])
    plain = Told().take(finding("one", DAY, 40.0)).risk
    assert plain - 8 <= told.take(finding("one", DAY, 40.0)).risk < plain
    assert plain < true.take(finding("one", DAY, 40.0)).risk <= plain + 8


def test_switched_off_everything_opens() -> None:
    told = Told(Triage(feedback=False))
    told.judged(FALSE)
    assert isinstance(told.take(finding("weak", DAY, 9.0)), AlertOpened)


def test_only_p_values_do_as_well() -> None:
    told = Told()
    for n in range(14):
        opened = told.take(finding(f"p{n}", 60 * n, None, p_value=1e-4))
        told.judge(opened.alert, "false_positive", 60 * n + 1)
    assert isinstance(told.take(finding("rare", DAY, None, p_value=4e-5)), AlertOpened)
    assert isinstance(told.take(finding("usual", DAY + 60, None, p_value=0.9e-4)), AlertSetAside)


def test_a_benign_verdict_proposes_an_exception_and_sets_nothing_aside_by_itself() -> None:
    told = Told()
    (closed,) = told.judged([("benign_positive", 20.0)])
    (proposal,) = closed.proposed
    assert (proposal.kind, proposal.direction, proposal.metric) == (TX, "above", "tx_kbps")
    assert proposal.limit == pytest.approx(1500 + 60)
    assert proposal.until == START + EXPECTED_FOR
    assert proposal.alerts == (closed.alert,)
    assert isinstance(told.take(finding("again", 120, 20.0)), AlertOpened)


def test_an_accepted_exception_expects_what_is_within_it_and_nothing_else() -> None:
    told = Told()
    proposal = told.accepted(20.0)
    within = told.take(finding("within", 120, 21.0))
    assert isinstance(within, AlertSetAside)
    assert (within.reason, within.exception) == ("expected", proposal.id)
    assert isinstance(told.take(finding("stronger", 240, 23.0)), AlertOpened)
    assert isinstance(told.take(finding("below", 400, -20.0)), AlertOpened)
    assert isinstance(told.take(finding("elsewhere", 500, 20.0, device="cam-2")), AlertOpened)
    assert isinstance(told.take(finding("critical", 600, 20.0, severity="critical")), AlertOpened)
    late = EXPECTED_FOR / timedelta(minutes=1)
    assert isinstance(told.take(finding("just before", late - 1, 20.0)), AlertSetAside)
    assert isinstance(told.take(finding("expired", late, 20.0)), AlertOpened)


def test_a_person_may_narrow_an_exception_reject_it_and_end_it() -> None:
    told = Told()
    (closed,) = told.judged([("benign_positive", 20.0)])
    name = closed.proposed[0].id
    with pytest.raises(Rejected, match="may not go beyond 1560"):
        told.settle(name, "accept", 5, limit=1600.0)
    with pytest.raises(Rejected, match="limit"):
        told.settle(name, "accept", 5, limit=float("nan"))
    with pytest.raises(Rejected, match="may not be later"):
        told.settle(name, "accept", 5, until=START + EXPECTED_FOR + timedelta(days=1))
    settled = told.settle(name, "accept", 6, limit=1400.0, until=START + timedelta(days=7), comment="backup")
    assert (settled.state, settled.limit, settled.comment) == ("accepted", 1400.0, "backup")
    assert isinstance(told.take(finding("too much", 120, 17.0)), AlertOpened)
    assert isinstance(told.take(finding("within", 240, 16.0)), AlertSetAside)
    assert told.settle(name, "end", 300).state == "ended"
    assert isinstance(told.take(finding("ended", 400, 16.0)), AlertOpened)
    with pytest.raises(Rejected, match="no accepted exception"):
        told.settle(name, "end", 500)
    again = told.judge(told.outputs[-1].data.alert, "benign_positive", 600).proposed[0]  # type: ignore[attr-defined]
    assert told.settle(again.id, "reject", 601).state == "rejected"
    with pytest.raises(Rejected, match="no proposed exception"):
        told.settle(again.id, "accept", 602)


def test_a_second_benign_verdict_proposes_what_covers_both() -> None:
    told = Told()
    first, second = told.judged([("benign_positive", 20.0), ("benign_positive", 15.0)])
    assert second.proposed[0].limit == first.proposed[0].limit
    assert second.proposed[0].alerts == (first.alert, second.alert)
    with pytest.raises(Rejected):
        told.settle(first.proposed[0].id, "accept", 200)
    assert told.settle(second.proposed[0].id, "accept", 201).state == "accepted"


def test_where_the_value_is_not_what_is_odd_the_limit_is_a_strength() -> None:
    told = Told()
    stuck: dict[str, Any] = {"kind": "baseline.stuck.tx_kbps", "actual": 900.0}
    opened = told.take(finding("stuck", 0, 20.0, **stuck))
    (proposal,) = told.judge(opened.alert, "benign_positive", 1).proposed
    assert proposal.metric == ""
    assert proposal.limit == pytest.approx(22.0)
    told.settle(proposal.id, "accept", 2)
    assert isinstance(told.take(finding("again", 120, 21.0, **stuck)), AlertSetAside)
    assert isinstance(told.take(finding("worse", 240, 23.0, **stuck)), AlertOpened)


def test_a_takeover_judged_benign_teaches_no_exception_for_its_traffic() -> None:
    told = Told()
    told.take(finding("tx", 0, 20.0))
    updated = told.take(finding("rule", 1, None, kind="rule.account_takeover", severity="critical"))
    assert told.judge(updated.alert, "benign_positive", 2).proposed == ()


Steps = list[tuple[str, int, Any, Any, float]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["find", "find", "judge", "settle"]),
        st.integers(0, 7),
        st.sampled_from(["true_positive", "false_positive", "benign_positive", "unknown"]),
        st.sampled_from(["accept", "reject", "end"]),
        st.floats(8, 40),
    ),
    max_size=60,
)


def lived(steps: Steps) -> Told:
    told = Told()
    for number, (what, choice, verdict, answer, score) in enumerate(steps):
        minute, device = 45.0 * number, f"cam-{2 + choice % 2}"  # both in one partition
        try:
            if what == "find":
                sign = -1 if choice == 7 else 1
                told.take(finding(f"f{number}", minute, sign * score, device=device))
            elif what == "judge" and told.outputs:
                output = told.outputs[-1 - choice % len(told.outputs)]
                told.judge(output.data.alert, verdict, minute, output.subject)  # type: ignore[attr-defined]
            else:
                known = [
                    (p.id, o.subject)
                    for o in told.outputs
                    if isinstance(o.data, AlertClosed)
                    for p in o.data.proposed
                ]
                if known:
                    name, owner = known[-1 - choice % len(known)]
                    told.settle(name, answer, minute, owner)
        except Rejected:
            continue
    return told


@given(STEPS)
def test_the_state_is_the_fold_of_the_outputs_and_each_finding_is_accounted_for(steps: Steps) -> None:
    told = lived(steps)
    folded, twice = told.triage.initial(), told.triage.initial()
    for output in told.outputs:
        folded = told.triage.evolve(folded, output)
        twice = told.triage.evolve(told.triage.evolve(twice, output), output)
    assert folded == told.state == twice
    assert len({output.id for output in told.outputs}) == len(told.outputs)
    taken = [
        output.data.detection
        for output in told.outputs
        if isinstance(output.data, AlertOpened | AlertUpdated | AlertSetAside)
    ]
    assert sorted(taken) == sorted(f"f{n}" for n, step in enumerate(steps) if step[0] == "find")

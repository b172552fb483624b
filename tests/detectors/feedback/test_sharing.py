"""A verdict teaches every partition: each by an action in its own log, in any order, however often it is told."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.feedback.sharing import lessons_of
from detectors.triage.case import Cases
from detectors.triage.decider import Triage
from schemas.action import VerdictShare
from schemas.alert import AlertOpened, AlertSetAside
from schemas.event import Envelope
from schemas.lesson import Lesson, VerdictLearned
from schemas.weighed import Direction, Weighed
from tests.detectors.feedback.story import START, TX, Told, envelope, finding

HERE = "verdicts 1"


def share(
    alert: str, minute: float, *, true: bool = False, strength: float = 8.5, kind: str = TX, again: str = ""
) -> Envelope:
    """What this partition is told of a verdict elsewhere."""
    data = VerdictShare(
        actor="vedette",
        alert=alert,
        true=true,
        time=START + timedelta(minutes=minute),
        lessons=(Lesson(kind=kind, direction="above", strength=strength),),
    )
    return envelope(f"share-{alert}{again}", HERE, minute, data)


def test_verdicts_of_other_partitions_raise_the_bar_here() -> None:
    told = Told()
    assert isinstance(told.take(share("a0", 0)), VerdictLearned)
    for number in range(1, 6):
        told.take(share(f"a{number}", 60 * number))
    aside = told.take(finding("weak", 600, 9.0))
    assert isinstance(aside, AlertSetAside)
    assert (aside.weighed.false, aside.weighed.judged) == (6, 6)
    # They are on other devices, so together they count as four.
    assert aside.weighed.precision == pytest.approx(1 / 6)
    assert isinstance(told.take(finding("strong", 700, 20.0)), AlertOpened)


def test_a_true_verdict_elsewhere_takes_the_bar_away_at_once() -> None:
    told = Told()
    for number in range(6):
        told.take(share(f"a{number}", 60 * number))
    told.take(share("seen", 500, true=True, strength=8.5))
    assert isinstance(told.take(finding("weak", 600, 9.0)), AlertOpened)


def test_a_verdict_counts_once_whoever_tells_it() -> None:
    told = Told()
    assert told.take(share("a", 0)) is not None
    assert told.take(share("a", 0, again="-again")) is None
    # The first verdict told of an alert stands.
    assert told.take(share("a", 5, true=True, again="-other")) is None
    own = told.judged([("false_positive", 9.0)])[0]
    assert told.take(share(own.alert, 10, again="-own")) is None


@pytest.mark.parametrize("kind", ["rule.credential_cloned", "rule.account_takeover"])
def test_a_false_verdict_on_what_cuts_off_teaches_nothing(kind: str) -> None:
    told = Told()
    assert told.take(share("a", 0, kind=kind)) is None
    assert told.take(share("b", 0, kind=kind, true=True)) is not None


def test_with_feedback_off_nothing_is_learned() -> None:
    assert Told(Triage(feedback=False)).take(share("a", 0)) is None


SHARES = st.lists(
    st.builds(
        share,
        st.sampled_from([f"a{number}" for number in range(12)]),
        st.integers(0, 40_000),
        true=st.booleans(),
        strength=st.floats(4, 40),
    ),
    max_size=25,
    unique_by=lambda one: one.id,
)


@given(SHARES, st.randoms(use_true_random=False))
def test_in_any_order_they_give_the_same_state(shares: list[Envelope], chance: random.Random) -> None:
    shuffled = list(shares)
    chance.shuffle(shuffled)
    one, other = Told(), Told()
    for event in shares:
        one.take(event)
    for event in [*shuffled, *shuffled[:5]]:
        other.take(event)
    assert one.state == other.state


@given(SHARES)
def test_the_state_is_the_fold_of_what_was_written(shares: list[Envelope]) -> None:
    told, triage, state = Told(), Triage(), Cases()
    for event in shares:
        told.take(event)
    for output in told.outputs:
        state = triage.evolve(triage.evolve(state, output), output)
    assert state == told.state
    assert state.devices == {}


def weighed(kind: str, direction: Direction, strength: float) -> Weighed:
    return Weighed(kind=kind, direction=direction, strength=strength)


def test_a_lesson_is_the_weakest_of_each_kind_and_direction() -> None:
    found = [weighed(TX, "above", 9.0), weighed(TX, "above", 7.0), weighed(TX, "below", 5.0)]
    assert lessons_of(reversed(found)) == lessons_of(found) == (
        Lesson(kind=TX, direction="above", strength=7.0),
        Lesson(kind=TX, direction="below", strength=5.0),
    )  # fmt: skip


def test_a_device_wrongly_told_from_its_peers_three_times_proposes_an_exception() -> None:
    told = Told()
    proposed = []
    for number in range(4):
        one = finding(f"o{number}", 60 * number, 8.0 + number, kind="cohort.outlier.tx_kbps")
        alert = told.take(one).alert
        proposed.append(told.judge(alert, "false_positive", 60 * number + 1).proposed)
    assert [len(each) for each in proposed] == [0, 0, 1, 1]
    (proposal,) = proposed[-1]
    assert (proposal.kind, proposal.direction) == ("cohort.outlier.tx_kbps", "above")
    assert msgspec.json.encode(proposal)
    told.settle(proposal.id, "accept", 300)
    assert told.take(finding("again", 400, 11.0, kind="cohort.outlier.tx_kbps")).reason == "expected"


def test_false_verdicts_on_other_kinds_and_other_devices_propose_none() -> None:
    told = Told()
    assert all(not one.proposed for one in told.judged([("false_positive", 8.5)] * 4))
    for number in range(4):
        one = finding(
            f"o{number}", 1000 + 60 * number, 9.0, kind="cohort.outlier.tx_kbps", device=f"cam-{number}"
        )
        alert = told.take(one).alert
        assert not told.judge(alert, "false_positive", 1001 + 60 * number, f"cam-{number}").proposed

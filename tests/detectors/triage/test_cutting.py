"""A device that a decision cut off is silent without an alert; every other silence opens one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.triage.case import Cases
from detectors.triage.decider import Triage
from schemas.alert import AlertOpened, AlertSetAside, AlertUpdated
from schemas.credential import Action, CredentialDecided
from schemas.cut_off import CutOffNoted
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from tests.detectors.feedback.story import START, Told, envelope, finding


def decided(action: Action, minute: float, state: Any = "decided", device: str = "cam-1") -> Envelope:
    data = CredentialDecided(action=action, state=state, reason="r", policy="p", actor="ana")
    return envelope(f"{action}-{state}-{minute}", device, minute, data)


def silent(minute: float, since: float, device: str = "cam-1", kind: str = "silence.silent") -> Envelope:
    found = finding(f"{kind}-{device}-{minute}", minute, None, device=device, kind=kind, p_value=1e-6)
    assert isinstance(found.data, DetectionRaised)
    data = msgspec.structs.replace(found.data, since=START + timedelta(minutes=since))
    return msgspec.structs.replace(found, data=data)


@pytest.mark.parametrize(("action", "word"), [("hold", "held"), ("revoke", "revoked")])
def test_the_silence_of_a_device_that_was_cut_off_is_kept_and_is_no_alert(action: Action, word: str) -> None:
    told = Told()
    assert told.take(decided(action, 10)) == CutOffNoted(decision=f"{action}-decided-10", action=action)  # type: ignore[arg-type]
    aside = told.take(silent(15, since=10))
    assert isinstance(aside, AlertSetAside)
    assert (aside.reason, aside.kind) == ("cut_off", "silence.silent")
    assert aside.explanation.endswith(f"Its certificate was {word} before, so it cannot report.")
    assert told.take(silent(20, since=10, kind="silence.returned")) is None
    # And a person may still say that it was worth an alert.
    assert told.judge(aside.alert, "true_positive", 30).taught


@pytest.mark.parametrize(
    "before",
    [
        [],
        [decided("hold", 10, "proposed")],
        [decided("hold", 10, "rejected")],
        [decided("monitor", 10)],
        [decided("restrict", 10)],
        [decided("hold", 10), decided("reinstate", 12)],
        [decided("hold", 10, device="cam-2")],
    ],
)
def test_the_silence_of_any_other_device_is_an_alert(before: list[Envelope]) -> None:
    told = Told()
    for one in before:
        told.take(one)
    assert isinstance(told.take(silent(15, since=11)), AlertOpened)


def test_a_device_that_has_reported_since_is_missed_again() -> None:
    told = Told()
    told.take(decided("revoke", 10))
    # Enrolled anew an hour later, and silent a day after that.
    assert isinstance(told.take(silent(24 * 60, since=23 * 60)), AlertOpened)


def test_while_an_alert_of_compromise_is_open_its_silence_is_a_line_in_that() -> None:
    told = Told()
    told.take(finding("cloned", 9, None, kind="rule.credential_cloned", severity="critical"))
    told.take(decided("revoke", 9))
    assert isinstance(told.take(silent(15, since=9)), AlertUpdated)


def test_without_feedback_it_is_set_aside_as_well() -> None:
    told = Told(Triage(feedback=False))
    told.take(decided("hold", 10))
    assert isinstance(told.take(silent(15, since=10)), AlertSetAside)


def test_a_decision_is_noted_once_and_only_where_it_changes_something() -> None:
    told = Told()
    assert told.take(decided("reinstate", 5)) is None
    assert told.take(decided("hold", 10)) is not None
    assert told.take(decided("hold", 11)) is None
    assert told.take(decided("revoke", 12)) is not None
    assert isinstance(told.take(silent(15, since=10)), AlertSetAside)


EVENTS = st.lists(
    st.one_of(
        st.builds(decided, st.sampled_from(["hold", "revoke", "reinstate", "monitor"]), st.integers(0, 60)),
        st.builds(silent, st.integers(0, 90), st.integers(0, 60)),
    ),
    max_size=20,
)


@given(EVENTS)
def test_the_state_is_the_fold_of_what_was_written_and_the_same_again_changes_nothing(
    events: list[Envelope],
) -> None:
    told, triage = Told(), Triage()
    for one in events:
        told.take(one)
    state = Cases()
    for output in told.outputs:
        state = triage.evolve(state, output)
    assert state == told.state
    again = msgspec.json.encode(state)
    for output in told.outputs[-1:]:
        state = triage.evolve(state, output)
    assert msgspec.json.encode(state) == again

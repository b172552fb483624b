"""A timeline: newest first, and of one moment the effects above their causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from dashboards.components import timeline
from dashboards.components.timeline import Entry
from dashboards.queries.alerts import Change
from dashboards.queries.credentials import Decision, Receipt
from dashboards.queries.security_events import SecurityEvent

AT = datetime(2026, 11, 21, tzinfo=UTC)
EVENT = SecurityEvent(
    event="e", tenant="acme", device="cam-1", time=AT, type="session.opened.v1", account="", address="", reason="", data="{}", origin="o",
)  # fmt: skip
CHANGE = Change(
    change="opened", time=AT, actor="", verdict="", comment="", title="t", severity="high", risk=70, detection="d", alert="a"
)  # fmt: skip
DECISION = Decision(
    decision="d", tenant="acme", device="cam-1", time=AT, action="hold", state="decided", reason="r", policy="p", alert="a", actor="",
    comment="", since=None, settled_time=None,
)  # fmt: skip
RECEIPT = Receipt(
    decision="d", device="cam-1", action="hold", credential="", step="decided", time=AT, at=AT, detail=""
)
OF_ONE_MOMENT = [
    *timeline.of_receipts([RECEIPT], [DECISION]),
    *timeline.of_decisions([DECISION]),
    *timeline.of_changes([CHANGE]),
    *timeline.of_events([EVENT]),
]


@pytest.mark.parametrize("given", list(permutations(OF_ONE_MOMENT)))
def test_of_one_moment_effects_stand_above_their_causes(given: tuple[Entry, ...]) -> None:
    assert timeline.newest_first(given) == OF_ONE_MOMENT


def test_what_is_newer_stands_above_what_is_older() -> None:
    later = [replace(one, time=AT + timedelta(microseconds=1)) for one in OF_ONE_MOMENT]
    assert timeline.newest_first([*OF_ONE_MOMENT, *later]) == [*later, *OF_ONE_MOMENT]


def test_the_steps_of_a_reinstatement_never_say_that_it_is_refused() -> None:
    steps = [replace(RECEIPT, step=step, action="reinstate") for step in ("revocation_visible", "reinstated")]
    told = [one.what for one in timeline.of_receipts(steps, [DECISION])]
    assert told == ["broker accepts the certificate again", "certificate works again"]
    (held,) = timeline.of_receipts([replace(RECEIPT, step="revocation_visible")], [DECISION])
    assert held.what == "broker refuses the certificate"


def test_what_a_person_asked_for_is_not_timed_from_an_event() -> None:
    later = replace(RECEIPT, at=AT + timedelta(seconds=2))
    (by_itself,) = timeline.of_receipts([later], [DECISION])
    (asked,) = timeline.of_receipts([later], [replace(DECISION, actor="noor")])
    assert (by_itself.told, asked.told) == ("2 s after the event", "2 s after noor asked for it")

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

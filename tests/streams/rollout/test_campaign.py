from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.event import Envelope, encode, to_headers
from schemas.rollout import (
    DeviceAssigned,
    GatePolicy,
    RolloutDefined,
    RolloutEvent,
    StageFinished,
    StageStarted,
)
from streams.rollout.campaign import Row, campaign, policy_text

TIME = datetime(2026, 1, 1, microsecond=7, tzinfo=UTC)
AT_US = 1767225600000007
POLICY = GatePolicy(margin=0.1, soak_s=2.5)


def rows(data: RolloutEvent) -> list[Row]:
    envelope = Envelope(id="i", type=data.TYPE, source="s", subject="r1", tenant="acme", time=TIME, data=data)
    return list(campaign(dict(to_headers(envelope)), encode(envelope)))


def test_an_assignment() -> None:
    event = DeviceAssigned(stage=2, arm="control", device="d", policy=POLICY)
    expected = ("assigned", "acme", "r1", 2, "d", "control", AT_US, policy_text(POLICY), 2_500_000, 0)
    assert rows(event) == [(*expected, None, None)]


def test_the_start_and_the_end_of_a_stage() -> None:
    nothing = (None, None, None)
    assert rows(StageStarted(stage=1, treatment=7, control=8)) == [
        ("started", "acme", "r1", 1, None, None, AT_US, *nothing, 7, 8)
    ]
    assert rows(StageFinished(stage=1, outcome="promoted")) == [
        ("finished", "acme", "r1", 1, None, None, AT_US, *nothing, None, None)
    ]


def test_a_definition_concerns_no_stage() -> None:
    assert rows(RolloutDefined(firmware="2", previous="1", stages=1, policy=POLICY)) == []


def test_a_policy_without_sense_still_gives_a_row_that_flink_can_hold() -> None:
    endless = DeviceAssigned(stage=1, arm="control", device="d", policy=GatePolicy(soak_s=1e300))
    assert rows(endless)[0][8] == 2**62


@pytest.mark.parametrize("headers", [None, {}, {"ce_specversion": b"1.0"}, {"ce_id": b"\xff"}])
def test_what_cannot_be_read_gives_no_rows(headers: dict[str, bytes] | None) -> None:
    assert list(campaign(headers, b"{}")) == list(campaign(headers, None)) == []

from __future__ import annotations

import json
from typing import Any

from schemas import registry
from schemas.rollout import ArmCounts, GateJudged, GatePolicy
from streams.rollout.campaign import policy_text
from streams.rollout.judged import judged

POLICY = policy_text(GatePolicy())
SECOND = 1_767_225_600


def parts(seconds: int = 40, finished: bool = False) -> list[list[Any]]:
    return [
        ["devices", "treatment", False, False, True, 0, SECOND + seconds, 75],
        ["devices", "control", False, False, True, 1, SECOND + seconds, 74],
        ["devices", "control", False, False, False, None, SECOND, 1],
        ["stage", 75, 75, finished, POLICY, POLICY, SECOND * 1_000_000, 150],
        *(["partition", p, (SECOND + seconds) * 1_000_000 + p, 9 + p] for p in range(4)),
    ]


def record(found: list[list[Any]]) -> tuple[bytes, bytes, dict[str, bytes], str]:
    (row,) = judged("acme", "r1", 2, json.dumps(found))
    return row


def test_the_record_is_a_verdict_any_reader_decodes() -> None:
    key, value, headers, _ = record(parts())
    envelope = registry.decode(headers.items(), value)
    assert isinstance(envelope.data, GateJudged)
    assert key == envelope.key == b"acme/r1"
    assert (envelope.data.outcome, envelope.data.stage) == ("PROMOTE", 2)
    assert envelope.data.control == ArmCounts(assigned=75, healthy=74, silent=1)
    assert envelope.data.frontier == {
        "rollouts": {"0": 151},
        "telemetry": {"0": 10, "1": 11, "2": 12, "3": 13},
    }
    assert envelope.time == envelope.data.newest
    assert envelope.time.timestamp() == SECOND + 40.000003


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert record(parts()) == record(parts()[::-1])


def test_another_prefix_is_another_verdict_that_says_the_same_within_a_minute() -> None:
    first, second, later = record(parts(40)), record(parts(41)), record(parts(100))
    assert first[2]["ce_id"] == second[2]["ce_id"]  # same frontier: offsets did not move
    assert first[3] == second[3] != later[3]


def test_another_frontier_has_another_id() -> None:
    moved = [[*part[:3], part[3] + 1] if part[0] == "partition" else part for part in parts()]
    assert record(parts())[2]["ce_id"] != record(moved)[2]["ce_id"]


def test_nothing_is_said_about_a_finished_stage_or_one_nobody_takes_part_in() -> None:
    assert list(judged("acme", "r1", 1, json.dumps(parts(finished=True)))) == []
    assert list(judged("acme", "r1", 1, json.dumps(parts()[3:]))) == []
    assert list(judged("acme", "r1", 1, json.dumps(parts()[:1]))) == []


def test_a_stage_before_its_start_is_held() -> None:
    found = [["stage", None, None, *part[3:]] if part[0] == "stage" else part for part in parts()]
    envelope = registry.decode(record(found)[2].items(), record(found)[1])
    assert isinstance(envelope.data, GateJudged)
    assert envelope.data.outcome == "HOLD"

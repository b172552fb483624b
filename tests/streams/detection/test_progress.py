"""How far a roll-back is, in words and as one document: done only once reports and flows of every partition are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack
from streams.detection.progress import Progress

TIME = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = RollBack(id="r", tenant="acme", device="cam", since=TIME, until=TIME, actor="ann", reason="why")


def reports(partition: int, took_s: float | None = 0.5) -> ModelsRolledBack:
    return ModelsRolledBack(
        asked=ASKED, partition=partition, telemetry_offset=9, reports=12_000, unlearned=100, models_before="a", models_after="b",
        took_s=took_s,
    )  # fmt: skip


def flows(partition: int) -> FlowsRolledBack:
    return FlowsRolledBack(
        asked=ASKED, partition=partition, events_offset=7, flows=0, unlearned=0, models_before="c", models_after="c", took_s=0.25
    )  # fmt: skip


def test_an_answer_is_a_line_once() -> None:
    progress = Progress(ASKED, [3])
    assert progress.take(reports(3)) == "partition 3: 100 reports forgotten, 12,000 learned again in 0.5 s"
    assert progress.take(reports(3)) == ""
    assert progress.take(flows(3)) == "partition 3: 0 network flows forgotten, 0 learned again in 0.25 s"
    assert Progress(ASKED, [3]).take(reports(3, None)).endswith("12,000 learned again")


def test_it_is_done_once_reports_and_flows_of_every_partition_are() -> None:
    progress = Progress(ASKED, [1, 3])
    for left, answer in (([1, 3], reports(1)), ([3], flows(1)), ([3], flows(3)), ([], reports(3))):
        assert progress.document["state"] == "asked"
        progress.take(answer)
        assert progress.waits == left
    assert progress.document["state"] == "done"


def test_the_document_says_what_is_done_and_what_is_not() -> None:
    progress = Progress(ASKED, [3])
    progress.take(reports(3))
    told = json.loads(json.dumps(progress.document))
    assert [told[name] for name in ("id", "tenant", "device", "actor", "reason", "partitions", "state")] == [
        "r", "acme", "cam", "ann", "why", [3], "asked",
    ]  # fmt: skip
    assert told["since"] == told["until"] == "2026-01-01T00:00:00.000000Z"
    done, waits = told["roll_backs"]
    assert done == {
        "partition": 3, "learned": "reports", "state": "done", "reports": 12_000, "unlearned": 100, "models_before": "a",
        "models_after": "b", "took_s": 0.5,
    }  # fmt: skip
    assert waits == {
        "partition": 3, "learned": "flows", "state": "asked", "reports": None, "unlearned": None, "models_before": "", "models_after": "",
        "took_s": None,
    }  # fmt: skip

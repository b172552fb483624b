"""What the read models say of findings set aside and of exceptions, asked of the real engine about what triage really writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.alert import AlertOpened, AlertSetAside
from tests.detectors.feedback.story import START, Told, finding
from tests.schemas.clickhouse.story import Story

pytestmark = pytest.mark.clickhouse
DAY = 24 * 60


def test_what_is_set_aside_is_a_closed_alert_with_its_reason_until_a_person_judges_it(story: Story) -> None:
    told = Told()
    told.judged([("false_positive", 8.5)] * 6)
    found = [told.take(finding(f"weak-{n}", DAY + n, 9.0)) for n in range(2)]
    assert isinstance(found[1], AlertSetAside)
    story.tell(*told.outputs)
    row = story.one("alerts", "acme", where=f"alert = '{found[0].alert}'")
    assert [row[name] for name in ("status", "verdict", "detections", "kind")] == [
        "closed",
        "below_bar",
        2,
        "baseline.tx_kbps",
    ]
    assert '"times":' in row["weighed"]
    assert row["closed_time"] is not None
    told.judge(found[0].alert, "true_positive", DAY + 10)
    story.tell(told.outputs[-1])
    row = story.one("alerts", "acme", where=f"alert = '{found[0].alert}'")
    assert (row["status"], row["verdict"], row["actor"]) == ("closed", "true_positive", "ana")


def test_every_finding_is_accounted_for(story: Story) -> None:
    told = Told()
    told.accepted(20.0)
    taken = [finding(f"f{n}", DAY + 60 * n, score) for n, score in enumerate((20.0, 21.0, 50.0))]
    first = finding("cam-1-0", 0, 20.0)
    for one in taken:
        told.take(one)
    story.tell(first, *taken, *told.outputs, finding("on its way", 2 * DAY, 60.0))
    assert story.one("finding_account", "acme") == {
        "detections": 5,
        "alerted": 2,
        "below_bar": 0,
        "expected": 2,
        "cut_off": 0,
        "difference": 1,
    }


def test_an_exception_from_proposal_to_its_end(story: Story) -> None:
    told = Told()
    closed = told.judged([("benign_positive", 20.0), ("benign_positive", 22.0)])
    names = [one.proposed[0].id for one in closed]
    story.tell(*told.outputs)
    assert states(story) == {names[0]: "superseded", names[1]: "proposed"}
    row = story.one("exceptions", "acme", where=f"exception = '{names[1]}'")
    assert (row["device"], row["kind"], row["direction"], row["metric"]) == (
        "cam-1",
        "baseline.tx_kbps",
        "above",
        "tx_kbps",
    )
    assert row["limit"] == pytest.approx(900 + 1.1 * 660)
    assert (row["actor"], row["settled_time"], row["alerts"]) == ("", None, [one.alert for one in closed])

    until = START + timedelta(days=7)
    told.settle(names[1], "accept", 200, limit=1500.0, until=until, comment="backup")
    told.take(finding("within", 300, 20.0))
    story.tell(*told.outputs[-2:])
    row = story.one("exceptions", "acme", where=f"exception = '{names[1]}'")
    assert (row["state"], row["limit"], row["until"], row["expected"]) == (
        "accepted",
        1500.0,
        until.replace(tzinfo=None),
        1,
    )
    assert (row["actor"], row["comment"]) == ("ana", "backup")

    opened = told.take(finding("beyond", 400, 24.0))
    assert isinstance(opened, AlertOpened)
    wider = told.judge(opened.alert, "benign_positive", 401).proposed[0].id
    told.settle(wider, "accept", 402)
    story.tell(*told.outputs[-3:])
    assert states(story) == {names[0]: "superseded", names[1]: "ended", wider: "accepted"}
    told.settle(wider, "end", 500)
    story.tell(told.outputs[-1])
    assert states(story)[wider] == "ended"
    assert story.ask("exceptions", "globex") == []
    assert {row["alert"] for row in story.ask("alerts", "acme")} == {
        one.data.alert  # type: ignore[attr-defined]
        for one in told.outputs
    }


def states(story: Story) -> dict[str, str]:
    return {row["exception"]: row["state"] for row in story.ask("exceptions", "acme")}

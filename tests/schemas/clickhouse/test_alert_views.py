"""What the read models say of an alert, asked of the real engine."""

from __future__ import annotations

import json

import pytest

from schemas.alert import AlertAcknowledged, AlertClosed, AlertOpened, AlertUpdated
from schemas.detection import Evidence
from tests.schemas.clickhouse.story import Story, about, at, of
from tests.streams.archive.sample import EPOCH, envelope

pytestmark = pytest.mark.clickhouse


def piece(name: str) -> Evidence:
    return Evidence(event=name, origin="security-events/0/1", time=EPOCH, summary=f"saw {name}")


OPENED = AlertOpened(
    alert="alert-1", kind="rule.account_takeover", title="Taken over", explanation="Odd.", severity="high", risk=70,
    detection="d1", since=EPOCH, evidence=(piece("e1"),), kinds=("rule.account_takeover",),
)  # fmt: skip
UPDATED = AlertUpdated(
    alert="alert-1", kind="rule.account_takeover", title="Taken over, with data sent out", explanation="Odd.\nVery.",
    severity="critical", risk=94, detection="d2", detections=2, evidence=(piece("e2"), piece("e1")),
    kinds=("rule.account_takeover", "baseline.tx_kbps"),
)  # fmt: skip


def test_an_alert_is_the_fold_of_its_findings(story: Story) -> None:
    story.tell(about(1, OPENED), about(2, UPDATED))
    row = story.one("alerts", "acme")
    assert of(row, "status severity risk detections") == ("open", "critical", 94, 2)
    assert of(row, "opened_time updated_time verdict closed_time") == (at(1), at(2), "", None)
    assert [e["event"] for e in json.loads(row["evidence"])] == ["e1", "e2"]
    assert row["kinds"] == ["rule.account_takeover", "baseline.tx_kbps"]


def test_what_people_did_is_part_of_it(story: Story) -> None:
    story.tell(about(1, OPENED), about(2, UPDATED), about(3, AlertAcknowledged(alert="alert-1", actor="ann")))
    assert story.one("alerts", "acme")["status"] == "acknowledged"
    story.tell(about(4, AlertClosed(alert="alert-1", actor="bob", verdict="true_positive", comment="yes")))
    row = story.one("alerts", "acme")
    assert of(row, "status verdict actor comment") == ("closed", "true_positive", "bob", "yes")
    assert of(row, "closed_time title") == (at(4), "Taken over, with data sent out")
    changes = [h["change"] for h in story.ask("alert_history", "acme", where="1 ORDER BY kafka_offset")]
    assert changes == ["opened", "updated", "acknowledged", "closed"]


def test_nobody_sees_what_belongs_to_others(story: Story) -> None:
    story.tell(about(1, OPENED), envelope("globex", "cam", 1, OPENED))
    assert [row["tenant"] for row in story.ask("alerts", "globex")] == ["globex"]
    assert len(story.ask("alerts", "globex", "acme")) == 2
    assert story.ask("alerts", "acme') OR 1=1 --") == []
    assert sorted(row["tenant"] for row in story.ask("tenants")) == ["acme", "globex"]

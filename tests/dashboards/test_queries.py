"""What the pages ask of ClickHouse, on the real engine: right answers, and never another tenant's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from dashboards.queries import (
    alerts,
    credentials,
    detections,
    devices,
    ledger,
    measurements,
    roll_backs,
    rollouts,
    security_events,
    tenants,
)
from dashboards.store import Store
from schemas.security import NetworkFlowClosed
from tests.dashboards import seed

pytestmark = pytest.mark.clickhouse
BOTH = ("acme", "globex")


def test_the_worst_alert_comes_first_and_closed_ones_only_when_asked_for(filled: Store) -> None:
    assert [a.alert for a in alerts.queue(filled, BOTH)] == [seed.TAKEN_OVER, seed.CLONED, seed.DRIFTING]
    closed = [a.alert for a in alerts.queue(filled, BOTH, statuses=("closed",))]
    assert closed == ["alert-accepted", "alert-proposed", seed.CLOSED]
    assert [a.alert for a in alerts.queue(filled, BOTH, severities=("medium", "low"))] == [seed.DRIFTING]
    assert [a.alert for a in alerts.queue(filled, BOTH, search=" PUMP-")] == [seed.DRIFTING]
    assert alerts.queue(filled, BOTH, search="%' OR 1=1 --") == []


def test_alerts_that_wait_are_counted_by_severity(filled: Store) -> None:
    assert alerts.waiting(filled, BOTH) == [
        alerts.SeverityCount("critical", 2, 1),
        alerts.SeverityCount("medium", 1, 1),
    ]


def test_an_alert_has_its_evidence_and_its_history(filled: Store, now: datetime) -> None:
    found = alerts.find(filled, BOTH, seed.TAKEN_OVER)
    assert found is not None
    assert (found.risk, found.detections, found.status) == (97, 2, "open")
    assert found.since is not None
    assert abs((now - found.since).total_seconds() - 420) < 0.001
    assert len(alerts.evidence_of(found.evidence)) == 8
    changes = alerts.history(filled, BOTH, [seed.TAKEN_OVER])
    assert [change.change for change in changes] == ["opened", "updated"]
    named = detections.named(filled, BOTH, [change.detection for change in changes])
    assert [d.kind for d in named] == ["rule.account_takeover", "baseline.tx_kbps"]


def test_a_cut_off_is_measured_from_the_event(filled: Store) -> None:
    found = credentials.of_device(filled, BOTH, "cam-0042")
    assert found is not None
    assert (found.state, found.pending) == ("held", 0)
    assert found.cut_off_s == pytest.approx(0.044)
    assert {c.device: c.state for c in credentials.touched(filled, BOTH)} == {
        "cam-0042": "held",
        "cam-0043": "revoked",
    }
    assert [d.decision for d in credentials.proposed(filled, BOTH)] == ["decision-proposed"]
    assert len(credentials.receipts(filled, BOTH, "cam-0042")) == 5


def test_the_fleet_adds_up(filled: Store, now: datetime) -> None:
    assert devices.fleet(filled, BOTH, now) == devices.Fleet(
        devices=18, reporting=9, silent=7, alerted=3, cut_off=2
    )
    (camera,) = devices.find(filled, BOTH, "cam-0042")
    assert (camera.credential_state, camera.open_alerts, camera.is_silent(now)) == ("held", 1, False)
    assert devices.peers(filled, BOTH, camera).peers == 11
    assert detections.newest_silence(filled, BOTH, "cam-0042") is None
    assert len(devices.search(filled, BOTH, "pump")) == 6


def test_a_gap_is_in_the_series_and_a_bucket_keeps_extremes(filled: Store, now: datetime) -> None:
    short = measurements.series(filled, BOTH, "cam-0042", now - timedelta(minutes=15), now)["tx_kbps"]
    pauses = [(b.time - a.time).total_seconds() for a, b in pairwise(short)]
    assert max(pauses) == pytest.approx(140)
    day = measurements.series(filled, BOTH, "cam-0042", now - timedelta(days=1), now)["tx_kbps"]
    assert len(day) <= measurements.MOST_POINTS + 1
    assert max(p.high for p in day) == max(p.value for p in short)
    assert [p.time for p in day] == sorted(p.time for p in day)


def test_the_usual_range_comes_from_before_the_window(filled: Store, now: datetime) -> None:
    usual = measurements.usual(filled, BOTH, "cam-0042", now - timedelta(minutes=15))["tx_kbps"]
    assert 700 < usual.low < 900 < usual.high < 1100
    assert measurements.usual(filled, BOTH, "cam-0042", now - timedelta(days=2)) == {}


def test_a_rollout_has_its_stage_and_its_verdicts_in_order(filled: Store) -> None:
    found = {r.rollout: r for r in rollouts.campaigns(filled, BOTH)}
    assert (found["pump-3-0"].state, found["pump-3-0"].gate) == ("rolled_back", "ROLLBACK")
    assert found["camera-4-3"].state == "running"
    verdicts = rollouts.verdicts(filled, BOTH, "pump-3-0", 1)
    assert len(verdicts) == 40
    assert [v.kafka_offset for v in verdicts] == sorted(v.kafka_offset for v in verdicts)
    assert verdicts[-1].known_an_arm == 75
    assert [s.outcome for s in rollouts.stages(filled, BOTH, "pump-3-0")] == ["rolled_back"]


def test_flows_are_too_many_to_be_read_one_by_one(filled: Store, now: datetime) -> None:
    of_cam = "security_events(tenants=['acme']) WHERE device = 'cam-0042'"
    flows = filled.rows(security_events.SecurityEvent, f"{of_cam} AND type = '{NetworkFlowClosed.TYPE}'", {})
    assert len(flows) == 1
    found = security_events.of_device(filled, ("acme",), "cam-0042", now - timedelta(days=1), now)
    assert {one.type for one in found} >= {"authentication.failed.v1", "configuration.changed.v1"}
    assert not [one for one in found if one.type == NetworkFlowClosed.TYPE]
    assert security_events.FLOWS == NetworkFlowClosed.TYPE


def test_the_account_balances(filled: Store) -> None:
    account = ledger.account(filled)
    assert account is not None
    assert account.difference == 0
    assert account.received == account.accepted + account.dead_lettered
    assert sum(c.received for c in ledger.channels(filled)) == account.received


def test_nothing_is_an_answer_too(empty_url: str, now: datetime) -> None:
    store = Store(empty_url)
    assert tenants.names(store) == ()
    assert alerts.queue(store, ()) == []
    assert devices.fleet(store, (), now) == devices.Fleet(0, 0, 0, 0)
    assert ledger.account(store) is None
    assert ledger.freshness(store) is None
    store.close()


ASKED: list[Callable[[Store, tuple[str, ...], datetime], Any]] = [
    lambda s, t, _: alerts.queue(s, t, statuses=("open", "acknowledged", "closed")),
    lambda s, t, _: alerts.waiting(s, t),
    lambda s, t, _: alerts.find(s, t, seed.TAKEN_OVER),
    lambda s, t, _: alerts.history(s, t, [seed.TAKEN_OVER]),
    lambda s, t, _: alerts.of_device(s, t, "cam-0042"),
    lambda s, t, now: detections.of_device(s, t, "cam-0042", now - timedelta(days=1), now),
    lambda s, t, _: detections.named(s, t, ["detection-takeover"]),
    lambda s, t, _: devices.find(s, t, "cam-0042"),
    lambda s, t, _: devices.search(s, t, ""),
    lambda s, t, now: measurements.series(s, t, "cam-0042", now - timedelta(days=1), now),
    lambda s, t, now: measurements.usual(s, t, "cam-0042", now),
    lambda s, t, _: credentials.touched(s, t),
    lambda s, t, _: credentials.of_device(s, t, "cam-0042"),
    lambda s, t, _: credentials.proposed(s, t),
    lambda s, t, _: credentials.decisions(s, t, "cam-0042"),
    lambda s, t, _: credentials.receipts(s, t, "cam-0042"),
    lambda s, t, now: security_events.of_device(s, t, "cam-0042", now - timedelta(days=1), now),
    lambda s, t, _: rollouts.campaigns(s, t),
    lambda s, t, _: rollouts.stages(s, t, "pump-3-0"),
    lambda s, t, _: rollouts.verdicts(s, t, "pump-3-0", 1),
    lambda s, t, _: roll_backs.listed(s, t),
    lambda s, t, _: roll_backs.reach(s, t, "cam-0042"),
    lambda s, t, now: roll_backs.named(s, t, "cam-0042", now - timedelta(days=1), now).reports,
    lambda s, t, now: roll_backs.named(s, t, "cam-0042", now - timedelta(days=9), now).flows,
    lambda s, t, _: roll_backs.flow_reach(s, t, "cam-0042").flows,
]


@pytest.mark.parametrize("ask", ASKED, ids=range(len(ASKED)))
def test_another_tenants_data_is_never_in_an_answer(
    filled: Store, now: datetime, ask: Callable[[Store, tuple[str, ...], datetime], Any]
) -> None:
    assert ask(filled, ("acme",), now)
    assert not ask(filled, (), now)
    told = str(ask(filled, ("globex",), now))
    assert "cam-00" not in told
    assert "acme" not in told

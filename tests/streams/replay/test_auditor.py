"""The auditor finds what nobody decided, on a real log, and says so in events."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from schemas.audit import AuditDiffered, AuditVerified
from schemas.credential import CredentialDecided
from schemas.settings import Settings
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.replay.audit_process import events_of, report
from streams.replay.auditor import Auditor
from streams.replay.finding import Finding
from tests.broker import prepared
from tests.streams.replay.story import START, TENANT, story
from tests.streams.replay.test_replay import publish
from tests.streams.worker import written

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def finding(origin: str, *differences: str, untold: str = "") -> Finding:
    return Finding(f"id-{origin}", "alert.opened.v1", origin, "", differences, untold, "acme", "cam-1")


def test_a_round_is_one_sum_and_an_event_for_each_output_that_differs() -> None:
    found = [finding("alerts/0/1"), finding("alerts/0/2", "risk"), finding("alerts/0/3", untold="gone")]
    differed, verified = events_of(found, 7, NOW)
    assert (differed.tenant, differed.subject, differed.time) == ("acme", "cam-1", NOW)
    assert differed.data == AuditDiffered(
        origin="alerts/0/2", output="id-alerts/0/2", kind="alert.opened.v1", differences=("risk",)
    )
    assert (verified.tenant, verified.data) == (
        "system",
        AuditVerified(outputs=3, equal=1, differing=1, untold=1, behind=7),
    )
    assert [one.id for one in events_of(found, 7, NOW)] == [differed.id, verified.id]


def test_a_round_that_looked_at_nothing_says_nothing() -> None:
    assert list(events_of([], 0, NOW)) == []


def test_what_it_says_of_many_long_differences_is_bounded() -> None:
    found = [finding("alerts/0/1", *("x" * 10_000 for _ in range(100)))]
    data = next(iter(events_of(found, 0, NOW))).data
    assert isinstance(data, AuditDiffered)
    assert (len(data.differences), len(data.differences[0])) == (20, 500)


def forge_decision(bootstrap: str, name: str) -> str:
    """A revocation nobody decided, naming a genuine alert as its cause; its origin."""
    genuine = written(bootstrap, "credential-decisions", TENANT)[0][1]
    assert isinstance(genuine.data, CredentialDecided)
    data = msgspec.structs.replace(genuine.data, action="revoke")
    writer = LogWriter(bootstrap, "response")
    writer.append(msgspec.structs.replace(genuine, id=name, data=data, time=START))
    writer.flush()
    return next(
        record.origin
        for message in records(bootstrap, "credential-decisions")
        if (record := Record.of_confluent(message)).envelope().id == name
    )


@pytest.mark.kafka
def test_a_forged_decision_is_found_and_told_and_a_round_takes_no_more_than_its_share(tmp_path: Path) -> None:
    # A broker of its own: what is forged here would be found by the other tests too.
    with prepared(tmp_path / "kafka") as bootstrap:
        publish(bootstrap, story())
        settings = Settings(kafka_bootstrap=bootstrap)
        assert len(Auditor(settings, Random(3)).round(4)) == 4
        auditor = Auditor(settings, Random(3))
        first = [one for one in auditor.round(10_000) if one.type == "credential.decided.v1"]
        assert len(first) > 3
        assert [one for one in first if not one.equal] == []
        assert auditor.round(10_000) == []
        origin = forge_decision(bootstrap, "decision-forged")
        found = auditor.round(10_000)
        assert [(one.origin, one.outcome) for one in found] == [(origin, "differs")]
        report(LogWriter(bootstrap, "replay"), found, auditor.behind, lambda: NOW)
        told = [Record.of_confluent(message).envelope().data for message in records(bootstrap, "audits")]
    assert [one.output for one in told if isinstance(one, AuditDiffered)] == ["decision-forged"]
    assert [one for one in told if isinstance(one, AuditVerified)] == [
        AuditVerified(outputs=1, equal=0, differing=1)
    ]

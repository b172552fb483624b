"""Response on a real broker: alerts and people's answers become decisions, nonsense becomes dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.action import CredentialHold, CredentialReinstate, DecisionSettle
from schemas.alert import AlertOpened
from schemas.credential import CredentialDecided
from schemas.event import Envelope, Event
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of
from streams.log.reader import records
from streams.log.writer import LogWriter
from tests.streams.worker import wait_for, workers, written

START = datetime(2026, 3, 1, tzinfo=UTC)
TENANT = "response-story"


def event(name: str, data: Event, device: str, minute: float) -> Envelope:
    return Envelope(
        id=f"{TENANT}-{name}",
        type=data.TYPE,
        source="test",
        subject=device,
        tenant=TENANT,
        time=START + timedelta(minutes=minute),
        data=data,
    )


def alert(name: str, device: str, minute: float) -> Envelope:
    data = AlertOpened(
        alert=f"alert-{name}",
        kind="rule.account_takeover",
        title=f"{device} was taken over",
        explanation="why",
        severity="critical",
        risk=90,
        detection=f"detection-{name}",
        since=START,
    )
    return event(name, data, device, minute)


@pytest.mark.kafka
def test_hold_propose_approve_reinstate_and_what_makes_no_sense(kafka_bootstrap: str, tmp_path: Path) -> None:
    triage, control = LogWriter(kafka_bootstrap, "triage"), LogWriter(kafka_bootstrap, "control")
    # Two devices of one partition, where one decision an hour is all that VEDETTE_MAX_DECISIONS leaves to it.
    names = (f"device-{number}" for number in range(1000))
    first, second = [n for n in names if partition_of(f"{TENANT}/{n}".encode(), PARTITIONS) == 0][:2]

    def decisions() -> list[Envelope]:
        return [envelope for _, envelope in written(kafka_bootstrap, "credential-decisions", TENANT)]

    def said() -> list[tuple[str, str, str]]:
        found = [(one.subject, one.data) for one in decisions()]
        return [(subject, d.action, d.state) for subject, d in found if isinstance(d, CredentialDecided)]

    def give(writer: LogWriter, *events: Envelope) -> None:
        for one in events:
            writer.append(one)
        writer.flush()

    with workers(kafka_bootstrap, tmp_path) as start:
        worker = start("response", VEDETTE_MAX_DECISIONS=str(PARTITIONS)).wait_ready()
        give(triage, alert("a", first, 0), alert("b", second, 1))
        wait_for(lambda: len(said()) == 2, "two decisions")
        assert said() == [(first, "hold", "decided"), (second, "hold", "proposed")]
        nonsense = event(
            "act-0", DecisionSettle(actor="ana", decision="unheard-of", answer="approve"), first, 2
        )
        approve = DecisionSettle(actor="ana", decision=decisions()[1].id, answer="approve")
        give(control, nonsense, event("act-1", approve, second, 2))
        wait_for(lambda: len(said()) == 3, "the approval")
        assert worker.stop() == 0, worker.log
        worker = start("response", VEDETTE_MAX_DECISIONS=str(PARTITIONS)).wait_ready()
        give(control, event("act-2", CredentialReinstate(actor="ana"), first, 3))
        wait_for(lambda: len(said()) == 4, "the reinstatement")
        give(control, event("act-3", CredentialHold(actor="ana", comment="a scanner"), first, 4))
        wait_for(lambda: len(said()) == 5, "the hold that a person asked for")
        assert worker.stop() == 0, worker.log
    assert said()[2:] == [
        (second, "hold", "decided"),
        (first, "reinstate", "decided"),
        (first, "hold", "decided"),
    ]
    assert all(one.cause for one in decisions())
    letters = [dict(message.headers()) for message in records(kafka_bootstrap, "dead-letters")]
    mine = [letter for letter in letters if letter["process"] == b"response"]
    assert [(letter["code"], letter["field"]) for letter in mine] == [(b"unknown_decision", b"decision")]


@pytest.mark.kafka
def test_a_wrong_setting_is_refused_in_plain_words(tmp_path: Path) -> None:
    with workers("nonsense", tmp_path) as start:
        worker = start("response")
        assert worker.ended() == 2
        assert "VEDETTE_KAFKA_BOOTSTRAP: must be host:port" in worker.log

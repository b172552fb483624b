"""The line `make status` has about erasures and retention."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.stack.privacy import Erasure, Privacy, Retention, privacy
from schemas.privacy import SubjectErase, erasure_of
from schemas.settings import Settings
from streams.log import topics
from streams.log.writer import LogWriter


def test_the_line_says_what_waits_and_when_retention_ran() -> None:
    erasures = [Erasure("t", f"cam-{n}", "destroyed") for n in range(5)] + [Erasure("t", "cam-9", "erased")]
    ran = Retention("2026-05-01T12:00:00Z")
    assert Privacy(erasures=erasures, retention=ran).line == (
        "privacy: 5 erasures wait (t/cam-0, t/cam-1, t/cam-2, ...), 1 complete; retention last ran 2026-05-01T12:00:00Z"
    )
    assert Privacy().line == "privacy: 0 erasures wait, 0 complete; retention has not run yet"
    assert Privacy(error="Kafka is away").line == "privacy: Kafka is away"


@pytest.mark.kafka
def test_it_is_asked_of_the_log(kafka_bootstrap: str) -> None:
    topics.ensure(kafka_bootstrap)
    ask = SubjectErase(actor="dpo", reason="art. 17")
    writer = LogWriter(kafka_bootstrap, "control")
    writer.append(erasure_of("status", "cam-1", ask, datetime.now(UTC), source="test"))
    writer.flush()
    assert "status/cam-1" in privacy(Settings(kafka_bootstrap=kafka_bootstrap)).waiting

"""A real privacy process killed in the middle of an erasure, twice; the next one ends it, and everything that was proven still is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from schemas.action import AlertJudge
from schemas.event import Envelope
from schemas.privacy import PRIVACY, SubjectErase, SubjectErased, SubjectKeyDestroyed, erasure_of
from schemas.registry import decode
from schemas.settings import Settings
from streams.control.privacy import SealingJournal
from streams.log.reader import records
from streams.log.writer import LogWriter
from streams.privacy.progress import progress
from streams.proof import process as proof
from streams.proof.audit import audit
from streams.proof.key import private_key
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from tests.streams.archive.sample import envelope
from tests.streams.control.memory import MemoryJournal
from tests.streams.privacy.running import archiving, running
from tests.streams.privacy.sample import logins
from tests.streams.privacy.trace import on_the_log, wrapped_keys
from tests.streams.worker import wait_for, workers

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
TENANT, DEVICE = "killed", "cam-1"


@pytest.fixture
def settings(own_broker: str, own_store: tuple[str, Path], home: Path) -> Settings:
    return Settings(kafka_bootstrap=own_broker, clickhouse_url=own_store[0], home=home, checkpoint_s=0.2)


def judged(sealer: Sealer) -> Envelope:
    """A verdict with a comment, as the control API writes it."""
    said = AlertJudge(actor="bob", alert="a-1", verdict="true_positive", comment="killed-canary")
    journal = MemoryJournal()
    SealingJournal(journal, sealer).append([envelope(TENANT, DEVICE, 1, said)])
    return journal.written[0]


def told(bootstrap: str) -> list[Envelope]:
    """What the log says of erasures of the device."""
    events = [decode(m.headers(), m.value() or b"") for m in records(bootstrap, PRIVACY)]
    return [event for event in events if (event.tenant, event.subject) == (TENANT, DEVICE)]


def test_killed_twice_it_is_erased_once_and_proofs_stay(settings: Settings, tmp_path: Path) -> None:
    bootstrap, keys = settings.kafka_bootstrap, KeyFile(settings.keys)
    sealer = Sealer(keys)
    logins(sealer, bootstrap, TENANT, DEVICE, 3)
    key, file = keys.living(TENANT, DEVICE).id, settings.keys / "subjects.sqlite"
    control = LogWriter(bootstrap, "control")
    control.append(judged(sealer))
    control.flush()
    public = private_key(settings).public
    with running(lambda stop: proof.run(settings, structlog.stdlib.get_logger("proof"), stop)):
        wait_for(lambda: audit(bootstrap, public).checkpoints > 0, "a checkpoint")
        before = audit(bootstrap, public)
        assert before.equal
    with workers(bootstrap, tmp_path / "logs") as start:
        variables = {
            "VEDETTE_CLICKHOUSE_URL": settings.clickhouse_url,
            "VEDETTE_KEYS_DIR": str(settings.keys),
        }
        first = start("privacy", **variables).wait_ready()
        ask = SubjectErase(actor="dpo", reason="art. 17")
        request = erasure_of(TENANT, DEVICE, ask, datetime.now(UTC), source="test")
        control.append(request)
        control.flush()
        wait_for(lambda: wrapped_keys(file)[key] is None, "the key to go")
        # Somewhere between the key and the event that says so.
        first.kill()
        second = start("privacy", **variables).wait_ready()
        wait_for(lambda: f"erasure of {TENANT}/{DEVICE} waits" in second.log, "it to wait for the store")
        # The log says so, the store has not heard of it.
        second.kill()
        assert progress(bootstrap).erasures[request.id].state == "destroyed"
        start("privacy", **variables)
        with archiving(bootstrap, settings.clickhouse_url):
            wait_for(lambda: progress(bootstrap).erasures[request.id].state == "erased", "the erasure")
    events = {event.id: event.data for event in told(bootstrap)}
    assert Counter(map(type, events.values())) == {SubjectErase: 1, SubjectKeyDestroyed: 1, SubjectErased: 1}
    done = progress(bootstrap).erasures[request.id].done
    assert done is not None
    assert (done.keys, done.rows["events"]) == ((key,), 4)
    assert wrapped_keys(file)[key] is None
    assert on_the_log(bootstrap, "killed-canary") == []
    after = audit(bootstrap, public)
    assert after.equal, after.differences
    assert after.checkpoints >= before.checkpoints

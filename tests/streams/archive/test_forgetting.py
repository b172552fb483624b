"""What the archive must not keep: applied to what comes, known from what the log says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from schemas.event import Envelope, encode, to_headers
from schemas.privacy import RetainedClass, RetentionApplied, SubjectKeyDestroyed
from schemas.security import AuthenticationFailed
from streams.archive.batch import Batch, Insert, batch_of
from streams.archive.buffer import Record
from streams.archive.forgetting import Forgetting
from streams.sealing.sealer import Sealer
from tests.streams.archive.sample import envelope
from tests.streams.sealing.memory import KeysInMemory

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = KeysInMemory()
SEALER = Sealer(KEYS)


def record(topic: str, offset: int, event: Envelope) -> Record:
    return Record(topic, 0, offset, tuple(to_headers(event)), encode(event), NOW)


def login(device: str, number: int) -> Envelope:
    return SEALER.seal(
        envelope("t", device, number, AuthenticationFailed(account="ann", address="192.0.2.1"))
    )


def destroyed(device: str) -> Envelope:
    told = SubjectKeyDestroyed(request="r", keys=(KEYS.living("t", device).id,), destroyed_time=NOW)
    return envelope("t", device, 99, told)


def texts(batch: Batch) -> list[bytes]:
    return [row["data"] for insert in batch.inserts for row in insert.rows.to_pylist()]


def test_tokens_of_a_destroyed_key_do_not_come_in_whichever_is_read_first() -> None:
    cut = {
        ("security-events", 0): [
            record("security-events", 0, login("cam-1", 0)),
            record("security-events", 1, login("cam-2", 1)),
        ],
        ("privacy", 0): [record("privacy", 0, destroyed("cam-1"))],
    }
    plain = batch_of(cut, NOW)
    batch = Forgetting.found_in(cut).applied(plain)
    gone, kept = KEYS.living("t", "cam-1").id.encode(), KEYS.living("t", "cam-2").id.encode()
    written = texts(batch)
    assert not [text for text in written if b"sealed.v1." + gone in text]
    assert [text for text in written if b"sealed.v1." + kept in text]
    assert sum(text.count(b"[erased]") for text in written) == 2
    assert [insert.token for insert in batch.inserts] == [insert.token for insert in plain.inserts]
    assert batch.inserts[0].rows.schema == plain.inserts[0].rows.schema
    assert batch.ledger == plain.ledger


def letters(*rows: tuple[str, str, datetime]) -> Batch:
    columns: dict[str, Any] = {
        "tenant": [tenant for tenant, _, _ in rows],
        "device": [device for _, device, _ in rows],
        "time": pa.array([time for _, _, time in rows], pa.timestamp("us", "UTC")),
        "raw": pa.array([b"canary" for _ in rows], pa.binary()),
        "recorded_time": pa.array([time for _, _, time in rows], pa.timestamp("us", "UTC")),
    }
    empty = Insert("ledger_ranges", pa.table({}), "l")
    return Batch((), (Insert("dead_letters", pa.table(columns), "d"),), empty, ())


def test_what_was_refused_of_an_erased_subject_goes_up_to_the_erasure() -> None:
    after = NOW + timedelta(seconds=1)
    batch = letters(("t", "cam-1", NOW), ("t", "cam-1", after), ("t", "cam-2", NOW), ("", "", NOW))
    found = Forgetting.told([destroyed("cam-1")]).applied(batch)
    assert found.inserts[0].rows["raw"].to_pylist() == [b"[erased]", b"canary", b"canary", b"canary"]


def test_rows_past_their_retention_are_told_by_table() -> None:
    run = RetentionApplied(classes=(RetainedClass(name="refused input", cutoff=NOW, rows=0),))
    forgetting = Forgetting.told([envelope("system", "retention", 1, run)])
    assert forgetting.too_old(letters(("t", "cam-1", NOW))) == {}
    assert forgetting.too_old(letters(("t", "cam-1", NOW - timedelta(microseconds=1)))) == {
        "dead_letters": NOW
    }


def test_both_together_are_the_later_of_each() -> None:
    early, late = NOW, NOW + timedelta(hours=1)
    one = Forgetting({"a"}, {("t", "d"): early}, {"telemetry": late})
    other = Forgetting({"b"}, {("t", "d"): late}, {"telemetry": early, "dead_letters": early})
    both = Forgetting({"a", "b"}, {("t", "d"): late}, {"telemetry": late, "dead_letters": early})
    assert one | other == other | one == both
    assert not Forgetting()

"""The same facts in another order, cut and repetition, through a real log and archive each: the digests of facts are equal."""

from __future__ import annotations

import random
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas import telemetry
from schemas.event import Envelope
from schemas.security import AuthenticationFailed
from schemas.topics import TOPICS
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from streams.replay.frontier import behind, frontier_of
from streams.replay.projection import Digest, compare, digest_store
from streams.store import connect
from tests.broker import prepared
from tests.streams.archive.conftest import archiving, until
from tests.streams.archive.sample import batch, envelope
from tests.streams.replay.test_replay import ends

TENANT, DEVICES, ROWS = "facts", ("d0", "d1", "d2"), 60
FACTS = ("facts/telemetry", "facts/security-events")


def reports() -> dict[str, pa.RecordBatch]:
    return {device: batch(TENANT, device, 0, ROWS, ("a", "b")) for device in DEVICES}


def logins() -> list[Envelope]:
    login = AuthenticationFailed(account="root", address="192.0.2.9")
    return [envelope(TENANT, device, number, login, number) for device in DEVICES for number in range(20)]


def write(bootstrap: str, cuts: list[tuple[str, pa.RecordBatch]], events: list[Envelope]) -> None:
    writer = LogWriter(bootstrap, "ingest")
    for device, cut in cuts:
        headers, value = telemetry.encode(cut)
        key = f"{TENANT}/{device}".encode()
        partition = partition_of(key, TOPICS["telemetry"].partitions)
        writer.append_raw("telemetry", value, key=key, headers=headers, partition=partition)
    for event in events:
        writer.append(event)
    writer.flush()


def stored(bootstrap: str, url: str) -> dict[str, Digest]:
    """The digests of a store filled from this log, which is then dropped."""
    database = f"facts_{uuid.uuid4().hex[:12]}"
    store = connect(f"{url}/{database}")
    with archiving(bootstrap, f"{url}/{database}"):
        until(lambda: not behind(ends(bootstrap), frontier_of(store)), "the archive")
    found = digest_store(store)
    store.command(f"DROP DATABASE {database}")
    return found


@pytest.mark.kafka
@pytest.mark.clickhouse
def test_shuffled_repeated_and_cut_otherwise_the_facts_are_equal(clickhouse_url: str, tmp_path: Path) -> None:
    chance: Any = random.Random(11)
    cuts = [(device, rows.slice(at, 20)) for device, rows in reports().items() for at in range(0, ROWS, 20)]
    other = []
    for device, rows in reports().items():
        mixed = rows.take(pa.array(chance.sample(range(ROWS), ROWS)))
        other += [(device, mixed.slice(at, 7)) for at in range(0, ROWS, 7)]
    other += other[:5]
    events = logins()
    with prepared(tmp_path / "one") as bootstrap:
        write(bootstrap, cuts, events)
        first = stored(bootstrap, clickhouse_url)
    with prepared(tmp_path / "other") as bootstrap:
        write(bootstrap, chance.sample(other, len(other)), [*chance.sample(events, len(events)), *events[:9]])
        second = stored(bootstrap, clickhouse_url)
    assert [first[name].rows for name in FACTS] == [180, 60]
    outcome = compare(first, second)
    assert [outcome[name] for name in FACTS] == ["equal", "equal"]
    # Where they lie on the log is another matter, and so are the full digests.
    assert outcome["telemetry"] == "differs"

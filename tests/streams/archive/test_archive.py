"""The archive on a real broker and the real store: everything arrives once, through crashes at the worst moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas import migrations
from schemas.errors import Fatal
from streams.archive.archive import Archive
from streams.archive.source import Source
from streams.archive.target import Target
from streams.log.reader import end_offsets
from streams.log.writer import LogWriter
from tests.streams.archive.conftest import archiving, counts, feed, migrated, overlaps, until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


class CrashError(Exception):
    """Stands for kill -9 at a chosen point."""


def crash_at(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, when: Callable[..., bool], *, after: bool
) -> None:
    """Make a method crash once, before or after it did its work."""
    real = getattr(owner, method)

    def crashing(self: Any, *arguments: Any) -> Any:
        if not when(*arguments):
            return real(self, *arguments)
        if after:
            real(self, *arguments)
        raise CrashError

    monkeypatch.setattr(owner, method, crashing)


def is_ledger(insert: Any) -> bool:
    return bool(insert.table == "ledger_ranges")


def is_events(insert: Any) -> bool:
    return bool(insert.table == "events")


@pytest.mark.parametrize(
    ("owner", "method", "when", "after"),
    [
        (Target, "insert", is_events, True),
        (Target, "insert", is_ledger, False),
        (Target, "insert", is_ledger, True),
        (Source, "settle", lambda _: True, False),
    ],
    ids=["half stored", "stored, not accounted", "accounted", "accounted, not settled"],
)
def test_a_crash_stores_nothing_twice_though_more_has_arrived_since(
    kafka_bootstrap: str,
    store_url: str,
    store: Client,
    writer: LogWriter,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    when: Callable[..., bool],
    after: bool,
) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    feed(writer, tenant, 0, 20)
    with monkeypatch.context() as patch:
        crash_at(patch, owner, method, when, after=after)
        with pytest.raises(CrashError):
            Archive(kafka_bootstrap, store_url, threading.Event()).run()
    feed(writer, tenant, 20, 20)
    with archiving(kafka_bootstrap, store_url):
        until(lambda: counts(store, tenant)[1::2] == (400, 40), "40 batches and 40 events")
        until(
            lambda: store.query("SELECT sum(records) FROM ledger_ranges").result_rows[0][0] >= 80,
            "the ledger",
        )
    # Physically there once: the second insert was known by its token, not merely hidden by FINAL.
    assert counts(store, tenant) == (400, 400, 40, 40)
    assert overlaps(store) == []


def test_killed_again_and_again_it_loses_and_doubles_nothing(
    kafka_bootstrap: str, store_url: str, store: Client, writer: LogWriter, tmp_path: Path
) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    for life in range(3):
        with archive_process(kafka_bootstrap, store_url, tmp_path) as process:
            feed(writer, tenant, life * 60, 60)
            until(lambda floor=life * 60: migrated(store) and counts(store, tenant)[3] > floor, "progress")  # type: ignore[misc]
            feed(writer, tenant, 180 + life * 10, 10)
            process.kill()
    with archive_process(kafka_bootstrap, store_url, tmp_path) as process:
        until(
            lambda: counts(store, tenant)[1::2] == (2100, 210),
            f"all of it\n{(tmp_path / 'archive.log').read_text()[-2000:]}",
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert counts(store, tenant) == (2100, 2100, 210, 210)
    assert overlaps(store) == []


def archive_process(bootstrap: str, url: str, folder: Path) -> subprocess.Popen[bytes]:
    settings = {
        "VEDETTE_KAFKA_BOOTSTRAP": bootstrap,
        "VEDETTE_CLICKHOUSE_URL": url,
        "VEDETTE_LOG_LEVEL": "debug",
    }
    with (folder / "archive.log").open("ab") as log:
        command = [sys.executable, "-m", "streams.archive"]
        return subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)


def test_what_cannot_be_decoded_is_found_among_the_dead_letters(
    kafka_bootstrap: str, store_url: str, store: Client, writer: LogWriter
) -> None:
    mark = uuid.uuid4().hex.encode()
    writer.append_raw("security-events", b'{"mark": "' + mark + b'"}', key=b"x", headers=[("ce_id", b"1")])
    writer.append_raw("telemetry", mark, key=b"x", headers=[("rows", b"3")])
    writer.flush()
    sql = "SELECT field, process FROM dead_letter_list(tenants=['']) WHERE position(raw, {mark:String}) > 0 ORDER BY field"
    with archiving(kafka_bootstrap, store_url):
        until(
            lambda: (
                migrated(store)
                and store.query(sql, parameters={"mark": mark.decode()}).result_rows
                == [("specversion", "archive"), ("value", "archive")]
            ),
            "two dead letters",
        )
    rejected = store.query("SELECT sum(rejected) FROM ledger_ranges FINAL").result_rows[0][0]
    assert rejected >= 4


def test_a_store_of_another_log_is_refused(kafka_bootstrap: str, store_url: str, store: Client) -> None:
    Target(store_url, threading.Event()).migrate()
    store.command(
        "INSERT INTO ledger_ranges (topic, kafka_partition, first_offset, last_offset) VALUES ('alerts', 0, 0, 99999999)"
    )
    with pytest.raises(Fatal, match=r"alerts/0 up to offset 99999999.*another log"):
        Archive(kafka_bootstrap, store_url, threading.Event()).run()


def test_a_migration_that_broke_off_is_completed(store_url: str, store: Client) -> None:
    first = migrations.load()[0]
    store.command(first.statements[0])
    store.command(first.statements[1])
    assert Target(store_url, threading.Event()).migrate() == len(migrations.load())
    assert migrated(store)


def test_a_changed_migration_is_refused(store_url: str, store: Client) -> None:
    target = Target(store_url, threading.Event())
    assert target.migrate() > 0
    assert target.migrate() == 0
    store.command(
        "ALTER TABLE migrations UPDATE checksum = 'other' WHERE number = 2 SETTINGS mutations_sync = 2"
    )
    with pytest.raises(Fatal, match=r"0002_alerts\.sql has changed"):
        target.migrate()


def test_with_until_only_that_prefix_is_stored_and_the_next_archive_goes_on(
    kafka_bootstrap: str, store_url: str, store: Client, writer: LogWriter
) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    feed(writer, tenant, 0, 10)
    prefix = {("telemetry", number): end for number, end in end_offsets(kafka_bootstrap, "telemetry").items()}
    feed(writer, tenant, 10, 10)
    with archiving(kafka_bootstrap, store_url, prefix):
        until(lambda: migrated(store) and counts(store, tenant)[1] == 100, "the prefix")
    assert counts(store, tenant) == (100, 100, 0, 0)
    with archiving(kafka_bootstrap, store_url):
        until(lambda: counts(store, tenant)[1::2] == (200, 20), "the rest")
    assert overlaps(store) == []


def test_a_batch_promised_beyond_the_prefix_is_not_waited_for(
    kafka_bootstrap: str, store_url: str, store: Client, writer: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    feed(writer, tenant, 0, 10)
    prefix = {("telemetry", number): end for number, end in end_offsets(kafka_bootstrap, "telemetry").items()}
    feed(writer, tenant, 10, 10)
    with monkeypatch.context() as patch:
        crash_at(patch, Target, "insert", lambda _: True, after=False)
        with pytest.raises(CrashError):
            Archive(kafka_bootstrap, store_url, threading.Event()).run()
    with archiving(kafka_bootstrap, store_url, prefix):
        until(lambda: migrated(store) and counts(store, tenant)[1] == 100, "the prefix")
    assert counts(store, tenant) == (100, 100, 0, 0)


def test_a_prefix_that_is_none_is_refused_in_plain_words() -> None:
    for text in ("{", '{"alerts": 1}', '{"alerts/0": "x"}', '{"alerts/0": -1}'):
        ran = subprocess.run(
            [sys.executable, "-m", "streams.archive", "--until", text],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 2
        assert "--until" in ran.stderr

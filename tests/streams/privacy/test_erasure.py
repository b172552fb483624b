"""Erasing a device on the real log and store: its values can't be found or opened anywhere, counts and proofs stay, a rebuild is equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from schemas import migrations, telemetry
from schemas.privacy import RetentionApplied, SubjectErase, SubjectErased, erasure_of
from schemas.security import DeviceActivated
from schemas.settings import Settings
from streams.dead_letters.letter import read
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.privacy import retention
from streams.privacy.__main__ import app
from streams.privacy.progress import progress
from streams.privacy.raw_input import GROUP, delete_consumed
from streams.privacy.store import Store
from streams.replay.projection import digest_store
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from streams.store import connect
from tests.streams.archive.sample import batch, envelope
from tests.streams.privacy.running import archiving, erasing
from tests.streams.privacy.sample import CANARY, logins, refused
from tests.streams.privacy.trace import found_in, on_the_log, only_read_parts, wrapped_keys
from tests.streams.worker import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.fixture
def settings(own_broker: str, own_store: tuple[str, Path], home: Path) -> Settings:
    return Settings(kafka_bootstrap=own_broker, clickhouse_url=own_store[0], home=home)


def stored(client: Client, tenant: str) -> int:
    """How many security events of a tenant are in the store."""
    asked = "SELECT count() FROM events FINAL WHERE topic = 'security-events' AND tenant = {tenant:String}"
    return int(client.query(asked, parameters={"tenant": tenant}).first_row[0])


def erase(settings: Settings, tenant: str, device: str) -> SubjectErased:
    """Ask for an erasure and wait until it is complete."""
    event = erasure_of(
        tenant, device, SubjectErase(actor="dpo", reason="art. 17"), datetime.now(UTC), source="test"
    )
    writer = LogWriter(settings.kafka_bootstrap, "control")
    writer.append(event)
    writer.flush()
    wait_for(lambda: progress(settings.kafka_bootstrap).erasures[event.id].done is not None, "the erasure")
    done = progress(settings.kafka_bootstrap).erasures[event.id].done
    assert done is not None
    return done


def test_it_starts_on_a_topic_that_is_empty_and_applies_retention(settings: Settings) -> None:
    with archiving(settings.kafka_bootstrap, settings.clickhouse_url), erasing(settings):
        wait_for(lambda: progress(settings.kafka_bootstrap).retained is not None, "the first run")


def in_the_store_is_nothing_of(client: Client, key: str) -> None:
    """No token of a key, and no value that was sealed with it."""
    for table, text in (("events", "data"), ("known_events", "data"), ("dead_letters", "raw")):
        asked = f"SELECT count() FROM {table} WHERE match({text}, 'sealed.v1.{key}|canary')"
        assert client.command(asked) == 0
        # The files are compressed: that no others are left than those the table reads is what says that they hold nothing.
        wait_for(partial(only_read_parts, client, table), f"{table} to hold its own parts only", 20)


def test_what_is_erased_is_nowhere_and_a_rebuild_is_equal(settings: Settings) -> None:
    bootstrap, url = settings.kafka_bootstrap, settings.clickhouse_url
    keys = KeyFile(settings.keys)
    sealer, unsealer = Sealer(keys), Unsealer(KeyFile(settings.keys))
    logins(sealer, bootstrap, "t", "cam-1", 20)
    logins(sealer, bootstrap, "t", "cam-2", 5, "198.51.100.2")
    key = keys.living("t", "cam-1")
    writer = LogWriter(bootstrap, "ingest")
    writer.bury(refused(sealer, "t", "cam-1", b'{"address": "refused-canary"}'))
    # Of a gateway: whose it is stands in the message only.
    writer.bury(refused(sealer, "t", "cam-1", b'{"tenant": "t", "note": "refused-canary 2"}', known=False))
    writer.flush()
    with archiving(bootstrap, url):
        client = connect(url)
        wait_for(lambda: migrated(client) and stored(client, "t") == 25, "the archive")
        wait_for(lambda: client.command("SELECT count() FROM dead_letters") == 2, "the letters")
        assert not found_in(settings.home, CANARY), "only tokens are ever written"
        token = key.seal(CANARY)
        assert unsealer.texts([token]) == [CANARY]
        with erasing(settings):
            done = erase(settings, "t", "cam-1")
            assert (done.keys, done.actor, done.reason) == ((key.id,), "dpo", "art. 17")
            assert done.rows["events"] == 20
            assert done.rows["dead_letters"] == 1
            assert unsealer.texts([token]) == ["[erased]"]
            in_the_store_is_nothing_of(client, key.id)
            assert wrapped_keys(settings.keys / "subjects.sqlite")[key.id] is None
            assert [on_the_log(bootstrap, text) for text in (CANARY, "ann.canary", "refused-canary")] == [
                []
            ] * 3
            letters = [read(Record.of_confluent(m)) for m in records(bootstrap, "dead-letters")]
            shown = [unsealer.letter(one) for one in letters]
            assert [(one.raw, one.sealed) for one in shown] == [(b"[erased]", True)] * 2
            assert stored(client, "t") == 25, "nothing is lost by an erasure"
            # Made again, it has a new key; the old tokens stay dead.
            logins(sealer, bootstrap, "t", "cam-1", 21)
            assert keys.living("t", "cam-1").id != key.id
            wait_for(lambda: stored(client, "t") == 26, "the new event")
            assert unsealer.texts([token]) == ["[erased]"]
    # Only now: an archive writes its account after the rows, and one that was told to stop has written both.
    before = digest_store(client)
    fresh = f"{url.rpartition('/')[0]}/rebuilt"
    with archiving(bootstrap, fresh):
        again = connect(fresh)
        wait_for(lambda: migrated(again) and stored(again, "t") == 26, "the rebuild")
        wait_for(lambda: digest_store(again) == before, "equal digests", 20)


def test_who_nobody_knows_is_not_said_to_be_erased_but_loses_the_key_if_there_is_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap, keys = settings.kafka_bootstrap, KeyFile(settings.keys)
    for name, value in (
        ("HOME", str(settings.home)),
        ("KAFKA_BOOTSTRAP", bootstrap),
        ("CLICKHOUSE_URL", settings.clickhouse_url),
    ):
        monkeypatch.setenv(f"VEDETTE_{name}", value)
    with archiving(bootstrap, settings.clickhouse_url), erasing(settings):
        nothing = erase(settings, "nobody", "cam-1")
        assert (nothing.known, nothing.keys, sum(nothing.rows.values())) == (False, (), 0)
        # Asked again it is still nobody: what was asked for before is not something of it.
        told = CliRunner().invoke(app, ["erase", "nobody", "cam-1", "--reason", "art. 17"])
        assert (told.exit_code, "nothing is known of such a device" in told.output) == (1, True)
        key = keys.living("nobody", "cam-2")
        only = erase(settings, "nobody", "cam-2")
        assert (only.known, only.keys) == (True, (key.id,))
        assert keys.named(key.id) is None
        # It was activated once; nothing of that is personal.
        writer = LogWriter(bootstrap, "ingest")
        writer.append(envelope("somebody", "cam-3", 0, DeviceActivated(site="berlin")))
        writer.flush()
        store = Store(settings.clickhouse_url)
        wait_for(lambda: store.knows("somebody", "cam-3"), "the archive")
        assert erase(settings, "somebody", "cam-3").known
        client = connect(settings.clickhouse_url)
        asked = "SELECT device, state FROM erasures(tenants = ['nobody']) ORDER BY device, state"
        known = [("cam-1", "unknown"), ("cam-1", "unknown"), ("cam-2", "erased")]
        wait_for(lambda: client.query(asked).result_rows == known, "the view")


def test_raw_input_that_was_taken_is_deleted(settings: Settings) -> None:
    bootstrap = settings.kafka_bootstrap
    writer = LogWriter(bootstrap, "gateway")
    for number in range(5):
        writer.append_raw("telemetry.raw", f"raw-canary {number}".encode(), partition=1)
    writer.flush()
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition("telemetry.raw", 1, 3)], asynchronous=False)
    consumer.close()
    assert delete_consumed(bootstrap) == 3
    left = [message.value() for message in records(bootstrap, "telemetry.raw", partitions=[1])]
    assert left == [b"raw-canary 3", b"raw-canary 4"]
    assert delete_consumed(bootstrap) == 0


def test_what_is_past_its_retention_goes_and_stays_gone_in_a_rebuild(settings: Settings) -> None:
    bootstrap, url = settings.kafka_bootstrap, f"{settings.clickhouse_url.rpartition('/')[0]}/retained"
    writer = LogWriter(bootstrap, "ingest")
    writer.bury(refused(Sealer(KeyFile(settings.keys)), "old", "cam-1", b"old"))
    headers, value = telemetry.encode(batch("old", "cam-1", 0, 10))
    writer.append_raw("telemetry", value, headers=headers, partition=0)
    writer.flush()
    with archiving(bootstrap, url):
        client = connect(url)
        wait_for(
            lambda: migrated(client) and rows(client) == (10, 10, 10),
            "the archive",
        )
        accounted = "SELECT sum(events) FROM ledger_ranges WHERE topic = 'telemetry'"
        wait_for(lambda: client.command(accounted) == 10, "the account")
        # As in a quarter of a year: everything on the log is older than any cutoff then.
        later = datetime.now(UTC) + timedelta(days=100)
        event = retention.apply(bootstrap, Store(url), LogWriter(bootstrap, "privacy"), later)
        assert isinstance(event.data, RetentionApplied)
        removed = {one.name: one.rows for one in event.data.classes}
        assert removed["measurements"] == 10
        assert removed["refused input"] >= 1
        wait_for(lambda: rows(client) == (0, 0, 0), "the store to drop what is old")
        wait_for(lambda: client.command("SELECT count() FROM dead_letters") == 0, "and what was refused")
        assert client.command(accounted) == 10, "what was accounted for stays so"
        assert client.command("SELECT count() FROM device_activity") == 1, "that it was there stays known"
        wait_for(lambda: bool(client.command("SELECT count() FROM retention_runs")), "the run")
    before = digest_store(client)
    fresh = f"{url}_again"
    with archiving(bootstrap, fresh):
        again = connect(fresh)
        wait_for(lambda: migrated(again), "the tables")
        wait_for(lambda: digest_store(again) == before, "equal digests", 20)


def migrated(client: Client) -> bool:
    """Whether all tables are there, as they are now."""
    if not client.command("EXISTS migrations"):
        return False
    return int(str(client.command("SELECT count() FROM migrations FINAL"))) == len(migrations.load())


def rows(client: Client) -> tuple[int, int, int]:
    """Rows of measurements, of when they were known, and events those hours hold."""
    asked = "SELECT (SELECT count() FROM telemetry), (SELECT count() FROM known_telemetry), (SELECT count() FROM known_hours) * 10"
    found = client.query(asked).first_row
    return found[0], found[1], found[2]

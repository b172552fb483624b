"""Erasing a device on the real log and store: its values can't be found or opened anywhere, counts and proofs stay, a rebuild is equal."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas.dead_letter import bury
from schemas.errors import Rejected
from schemas.privacy import SubjectErase, SubjectErased, erasure_of
from schemas.security import AuthenticationFailed
from schemas.settings import Settings
from streams.archive.archive import Archive
from streams.log.writer import LogWriter
from streams.privacy.erasure import Eraser
from streams.privacy.process import PrivacyProcess
from streams.privacy.progress import progress
from streams.privacy.requests import Requests
from streams.privacy.store import Store
from streams.replay.projection import digest_store
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from streams.store import connect
from tests.streams.archive.sample import envelope
from tests.streams.worker import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
CANARY = "canary-7f3a.example.net"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(own_broker: str, own_store: tuple[str, Path], home: Path) -> Settings:
    return Settings(kafka_bootstrap=own_broker, clickhouse_url=own_store[0], home=home)


@contextmanager
def archiving(bootstrap: str, url: str) -> Iterator[None]:
    """An archive, stopped at the end."""
    with _running(lambda stop: Archive(bootstrap, url, stop).run()):
        yield


@contextmanager
def erasing(settings: Settings) -> Iterator[None]:
    """A privacy process, stopped at the end."""
    with _running(lambda stop: PrivacyProcess(settings, stop).run()):
        yield


@contextmanager
def _running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop, failures = threading.Event(), list[Exception]()

    def work() -> None:
        try:
            run(stop)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not failures, failures


def found_in(folder: Path, text: str) -> list[str]:
    """The files below a folder that hold a text."""
    wanted = text.encode()
    return [str(path) for path in folder.rglob("*") if path.is_file() and wanted in path.read_bytes()]


def logins(
    sealer: Sealer, bootstrap: str, tenant: str, device: str, count: int, address: str = CANARY
) -> None:
    """Failed logins as the edge writes them."""
    writer = LogWriter(bootstrap, "ingest")
    for number in range(count):
        login = AuthenticationFailed(account="ann.canary", address=address)
        writer.append(sealer.seal(envelope(tenant, device, number, login)))
    writer.flush()


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
    wait_for(lambda: progress(settings.kafka_bootstrap).erasures[event.id].state == "erased", "the erasure")
    done = progress(settings.kafka_bootstrap).erasures[event.id].done
    assert done is not None
    return done


def test_what_is_erased_is_nowhere_and_a_rebuild_is_equal(
    settings: Settings, own_store: tuple[str, Path], tmp_path: Path
) -> None:
    bootstrap, (url, files) = settings.kafka_bootstrap, own_store
    keys = KeyFile(settings.keys)
    sealer, unsealer = Sealer(keys), Unsealer(KeyFile(settings.keys))
    logins(sealer, bootstrap, "t", "cam-1", 20)
    logins(sealer, bootstrap, "t", "cam-2", 5, "198.51.100.2")
    key = keys.living("t", "cam-1")
    letter = bury(
        b'{"address": "refused-canary"}',
        Rejected("bad_json", "", "is cut off"),
        origin="mqtt:v1",
        process="ingest",
        time=datetime.now(UTC),
        tenant="t",
        device="cam-1",
    )
    writer = LogWriter(bootstrap, "ingest")
    writer.bury(letter)
    writer.flush()
    with archiving(bootstrap, url):
        client = connect(url)
        wait_for(lambda: bool(client.command("EXISTS tenants")) and stored(client, "t") == 25, "the archive")
        wait_for(lambda: bool(client.command("SELECT count() FROM dead_letters")), "the letter")
        assert not found_in(settings.home, CANARY), "only tokens are ever written"
        token = key.seal(CANARY)
        assert unsealer.texts([token]) == [CANARY]
        with erasing(settings):
            done = erase(settings, "t", "cam-1")
            assert (done.keys, done.actor, done.reason) == ((key.id,), "dpo", "art. 17")
            assert done.rows["events"] == 20
            assert done.rows["dead_letters"] == 1
            assert unsealer.texts([token]) == ["[erased]"]
            assert not found_in(files, key.id) or not client.command(
                f"SELECT count() FROM events WHERE data LIKE '%sealed.v1.{key.id}%'"
            )
            assert not found_in(files, "refused-canary")
            assert not found_in(files, token)
            wrapped = connect_raw(settings.keys / "subjects.sqlite")
            assert wrapped[key.id] is None
            assert stored(client, "t") == 25, "nothing is lost by an erasure"
            # Made again, it has a new key; the old tokens stay dead.
            logins(sealer, bootstrap, "t", "cam-1", 21)
            assert keys.living("t", "cam-1").id != key.id
            wait_for(lambda: stored(client, "t") == 26, "the new event")
            assert unsealer.texts([token]) == ["[erased]"]
            before = digest_store(client)
    fresh = f"{url.rpartition('/')[0]}/rebuilt"
    with archiving(bootstrap, fresh):
        again = connect(fresh)
        wait_for(lambda: bool(again.command("EXISTS tenants")) and stored(again, "t") == 26, "the rebuild")
        wait_for(lambda: digest_store(again) == before, "equal digests", 20)


def connect_raw(path: Path) -> dict[str, bytes | None]:
    """Each key id with its wrapped key, as the file has them."""
    import sqlite3

    with sqlite3.connect(path) as db:
        return dict(db.execute("SELECT id, wrapped FROM keys").fetchall())

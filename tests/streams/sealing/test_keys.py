"""What every key store must do: the contract a new adapter is tested against, here the file and the one in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import Fatal
from streams.sealing.key_file import KeyFile
from streams.sealing.keys import Keys
from streams.sealing.master_key import master_key
from tests.streams.sealing.memory import KeysInMemory

NOW = datetime(2026, 5, 1, tzinfo=UTC)
Open = Callable[[], Keys]


@pytest.fixture(params=["file", "memory"])
def open_keys(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store, each time as another process would."""
    memory = KeysInMemory()
    return (lambda: KeyFile(tmp_path / "keys")) if request.param == "file" else lambda: memory


def test_a_subject_has_one_key_that_everybody_finds(open_keys: Open) -> None:
    key = open_keys().living("acme", "cam-1")
    assert open_keys().living("acme", "cam-1").id == key.id
    named = open_keys().named(key.id)
    assert named is not None
    assert named.open(key.seal("x")) == "x"
    assert open_keys().living("acme", "cam-2").id != key.id != open_keys().living("other", "cam-1").id


def test_a_destroyed_key_is_nowhere_and_whose_it_was_stays_known(open_keys: Open) -> None:
    keys = open_keys()
    key, other = keys.living("acme", "cam-1"), keys.living("acme", "cam-2")
    destroyed = open_keys().destroy("acme", "cam-1", "r1", lambda: NOW)
    assert destroyed == ((key.id,), NOW)
    assert keys.named(key.id) is None
    assert keys.was_of(key.id) == ("acme", "cam-1")
    assert keys.named(other.id) is not None
    assert keys.was_of(other.id) is None
    assert keys.was_of("f" * 16) is None


def test_a_subject_made_again_has_a_new_key_that_the_same_request_spares(open_keys: Open) -> None:
    first = open_keys().living("acme", "cam-1")
    told = open_keys().destroy("acme", "cam-1", "r1", lambda: NOW)
    second = open_keys().living("acme", "cam-1")
    assert second.id != first.id
    later = NOW + timedelta(hours=1)
    assert open_keys().destroy("acme", "cam-1", "r1", lambda: later) == told
    assert open_keys().named(second.id) is not None
    assert open_keys().destroy("acme", "cam-1", "r2", lambda: later) == ((second.id,), later)


def test_erasing_who_never_had_a_key_destroys_none(open_keys: Open) -> None:
    assert open_keys().destroy("acme", "nobody", "r1", lambda: NOW) == ((), NOW)
    key = open_keys().living("acme", "nobody")
    assert open_keys().destroy("acme", "nobody", "r1", lambda: NOW).keys == ()
    assert open_keys().named(key.id) is not None


def test_the_version_tells_of_a_destruction_elsewhere(open_keys: Open) -> None:
    keys = open_keys()
    keys.living("acme", "cam-1")
    before = keys.version()
    assert keys.version() == before
    open_keys().destroy("acme", "cam-1", "r1", lambda: NOW)
    assert keys.version() != before


def test_the_file_and_what_is_beside_it_hold_no_destroyed_key(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    key = keys.living("acme", "cam-1")
    with sqlite3.connect(keys.path) as database:
        (wrapped,) = database.execute("SELECT wrapped FROM keys WHERE id = ?", (key.id,)).fetchone()
    database.close()

    def holding() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if wrapped in path.read_bytes()]

    assert holding()
    keys.destroy("acme", "cam-1", "r1", lambda: NOW)
    assert holding() == []


def test_only_the_owner_may_read_the_keys(tmp_path: Path) -> None:
    KeyFile(tmp_path / "keys").living("acme", "cam-1")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "keys").iterdir())


def test_a_lost_or_wrong_master_key_is_told(tmp_path: Path) -> None:
    key = KeyFile(tmp_path).living("acme", "cam-1")
    path = tmp_path / "master.key"
    path.write_text("not hex")
    with pytest.raises(Fatal, match=r"master\.key: must hold 32 bytes in hex"):
        KeyFile(tmp_path)
    path.unlink()
    with pytest.raises(Fatal, match="written with another master key"):
        KeyFile(tmp_path).named(key.id)


def test_what_is_no_key_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "subjects.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(Fatal, match="can't be read"):
        KeyFile(tmp_path)


def test_the_master_key_is_made_once(tmp_path: Path) -> None:
    assert master_key(tmp_path / "k" / "master.key") == master_key(tmp_path / "k" / "master.key")
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["master.key"]

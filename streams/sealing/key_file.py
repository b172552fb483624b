"""The key store of the local stack: one SQLite file, each key wrapped with the master key (AES-KW with padding, RFC 5649).

A destroyed key's row stays as a tombstone without the key. `secure_delete` overwrites it, and the write-ahead log is emptied before
`destroy` returns. It does not work against who copied file *and* master key before, nor where the disk keeps old blocks
(SSD wear levelling, snapshots): then use a key service that promises destruction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from schemas.errors import Fatal, Retryable
from schemas.event import parse_time, rfc3339
from streams.sealing.keys import Destroyed
from streams.sealing.master_key import master_key
from streams.sealing.token import Key, new_id, new_secret

BUSY_S = 10.0
TABLES = """
CREATE TABLE IF NOT EXISTS keys
(
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, subject TEXT NOT NULL, wrapped BLOB, request TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS living ON keys (tenant, subject) WHERE wrapped IS NOT NULL;
CREATE TABLE IF NOT EXISTS erasures (request TEXT PRIMARY KEY, time TEXT NOT NULL) WITHOUT ROWID;
"""


class KeyFile:
    """The keys in the folder `folder` (`subjects.sqlite`, `master.key`), which is made when missing. See `streams.sealing.keys.Keys`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / "subjects.sqlite"
        self._master = master_key(folder / "master.key")
        with told_apart(self.path):
            if not self.path.exists():
                # Never opened past SQLite again: closing such a handle would drop this process's locks.
                self.path.touch(0o600)
            self._db = sqlite3.connect(
                self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            # FULL: a key is on the disk before anything is sealed with it.
            for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._db.execute(f"PRAGMA {setting}").fetchall()
            self._db.executescript(TABLES)

    def living(self, tenant: str, subject: str) -> Key:
        """See Keys."""
        with told_apart(self.path):
            return self._find(tenant, subject) or self._make(tenant, subject)

    def named(self, id_: str) -> Key | None:
        """See Keys."""
        with told_apart(self.path):
            row = self._db.execute(
                "SELECT tenant, subject, wrapped FROM keys WHERE id = ?", (id_,)
            ).fetchone()
        return self._unwrap(id_, *row) if row and row[2] is not None else None

    def was_of(self, id_: str) -> tuple[str, str] | None:
        """See Keys."""
        with told_apart(self.path):
            asked = "SELECT tenant, subject FROM keys WHERE id = ? AND wrapped IS NULL"
            row: tuple[str, str] | None = self._db.execute(asked, (id_,)).fetchone()
        return row

    def destroy(self, tenant: str, subject: str, request: str, clock: Callable[[], datetime]) -> Destroyed:
        """See Keys."""
        with told_apart(self.path):
            with self._transaction():
                self._destroy(tenant, subject, request, clock)
            # Busy while another process reads: what it waits for is milliseconds.
            (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Retryable(f"{self.path}: in use; the destroyed key is still in its write-ahead log")
            (time,) = self._db.execute("SELECT time FROM erasures WHERE request = ?", (request,)).fetchone()
            ids = self._db.execute("SELECT id FROM keys WHERE request = ? ORDER BY id", (request,)).fetchall()
        return Destroyed(tuple(id_ for (id_,) in ids), parse_time(time))

    def version(self) -> int:
        """See Keys. SQLite's own count of other connections' commits, so a key made elsewhere changes it as well."""
        with told_apart(self.path):
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _find(self, tenant: str, subject: str) -> Key | None:
        row = self._db.execute(
            "SELECT id, wrapped FROM keys WHERE tenant = ? AND subject = ? AND wrapped IS NOT NULL",
            (tenant, subject),
        ).fetchone()
        return self._unwrap(row[0], tenant, subject, row[1]) if row else None

    def _make(self, tenant: str, subject: str) -> Key:
        with self._transaction():
            found = self._find(tenant, subject)
            if found is None:
                found = Key.of(new_id(), tenant, subject, secret := new_secret())
                wrapped = aes_key_wrap_with_padding(self._master, secret)
                self._db.execute(
                    "INSERT INTO keys (id, tenant, subject, wrapped) VALUES (?, ?, ?, ?)",
                    (found.id, tenant, subject, wrapped),
                )
        return found

    def _destroy(self, tenant: str, subject: str, request: str, clock: Callable[[], datetime]) -> None:
        done = self._db.execute("SELECT 1 FROM erasures WHERE request = ?", (request,)).fetchone()
        if not done:
            self._db.execute("INSERT INTO erasures VALUES (?, ?)", (request, rfc3339(clock())))
            self._db.execute(
                "UPDATE keys SET wrapped = NULL, request = ? WHERE tenant = ? AND subject = ? AND wrapped IS NOT NULL",
                (request, tenant, subject),
            )

    def _unwrap(self, id_: str, tenant: str, subject: str, wrapped: bytes) -> Key:
        try:
            return Key.of(id_, tenant, subject, aes_key_unwrap_with_padding(self._master, wrapped))
        except (InvalidUnwrap, ValueError):
            raise Fatal(f"{self.path}: was written with another master key than the one beside it") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


@contextmanager
def told_apart(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into Retryable (busy, locked) or Fatal."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Retryable(f"{path}: {error}") from None
    except (sqlite3.DatabaseError, OSError) as error:
        raise Fatal(f"{path}: can't be read: {error}") from None

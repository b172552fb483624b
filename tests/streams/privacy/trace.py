"""Where something that was erased could still be found: in files, on the log, among the keys, in parts a table no longer reads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from clickhouse_connect.driver.client import Client

from schemas.topics import TOPICS
from streams.log.reader import records

# What lies beside the parts of a table and holds no rows.
BESIDE = ("detached", "deduplication_logs")


def found_in(folder: Path, text: str) -> list[str]:
    """The files below a folder that hold a text."""
    wanted = text.encode()
    return [str(path) for path in folder.rglob("*") if path.is_file() and wanted in path.read_bytes()]


def on_the_log(bootstrap: str, text: str) -> list[str]:
    """The topics that hold a text in any record as it is read, uncompressed."""
    wanted = text.encode()
    return [
        topic
        for topic in TOPICS
        for message in records(bootstrap, topic)
        if any(
            wanted in part
            for part in (
                message.key() or b"",
                message.value() or b"",
                *dict(message.headers() or ()).values(),
            )
        )
    ]


def wrapped_keys(path: Path) -> dict[str, bytes | None]:
    """Each key id with its wrapped key, as the file has them."""
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT id, wrapped FROM keys").fetchall())


def only_read_parts(client: Client, table: str) -> bool:
    """Whether the disk holds only the parts a table is read from. False for a moment while one is written: the archive goes on."""
    return parts_on_disk(client, table) == active_parts(client, table)


def parts_on_disk(client: Client, table: str) -> set[str]:
    """The folders of parts there are for a table, whatever the server says of them."""
    asked = (
        "SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table = {t:String}"
    )
    folders = {Path(path).parent for (path,) in client.query(asked, {"t": table}).result_rows}
    found = {
        one.name for folder in folders for one in folder.iterdir() if one.is_dir() and one.name not in BESIDE
    }
    assert found
    return found


def active_parts(client: Client, table: str) -> set[str]:
    """The parts a table is read from."""
    asked = (
        "SELECT name FROM system.parts WHERE active AND database = currentDatabase() AND table = {t:String}"
    )
    return {name for (name,) in client.query(asked, {"t": table}).result_rows}

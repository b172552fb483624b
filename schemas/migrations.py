"""ClickHouse's tables and views as numbered SQL files, applied in order, once each, and never changed afterwards.

The files lie in `schemas/clickhouse`, named `0001_facts.sql`; a statement ends with a semicolon at the end of a line
and can be repeated, because a file that was applied by half is applied again. This module only reads them; the archive applies them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import Fatal

FOLDER = Path(__file__).parent / "clickhouse"
NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

TABLE = """\
CREATE TABLE IF NOT EXISTS migrations
(
    number UInt32,
    name String,
    checksum String,
    applied_time DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree
ORDER BY number"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name without number and suffix, its statements in order, and the SHA-256 of its bytes in hex."""

    number: int
    name: str
    statements: tuple[str, ...]
    checksum: str


def load(folder: Path = FOLDER) -> list[Migration]:
    """Every migration in order; Fatal where a number is missing, used twice or a file is not named like one."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [migration.number for migration in found]
    if not found or numbers != list(range(1, len(found) + 1)):
        raise Fatal(f"{folder}: migrations must be numbered 1, 2, 3 ... without a gap, but are {numbers}")
    return found


def pending(migrations: list[Migration], applied: dict[int, str]) -> list[Migration]:
    """Those still to apply, given the checksum of each number applied before.

    Fatal where an applied one has changed since, or the store knows one that is newer than this version of Vedette.
    """
    known = {migration.number: migration for migration in migrations}
    for number, checksum in sorted(applied.items()):
        if number not in known:
            raise Fatal(
                f"ClickHouse has migration {number}, which this version does not know: run a newer Vedette"
            )
        if known[number].checksum != checksum:
            name = f"{number:04}_{known[number].name}.sql"
            raise Fatal(
                f"{name} has changed since it was applied to ClickHouse: restore it and write a new migration"
            )
    return [migration for migration in migrations if migration.number not in applied]


def split(sql: str) -> tuple[str, ...]:
    """The statements of a file without comment lines; each ends with a semicolon at the end of a line."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";[ \t]*$", "\n".join(lines), flags=re.MULTILINE)
    return tuple(part.strip() for part in parts if part.strip())


def _read(path: Path) -> Migration:
    matched = NAME.fullmatch(path.name)
    if matched is None:
        raise Fatal(f"{path.name}: a migration is named like 0001_what_it_makes.sql")
    data = path.read_bytes()
    return Migration(
        number=int(matched[1]),
        name=matched[2],
        statements=split(data.decode()),
        checksum=hashlib.sha256(data).hexdigest(),
    )

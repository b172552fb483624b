"""The options of the command, and the mapping they and a file together say."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec
import typer

from schemas.errors import Rejected
from schemas.pki import NAME
from streams.ingest.file.mapping import Mapping, load


class Rebase(StrEnum):
    """What to do with the recorded times."""

    keep = "keep"
    now = "now"


PATHS = typer.Argument(..., help="CSV, NDJSON or Zeek files, or folders of them; may be compressed")
MAPPING = typer.Option(None, help="YAML file with any of the options below as keys")
TIME = typer.Option("", help="column with the time, or date and time columns as A,B")
TIME_FORMAT = typer.Option("", help="strptime format, or epoch_s, epoch_ms, epoch_us")
DEVICE = typer.Option("", help="column with the device, or one name for all; default: the file's name")
METRICS = typer.Option("", help="columns to send as metrics, A,B,...; default: every numeric one")
LABEL = typer.Option("", help="columns never to send, A,B,...; label, anomaly, attack and such never are")
TENANT = typer.Option("", help="tenant the devices belong to; default: recorded")
SITE = typer.Option("", help="site of the devices")
MODEL = typer.Option("", help="model of the devices")
DELIMITER = typer.Option("", help="what separates columns; default: found out")
SPEED = typer.Option(0.0, min=0.0, help="recorded seconds a second; 0: as fast as possible")
REBASE = typer.Option(Rebase.keep, help="keep recorded times, or move them so that the newest is now")
WAIT_S = typer.Option(30.0, min=0.0, help="how long to wait at the end until all is accounted for")
JSON = typer.Option(False, "--json", help="print the outcome as JSON")
SEVERAL = ("time", "metrics", "label")


def mapped(file: Path | None, **given: str) -> Mapping:
    """What a mapping file says, and instead of it what was given as an option (empty: not given); Rejected where the file is wrong, or
    the tenant is none that ingest takes: every row would be refused."""
    base = load(file) if file else Mapping()
    meant = {name: _meant(name, text) for name, text in given.items()}
    found = msgspec.structs.replace(base, **{name: value for name, value in meant.items() if value})
    if not NAME.fullmatch(found.tenant):
        raise Rejected("bad_name", "--tenant", "must be 1-64 of A-Z a-z 0-9 . _ -")
    return found


def _meant(name: str, text: str) -> str | tuple[str, ...]:
    if name in SEVERAL:
        return tuple(filter(None, text.split(",")))
    return "\t" if (name, text) == ("delimiter", "\\t") else text

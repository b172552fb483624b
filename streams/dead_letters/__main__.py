"""`python -m streams.dead_letters`: look at dead letters, put them back, drop them.

`reinject` and `drop` only say what they would do; with `--apply` they do it. Exit code 0: done, 1: a letter can't be put back or is not
there, 2: used wrongly, 3: Kafka is down.
"""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from schemas.errors import Fatal, Rejected
from schemas.settings import Settings
from streams.command import commands, explained, kafka
from streams.dead_letters import shown
from streams.dead_letters.letter import STATES, Letter, Selection
from streams.dead_letters.option import ACTOR, ALL, APPLY, COMMENT, JSON, LIMIT, selecting
from streams.dead_letters.outcome import Outcome
from streams.dead_letters.queue import Found, find
from streams.dead_letters.repair import Repair, parse_assignment
from streams.dead_letters.settlement import Request, settle
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer

app = commands(__doc__)
STATE = typer.Option(["open"], help=f"{', '.join(STATES)} or any; may be given several times")
SET = typer.Option(
    [], "--set", metavar="PATH=VALUE", help="first set this in the JSON; VALUE is JSON, else text"
)
REMOVE = typer.Option([], "--remove", metavar="PATH", help="first remove this from the JSON")
WITH = typer.Option(None, "--with", help="put back the bytes of this file instead; for one letter")
KEEP_GOING = typer.Option(
    False, "--keep-going", help="leave out what can't be put back instead of stopping at the first"
)


@app.command("list")
@selecting
def list_letters(
    selection: Selection, state: list[str] = STATE, limit: int = LIMIT, as_json: bool = JSON
) -> None:
    """Say which dead letters there are, the oldest first."""
    selection = replace(selection, states=_states(state))
    found = find(kafka(), selection, limit, _unsealer())
    if as_json:
        typer.echo(json.dumps(shown.listing(found)))
    elif not sys.stdout.isatty():
        if found.letters:
            typer.echo(shown.plain(found))
        typer.echo(_summary(found), err=True)
    else:
        console = Console()
        if found.letters:
            console.print(shown.table(found))
        console.print(_summary(found), markup=False)


@app.command()
def show(
    letter: str = typer.Argument(..., help="the id of a letter, or the beginning of one"),
    exact: bool = typer.Option(
        False, "--bytes", help="print nothing but its exact bytes, to repair them in a file"
    ),
    as_json: bool = JSON,
) -> None:
    """Say why one letter was refused, where it came from, what became of it, and what is in it, in a form that is safe to print."""
    with explained():
        one = _one(letter)
    if exact:
        sys.stdout.buffer.write(one.letter.raw)
    elif as_json:
        typer.echo(json.dumps(shown.document(one, with_bytes=True)))
    else:
        typer.echo(shown.details(one))


@app.command()
@selecting
def reinject(
    selection: Selection,
    limit: int = LIMIT,
    assign: list[str] = SET,
    remove: list[str] = REMOVE,
    replacement: Path | None = WITH,
    keep_going: bool = KEEP_GOING,
    everything: bool = ALL,
    actor: str = ACTOR,
    comment: str = COMMENT,
    apply: bool = APPLY,
    as_json: bool = JSON,
) -> None:
    """Put open letters back to `telemetry.raw`, repaired where asked, once each; ingest then takes or refuses them anew."""
    repair = Repair(_read(replacement), tuple(parse_assignment(text) for text in assign), tuple(remove))
    asked = Request(selection, actor or getpass.getuser(), comment, limit, everything, apply)
    _report(settle(kafka(), asked, _unsealer(), repair, keep_going=keep_going, now=_now), as_json=as_json)


@app.command()
@selecting
def drop(
    selection: Selection,
    limit: int = LIMIT,
    everything: bool = ALL,
    actor: str = ACTOR,
    comment: str = COMMENT,
    apply: bool = APPLY,
    as_json: bool = JSON,
) -> None:
    """Mark open letters as settled, once each; their bytes stay on the log."""
    asked = Request(selection, actor or getpass.getuser(), comment, limit, everything, apply)
    _report(settle(kafka(), asked, _unsealer(), now=_now), as_json=as_json)


def _now() -> datetime:
    return datetime.now(UTC)


def _unsealer() -> Unsealer:
    """Opens with the keys of this machine; where there are none, everything stays sealed."""
    return Unsealer(KeyFile(Settings.load().keys))


def _report(outcome: Outcome, *, as_json: bool) -> None:
    typer.echo(json.dumps(outcome.document()) if as_json else outcome.told())
    raise typer.Exit(0 if outcome.well else 1)


def _states(given: list[str]) -> frozenset[str]:
    for state in given:
        if state not in (*STATES, "any"):
            raise Rejected("bad_state", "--state", f"must be {', '.join(STATES)} or any")
    return frozenset() if "any" in given else frozenset(given)


def _one(start: str) -> Letter:
    found = find(kafka(), Selection(ids=(start,), states=frozenset()), 2, _unsealer())
    one = found.named(start)
    if one is None and found.letters:
        raise Rejected("bad_selection", "letter", f"{found.matching} letters begin so; give more of its id")
    if one is None:
        raise Fatal(f"there is no dead letter {shown.safe(start)}")
    return one


def _read(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise Rejected("bad_file", "--with", f"{path} cannot be read: {error.strerror}") from None


def _summary(found: Found) -> str:
    if not found.matching:
        return "no dead letter matches; --state any shows settled ones too"
    some = f", the oldest {len(found.letters)} shown; --limit shows more" if found.left else ""
    return f"{found.matching} dead letters match{some}"


if __name__ == "__main__":
    app()

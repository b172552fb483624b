"""`python -m streams.dead_letters`: look at dead letters, put them back, drop them.

`reinject` and `drop` only say what they would do; with `--apply` they do it. Exit code 0: done, 1: a letter can't be put back or is not
there, 2: used wrongly, 3: Kafka is down.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console

from schemas.errors import Fatal, Rejected, Retryable
from schemas.event import parse_time
from schemas.settings import Settings
from streams.dead_letters import shown
from streams.dead_letters.letter import STATES, Letter, Selection
from streams.dead_letters.outcome import Outcome, missing, plan
from streams.dead_letters.queue import Found, find
from streams.dead_letters.repair import Repair, parse_assignment
from streams.dead_letters.settler import Settler
from streams.log.topics import ensure

KAFKA_S = 5.0
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help=__doc__)
IDS = typer.Argument(None, metavar="[ID]...", help="letters by id, or the beginning of one")
CODE = typer.Option([], help="only with this code; may be given several times, as the next four")
PROCESS = typer.Option([], help="only refused by this process")
FIELD = typer.Option([], help="only about this field")
TENANT = typer.Option([], help="only from this tenant, where the edge knew it")
DEVICE = typer.Option([], help="only from this device, where the edge knew it")
SINCE = typer.Option("", help="only refused at or after this RFC 3339 time")
UNTIL = typer.Option("", help="only refused before this RFC 3339 time")
LIMIT = typer.Option(100, min=1, help="at most so many, the oldest")
JSON = typer.Option(False, "--json", help="one JSON document")
APPLY = typer.Option(False, "--apply", help="do it; else it is only said what would be done")
ALL = typer.Option(False, "--all", help="every open letter, where nothing else selects")
ACTOR = typer.Option("", help="who does it; default: the user's name")
COMMENT = typer.Option("", help="why, kept with the event")


@contextmanager
def _explained() -> Iterator[None]:
    """Errors as one line and the right exit code."""
    try:
        yield
    except Retryable as error:
        typer.echo(f"{error}; start Kafka or set VEDETTE_KAFKA_BOOTSTRAP", err=True)
        raise typer.Exit(3) from None
    except Rejected as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except Fatal as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _bootstrap() -> str:
    """Kafka's address once it answers, with every topic there."""
    bootstrap = Settings.load().kafka_bootstrap
    try:
        ensure(bootstrap, KAFKA_S)
    except Fatal as error:
        raise Retryable(str(error)) from None
    return bootstrap


def _selection(ids: list[str] | None, since: str, until: str, **sets: list[str]) -> Selection:
    return Selection(
        ids=tuple(ids or ()),
        since=parse_time(since, "--since") if since else None,
        until=parse_time(until, "--until") if until else None,
        **{name: frozenset(values) for name, values in sets.items()},
    )


@app.command("list")
def list_letters(
    ids: list[str] = IDS,
    code: list[str] = CODE,
    process: list[str] = PROCESS,
    field: list[str] = FIELD,
    tenant: list[str] = TENANT,
    device: list[str] = DEVICE,
    since: str = SINCE,
    until: str = UNTIL,
    state: list[str] = typer.Option(["open"], help=f"{', '.join(STATES)} or any; may be given several times"),
    limit: int = LIMIT,
    as_json: bool = JSON,
) -> None:
    """Say which dead letters there are, the oldest first."""
    with _explained():
        states = _states(state)
        selection = _selection(
            ids,
            since,
            until,
            codes=code,
            processes=process,
            fields=field,
            tenants=tenant,
            devices=device,
            states=states,
        )
        found = find(_bootstrap(), selection, limit)
    if as_json:
        letters = [shown.document(one) for one in found.letters]
        typer.echo(json.dumps({"matching": found.matching, "letters": letters}))
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
    with _explained():
        one = _one(letter)
    if exact:
        sys.stdout.buffer.write(one.letter.raw)
    elif as_json:
        typer.echo(json.dumps(shown.document(one, with_bytes=True)))
    else:
        typer.echo(shown.details(one))


@app.command()
def reinject(
    ids: list[str] = IDS,
    code: list[str] = CODE,
    process: list[str] = PROCESS,
    field: list[str] = FIELD,
    tenant: list[str] = TENANT,
    device: list[str] = DEVICE,
    since: str = SINCE,
    until: str = UNTIL,
    limit: int = LIMIT,
    assign: list[str] = typer.Option(
        [], "--set", metavar="PATH=VALUE", help="first set this in the JSON; VALUE is JSON, else text"
    ),
    remove: list[str] = typer.Option([], "--remove", metavar="PATH", help="first remove this from the JSON"),
    replacement: Path | None = typer.Option(
        None, "--with", help="put back the bytes of this file instead; for one letter"
    ),
    keep_going: bool = typer.Option(
        False, "--keep-going", help="leave out what can't be put back instead of stopping at the first"
    ),
    everything: bool = ALL,
    actor: str = ACTOR,
    comment: str = COMMENT,
    apply: bool = APPLY,
    as_json: bool = JSON,
) -> None:
    """Put open letters back to `telemetry.raw`, repaired where asked, once each; ingest then takes or refuses them anew."""
    with _explained():
        repair = Repair(_read(replacement), tuple(parse_assignment(text) for text in assign), tuple(remove))
        selection = _selection(
            ids, since, until, codes=code, processes=process, fields=field, tenants=tenant, devices=device
        )
        _check_narrow(selection, everything)
        settler = _settler(apply, actor, comment)
        found = find(_bootstrap(), selection, limit)
        if replacement is not None and found.matching != 1:
            raise Rejected("bad_selection", "--with", f"is for one letter; {found.matching} match")
        good, refused = plan(found.letters, repair, keep_going=keep_going)
        done = settler.reinject(good) if settler else []
    _report(
        Outcome(
            "put back",
            found,
            [one.letter for one in good],
            apply,
            done,
            refused,
            stopped=bool(refused) and not keep_going,
            missing=missing(ids or (), found),
        ),
        as_json=as_json,
    )


@app.command()
def drop(
    ids: list[str] = IDS,
    code: list[str] = CODE,
    process: list[str] = PROCESS,
    field: list[str] = FIELD,
    tenant: list[str] = TENANT,
    device: list[str] = DEVICE,
    since: str = SINCE,
    until: str = UNTIL,
    limit: int = LIMIT,
    everything: bool = ALL,
    actor: str = ACTOR,
    comment: str = COMMENT,
    apply: bool = APPLY,
    as_json: bool = JSON,
) -> None:
    """Mark open letters as settled, once each; their bytes stay on the log."""
    with _explained():
        selection = _selection(
            ids, since, until, codes=code, processes=process, fields=field, tenants=tenant, devices=device
        )
        _check_narrow(selection, everything)
        settler = _settler(apply, actor, comment)
        found = find(_bootstrap(), selection, limit)
        done = settler.drop(found.letters) if settler else []
    _report(
        Outcome("dropped", found, found.letters, apply, done, missing=missing(ids or (), found)),
        as_json=as_json,
    )


def _report(outcome: Outcome, *, as_json: bool) -> None:
    typer.echo(json.dumps(outcome.document()) if as_json else outcome.told())
    raise typer.Exit(0 if outcome.well else 1)


def _states(given: list[str]) -> list[str]:
    for state in given:
        if state not in (*STATES, "any"):
            raise Rejected("bad_state", "--state", f"must be {', '.join(STATES)} or any")
    return [] if "any" in given else given


def _one(start: str) -> Letter:
    found = find(_bootstrap(), Selection(ids=(start,), states=frozenset()), 2)
    exact = [one for one in found.letters if one.id == start]
    if not found.letters:
        raise Fatal(f"there is no dead letter {shown.safe(start)}")
    if len(found.letters) > 1 and not exact:
        raise Rejected("bad_selection", "letter", f"{found.matching} letters begin so; give more of its id")
    return (exact or found.letters)[0]


def _check_narrow(selection: Selection, everything: bool) -> None:
    if not selection.narrow and not everything:
        raise Rejected("bad_selection", "", "nothing selects letters; give ids or options, or --all")


def _settler(apply: bool, actor: str, comment: str) -> Settler | None:
    if not apply:
        return None
    return Settler(_bootstrap(), actor or getpass.getuser(), comment, lambda: datetime.now(UTC))


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

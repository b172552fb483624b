"""`python -m streams.what_if`: what would have been different?

Exit code 0: done (for `run`: whatever it found), 1: it failed or was cancelled, 2: used wrongly, 3: a part is down.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import typer

from detectors.state import compile_all
from schemas.errors import Rejected
from schemas.settings import Settings
from schemas.what_if import Progress, Result
from streams.process import start, stop_event
from streams.what_if import told
from streams.what_if.asked import asked
from streams.what_if.work import ask_and_work, work
from streams.what_ifs import Run, WhatIfs

app = typer.Typer(
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Run other rules, thresholds and policies over history and see what would have been different. Nothing is ever enforced.",
)
JSON = typer.Option(False, "--json", help="print JSON")
ID = typer.Argument("", metavar="[ID]", help="a what-if; default: the newest one")


@contextmanager
def _explained() -> Iterator[None]:
    """What was asked wrongly as one line, exit code 2."""
    try:
        yield
    except Rejected as error:
        typer.echo(f"{error.field}: {error.reason}" if error.field else error.reason, err=True)
        raise typer.Exit(2) from None


@app.command("run")
def run_command(
    file: Path | None = typer.Argument(None, help="the variant as YAML or JSON"),
    changes: list[str] = typer.Option(
        [], "--set", help="one change, such as baseline.spike_z=6 or rules.account_takeover.on=false"
    ),
    since: str = typer.Option("", help="begin of the stretch, event time, such as 2026-05-01T12:00:00Z"),
    until: str = typer.Option("", help="end of the stretch; default: the end of the log"),
    tenant: list[str] = typer.Option([], help="only this tenant; may be given more than once"),
    as_json: bool = JSON,
    queued: str = typer.Option("", "--id", hidden=True, help="work on this one, which is queued"),
) -> None:
    """Run a what-if over the log and say what would have been different.

    Without any change it proves that history gives what really happened. One runs at a time; others wait. Results are kept in
    VEDETTE_HOME/what-ifs.
    """
    settings, _ = start("what_if")
    stop = stop_event()
    what_ifs = _folder(settings)
    with _explained():
        flags = {"since": since, "until": until, "tenants": tenant}
        variant = asked(file, changes, flags)
        compile_all()
        ended = (
            work(settings, what_ifs, queued, stop, _say)
            if queued
            else ask_and_work(settings, what_ifs, variant, stop, _say)
        )
    _finish(what_ifs, ended, as_json)


@app.command("show")
def show_command(name: str = ID, as_json: bool = JSON) -> None:
    """Say what came of a what-if, or how far it is."""
    settings, _ = start("what_if")
    what_ifs = _folder(settings)
    with _explained():
        _tell(what_ifs, what_ifs.get(name or _newest(what_ifs)), as_json)


@app.command("list")
def list_command(as_json: bool = JSON) -> None:
    """All what-ifs, newest first."""
    settings, _ = start("what_if")
    runs = _folder(settings).all()
    typer.echo(msgspec.json.encode(runs).decode() if as_json else told.listing(runs))


@app.command("cancel")
def cancel_command(name: str = ID, as_json: bool = JSON) -> None:
    """End a what-if that waits or runs; one that is over stays as it is."""
    settings, _ = start("what_if")
    what_ifs = _folder(settings)
    with _explained():
        run = what_ifs.cancel(name or _newest(what_ifs))
        words = "ends within a second" if not run.over else f"is {run.progress.status}"
        typer.echo(msgspec.json.encode(run).decode() if as_json else f"{run.id} {words}")


def _folder(settings: Settings) -> WhatIfs:
    return WhatIfs(settings.home / "what-ifs")


def _newest(what_ifs: WhatIfs) -> str:
    runs = what_ifs.all()
    if not runs:
        raise Rejected("unknown_what_if", "", "there is no what-if yet")
    return runs[0].id


def _say(progress: Progress) -> None:
    """One line, written over at a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{told.progress(progress)}")
        sys.stderr.flush()


def _finish(what_ifs: WhatIfs, run: Run, as_json: bool) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    _tell(what_ifs, run, as_json)
    if run.progress.status != "done":
        raise typer.Exit(3 if "Kafka" in run.progress.problem else 1)


def _tell(what_ifs: WhatIfs, run: Run, as_json: bool) -> None:
    found = what_ifs.result(run.id)
    if as_json:
        plain: dict[str, Any] = {**msgspec.to_builtins(run), "result": found}
        typer.echo(msgspec.json.encode(plain).decode())
    elif found is not None:
        typer.echo(told.result(msgspec.convert(found, Result)))
        typer.echo(f"kept      {run.id}")
    else:
        problem = f": {run.progress.problem}" if run.progress.problem else ""
        typer.echo(f"{run.id} {told.progress(run.progress)}{problem}")


if __name__ == "__main__":
    app()

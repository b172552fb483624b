"""`make up`, `make down`, `make status`, `make logs`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import typer
from msgspec import to_builtins
from rich.console import Console
from rich.table import Table

from infra.stack.privacy import Privacy, privacy
from infra.stack.start import StackError, as_json, described, follow, up
from infra.stack.supervisor import Supervisor
from infra.stack.topics import Topics, topics
from schemas.settings import Settings

app = typer.Typer(help="The local stack: every part of Vedette on this machine.", no_args_is_help=True)
console = Console(highlight=False)


@app.command("up")
def start_stack() -> None:
    """Start everything, wait until it works, and leave it running."""
    settings = Settings.load()
    try:
        up(settings, lambda line: console.print(f"up: {line}"))
    except StackError as error:
        console.print(f"up: {error}", markup=False)
        raise typer.Exit(3) from None
    console.print(f"up: the dashboard is at http://127.0.0.1:{settings.dashboard_port}")


@app.command()
def down() -> None:
    """Stop everything of this home, also after a crash. Data stays."""
    supervisor = Supervisor(Settings.load())
    supervisor.shutdown()
    left = supervisor.leftovers()
    console.print(
        f"down: still alive: {[p.pid for p in left]}" if left else "down: nothing of the stack runs"
    )
    raise typer.Exit(1 if left else 0)


@app.command("stop")
def stop_part(part: str = typer.Argument(..., help="as `make status` names it")) -> None:
    """Stop one part and leave the others running, for work on what it keeps; `start` starts it again."""
    supervisor = Supervisor(Settings.load())
    _check_part(supervisor, part)
    supervisor.stop(part)
    console.print(f"stop: {part} is stopped")


@app.command("start")
def start_part(part: str = typer.Argument(..., help="as `make status` names it")) -> None:
    """Start one part that was stopped, without waiting until it works."""
    supervisor = Supervisor(Settings.load())
    _check_part(supervisor, part)
    if not any(state.name == part and state.runs for state in supervisor.states()):
        supervisor.start([part])
    console.print(f"start: {part} is started")


def _check_part(supervisor: Supervisor, part: str) -> None:
    """Exit with 3 where the stack is down and with 2 where it has no such part."""
    names = [state.name for state in supervisor.states()]
    if part not in names:
        console.print(
            f"no part is called {part}; there are {', '.join(names)}" if names else "the stack is down"
        )
        raise typer.Exit(2 if names else 3)


@app.command()
def status(json: bool = typer.Option(False, "--json", help="one JSON document instead of tables")) -> None:
    """Show every part, where the log's topics differ from the declared ones, and how erasures and retention stand.

    Exit code 0: all is well, 1: topics differ, 3: a part is down or the stack is.
    """
    settings = Settings.load()
    rows = described(Supervisor(settings))
    found = topics(settings) if rows else Topics(error="the stack is down")
    private = privacy(settings) if rows else Privacy(error="the stack is down")
    if json:
        sys.stdout.write(
            as_json({"parts": rows, "topics": to_builtins(found), "privacy": to_builtins(private)}) + "\n"
        )
    elif not rows:
        console.print("the stack is down; `make up` or `make demo` starts it")
    else:
        console.print(_table(rows))
        _show(found)
        console.print(private.line, markup=False)
    down = not rows or found.error or any(row["state"] != "running" for row in rows)
    raise typer.Exit(3 if down else 1 if found.drift else 0)


def _show(found: Topics) -> None:
    if found.error:
        console.print(f"topics: {found.error}", markup=False)
    elif not found.drift:
        console.print(f"topics: all {found.declared} are as declared in schemas/topics.py")
    else:
        console.print(f"topics: {len(found.drift)} differences from schemas/topics.py")
        console.print(_table(found.drift))
        console.print(
            "`.venv/bin/python -m streams.log.topics --apply` sets what loses no record and creates what is missing;"
        )
        console.print("for the rest declare what is there, or change it with Kafka's own tools")


@app.command()
def logs(part: str = typer.Argument("", help="one part; all where left out")) -> None:
    """Follow the logs in `home`/logs."""
    follow(Settings.load().logs, part)


def _table(rows: Sequence[Mapping[str, object]]) -> Table:
    table = Table(box=None)
    for name in rows[0]:
        table.add_column(name, justify="right" if name in ("pid", "up_s", "memory_mb") else "left")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table


if __name__ == "__main__":
    app()

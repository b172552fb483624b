"""`make up`, `make down`, `make status`, `make logs`."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table

from infra.stack.start import StackError, as_json, described, follow, up
from infra.stack.supervisor import Supervisor
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


@app.command()
def status(json: bool = typer.Option(False, "--json", help="one JSON document instead of a table")) -> None:
    """Show every part. Exit code 0: all run, 3: one is down or the stack is."""
    rows = described(Supervisor(Settings.load()))
    if json:
        sys.stdout.write(as_json(rows) + "\n")
    elif not rows:
        console.print("the stack is down; `make up` or `make demo` starts it")
    else:
        console.print(_table(rows))
    raise typer.Exit(0 if rows and all(row["state"] == "running" for row in rows) else 3)


@app.command()
def logs(part: str = typer.Argument("", help="one part; all where left out")) -> None:
    """Follow the logs in `home`/logs."""
    follow(Settings.load().logs, part)


def _table(rows: list[dict[str, object]]) -> Table:
    table = Table(box=None)
    for name in rows[0]:
        table.add_column(name, justify="left" if name in ("part", "state") else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table


if __name__ == "__main__":
    app()

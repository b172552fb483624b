"""`python -m streams.as_of`: what did we know of a moment, and what do we know of it now?

Exit code 0: answered, 1: nothing was or is known of it, 2: used wrongly, 3: the store is down.
"""

from __future__ import annotations

from datetime import UTC, datetime

import typer
from rich.console import Console

from schemas.as_of.comparison import Comparison, compared
from schemas.as_of.moment import moment_of
from schemas.as_of.question import Kind, question_of
from schemas.errors import Fatal, Rejected, Retryable
from schemas.settings import Settings
from streams.as_of import told
from streams.as_of.store import asking, every_tenant
from streams.process import start
from streams.store import connect

app = typer.Typer(
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="What did we know of a moment, and what do we know of it now? Two answers side by side, differences marked.",
)
PIPE_COLUMNS = 140
NAME = typer.Argument(..., metavar="NAME", help="its name or id")
DEVICE = typer.Argument("", metavar="[DEVICE]", help="the device; with --when-decided that of the decision")
AT = typer.Option(
    "",
    "--at",
    help="event time: RFC 3339, '10m ago', now, or the id of an event, decision or alert (when the log had it)",
)
KNOWN = typer.Option("", "--known", help="what was known by then; written like --at, which is its default")
DECIDED = typer.Option(
    "", "--when-decided", metavar="DECISION", help="the moment the log had this decision, in both times"
)
TENANT = typer.Option([], "--tenant", help="look only at this tenant; may be repeated (default: all)")
DIFFERENT = typer.Option(False, "--differences", help="print only what differs")
JSON = typer.Option(False, "--json", help="print JSON")


@app.command()
def device(
    name: str = DEVICE, at: str = AT, known: str = KNOWN, when_decided: str = DECIDED, tenant: list[str] = TENANT,
    differences: bool = DIFFERENT, as_json: bool = JSON,
) -> None:  # fmt: skip
    """Who a device was, its last telemetry, its sessions, its open alerts and its credential."""
    _run("device", name, at, known, when_decided, tenant, differences, as_json)


@app.command()
def credential(
    name: str = DEVICE, at: str = AT, known: str = KNOWN, when_decided: str = DECIDED, tenant: list[str] = TENANT,
    differences: bool = DIFFERENT, as_json: bool = JSON,
) -> None:  # fmt: skip
    """How a device's credential stood: proven, wanted, every decision, and the steps of the one in force."""
    _run("credential", name, at, known, when_decided, tenant, differences, as_json)


@app.command()
def alert(
    name: str = NAME, at: str = AT, known: str = KNOWN, when_decided: str = DECIDED, tenant: list[str] = TENANT,
    differences: bool = DIFFERENT, as_json: bool = JSON,
) -> None:  # fmt: skip
    """How an alert stood, with its risk, its verdict and the evidence known by then."""
    _run("alert", name, at, known, when_decided, tenant, differences, as_json)


@app.command()
def rollout(
    name: str = NAME, at: str = AT, known: str = KNOWN, tenant: list[str] = TENANT,
    differences: bool = DIFFERENT, as_json: bool = JSON,
) -> None:  # fmt: skip
    """How a campaign stood: its stages, and the gate's verdict on each with its numbers."""
    _run("rollout", name, at, known, "", tenant, differences, as_json)


@app.command()
def fleet(
    at: str = AT, known: str = KNOWN, when_decided: str = DECIDED, tenant: list[str] = TENANT,
    differences: bool = DIFFERENT, as_json: bool = JSON,
) -> None:  # fmt: skip
    """The whole fleet: credentials, open alerts, devices reporting and silent, rollouts, and the devices that were not fine."""
    _run("fleet", "", at, known, when_decided, tenant, differences, as_json)


def _run(
    kind: Kind,
    name: str,
    at: str,
    known: str,
    when_decided: str,
    tenants: list[str],
    differences: bool,
    as_json: bool,
) -> None:
    settings, _ = start("as_of")
    try:
        found = _answered(settings, kind, name, at, known, when_decided, tenants)
    except Rejected as error:
        typer.echo(f"{error.field}: {error.reason}", err=True)
        raise typer.Exit(2) from None
    except (Retryable, Fatal) as error:
        typer.echo(f"{error}; see make status, or set VEDETTE_CLICKHOUSE_URL", err=True)
        raise typer.Exit(3) from None
    if as_json:
        typer.echo(told.as_json(found))
    else:
        told.show(found, _console(), only_differences=differences)
    if not found.then["exists"] and not found.now["exists"]:
        raise typer.Exit(1)


def _console() -> Console:
    console = Console()
    # In a pipe nobody says how wide it may be, and 80 columns are too few for two answers.
    return console if console.is_terminal else Console(width=PIPE_COLUMNS)


def _answered(
    settings: Settings, kind: Kind, name: str, at: str, known: str, when_decided: str, tenants: list[str]
) -> Comparison:
    now = datetime.now(UTC)
    if kind != "fleet" and not name and not when_decided:
        raise Rejected("missing_name", kind, "which one? Give its name, or the decision with --when-decided")
    with connect(settings.clickhouse_url) as client:
        ask = asking(client)
        whose = tenants or every_tenant(ask)
        question = question_of(ask, kind, whose, name, when_decided=when_decided)
        owners = list(question.tenants) or whose
        return compared(ask, question, moment_of(ask, owners, at, known, now, when_decided=when_decided), now)


if __name__ == "__main__":
    app()

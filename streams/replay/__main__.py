"""`python -m streams.replay`: digest the projections, rebuild them from the log, verify what was decided, and audit it all the time.

Exit code 0: done or equal, 1: something differs or is not there, 2: used wrongly, 3: a part is down.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import typer

from schemas.errors import Fatal, Rejected, Retryable
from streams.log.topics import connect as connect_log
from streams.log.topics import ensure
from streams.process import start, stop_event
from streams.replay import audit_process, told
from streams.replay import verify as verifying
from streams.replay.frontier import frontier_of
from streams.replay.rebuild import digests, rebuild
from streams.store import connect

app = typer.Typer(
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Prove from the log that what was derived from it is right.",
)
JSON = typer.Option(False, "--json", help="print JSON")


@contextmanager
def _explained() -> Iterator[None]:
    """Errors as one line and the right exit code."""
    try:
        yield
    except Retryable as error:
        typer.echo(f"{error}; start it, or set VEDETTE_KAFKA_BOOTSTRAP and VEDETTE_CLICKHOUSE_URL", err=True)
        raise typer.Exit(3) from None
    except Rejected as error:
        typer.echo(error.reason, err=True)
        raise typer.Exit(2) from None
    except Fatal as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _await_log(bootstrap: str) -> None:
    try:
        connect_log(bootstrap, timeout_s=5).close()
    except Fatal as error:
        raise Retryable(str(error)) from None


@app.command("digest")
def digest_command(as_json: bool = JSON) -> None:
    """Digest every projection of the store, and the state of triage and response, as far as the store has got.

    Two digests of one prefix of the log are equal, whenever and wherever it was stored. The archive must be stopped or have nothing
    to do: exit code 1 where it stored something meanwhile.
    """
    settings, _ = start("replay")
    with _explained():
        _await_log(settings.kafka_bootstrap)
        store = connect(settings.clickhouse_url)
        frontier = frontier_of(store)
        found = digests(settings, store, frontier) if frontier else {}
        if frontier_of(store) != frontier:
            raise Fatal("the archive stored more meanwhile, so this is no one moment: stop it, or try again")
        typer.echo(
            msgspec.json.encode(told.digests_json(frontier, found))
            if as_json
            else told.digests(frontier, found)
        )


@app.command("rebuild")
def rebuild_command(
    times: int = typer.Option(
        1, min=1, help="rebuild so many times; each must be equal to what was there at first"
    ),
    as_json: bool = JSON,
) -> None:
    """Drop the store's tables, fill them again from the log and compare; derive detection's state and the proof log's tree again and
    compare them as well. The archive must be stopped; `make rebuild` does all of it.

    Only the prefix of the log that was stored before is stored again; the archive started next goes on from there. Nothing is enforced
    meanwhile: the only program this runs is the archive. When it fails half-way, start the archive: it goes on.
    """
    settings, _ = start("replay")
    with _explained():
        _await_log(settings.kafka_bootstrap)
        result = rebuild(settings, lambda line: typer.echo(line, err=True), times)
        typer.echo(msgspec.json.encode(told.rebuilt_json(result)) if as_json else told.rebuilt(result))
    if not result.equal:
        raise typer.Exit(1)


@app.command("verify")
def verify_command(
    name: str = typer.Argument(
        "", metavar="ID", help="a detection, alert event, credential decision or gate verdict, or an alert"
    ),
    sample: int = typer.Option(0, min=0, help="verify so many chosen at random instead"),
    seed: int = typer.Option(0, help="what the random choice depends on"),
    as_json: bool = JSON,
) -> None:
    """Derive detections, alerts, decisions and verdicts again from the log with the same code: equal, or where it differs (exit code 1).

    A decision is derived with the limit it was made under; one that does not say which, with VEDETTE_MAX_DECISIONS. Where the log no longer
    has what is needed, or another version decided, it says that nobody can tell.
    """
    settings, _ = start("replay")
    if bool(name) == bool(sample):
        raise typer.BadParameter("give either an ID or --sample N")
    with _explained():
        _await_log(settings.kafka_bootstrap)
        found = verifying.verify(settings, name) if name else verifying.sample(settings, sample, seed)
        if name and not found:
            raise Fatal(f"nothing that was decided on the log has the id {name}")
        typer.echo(msgspec.json.encode(told.findings_json(found)) if as_json else told.findings(found))
    if any(one.differences for one in found) or not any(one.equal for one in found):
        raise typer.Exit(1)


@app.command("audit")
def audit_command() -> None:
    """Derive a sample of what was decided again from the log, all the time, until SIGTERM; write what it shows to `audits`.

    At most VEDETTE_AUDIT_PER_S outputs a second. It needs Kafka alone, and reaches nothing that has an effect.
    """
    settings, log = start("auditor")
    stop = stop_event()
    try:
        ensure(settings.kafka_bootstrap)
        audit_process.run(settings, log, stop)
    except (Fatal, Retryable) as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(1) from None
    log.info("stopped")


if __name__ == "__main__":
    app()

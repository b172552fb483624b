"""`python -m streams.privacy`: carry out erasures and retention; with a command, ask for one, see how they stand, or open tokens.

Exit code 0: done, 1: not complete in time, or nothing is known of such a device, 2: used wrongly, 3: a part is down.
"""

from __future__ import annotations

import getpass
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer

from schemas.errors import Fatal, Retryable, VedetteError
from schemas.pki import NAME
from schemas.privacy import SubjectErase, erasure_of
from schemas.settings import Settings
from streams.command import commands
from streams.log.topics import ensure
from streams.log.writer import LogWriter
from streams.privacy import progress as progress_
from streams.privacy.process import PrivacyProcess
from streams.process import start, stop_event
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer

KAFKA_S = 5.0
POLL_S = 0.3
app = commands(__doc__, runs_alone=True)
JSON = typer.Option(False, "--json", help="one JSON document")


@app.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Without a command: run until SIGTERM. Settings: VEDETTE_KAFKA_BOOTSTRAP, VEDETTE_CLICKHOUSE_URL, VEDETTE_KEYS_DIR."""
    if context.invoked_subcommand:
        return
    settings, log = start("privacy")
    try:
        PrivacyProcess(settings, stop_event()).run()
    except VedetteError as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(3) from None
    log.info("stopped", reason="asked to")


@app.command()
def erase(
    tenant: str = typer.Argument(metavar="TENANT", help="whose device"),
    device: str = typer.Argument(metavar="DEVICE", help="its name, as in its certificate"),
    reason: str = typer.Option(..., help="on what ground, for the record; name no person here"),
    actor: str = typer.Option("", help="who asks; default: the user of this shell"),
    wait_s: float = typer.Option(60.0, min=0, help="how long to wait until it is complete; 0 only asks"),
    as_json: bool = JSON,
) -> None:
    """Erase for good what is personal about a device, up to now. Its key is destroyed first: that can't be undone.

    Who is not known can be asked for as well, since a key may be all there is; exit code 1 says that there was nothing, not even that.
    """
    for name, value in (("TENANT", tenant), ("DEVICE", device)):
        if not NAME.fullmatch(value):
            raise typer.BadParameter("must be 1-64 of A-Z a-z 0-9 . _ -", param_hint=name)
    bootstrap = Settings.load().kafka_bootstrap
    ask = SubjectErase(actor=actor or getpass.getuser(), reason=reason)
    event = erasure_of(tenant, device, ask, datetime.now(UTC), source="privacy")
    with _told():
        ensure(bootstrap, KAFKA_S)
        writer = LogWriter(bootstrap, "privacy")
        writer.append(event)
        writer.flush()
        done = _await(bootstrap, event.id, wait_s)
    typer.echo(json.dumps(progress_.plain(done)) if as_json else progress_.erasure_line(done))
    if wait_s > 0 and done.done is None:
        typer.echo("not complete yet; it goes on by itself. See: python -m streams.privacy status", err=True)
    if done.state == "unknown" or (wait_s > 0 and done.done is None):
        raise typer.Exit(1)


@app.command()
def status(as_json: bool = JSON) -> None:
    """Say how erasures stand, what is kept how long, and when retention last ran."""
    with _told():
        found = progress_.progress(Settings.load().kafka_bootstrap)
    if as_json:
        typer.echo(json.dumps(progress_.as_json(found)))
        return
    erasures = [progress_.erasure_line(one) for one in list(found.erasures.values())[-10:]]
    typer.echo(
        "\n".join([*(erasures or ["no erasure was ever asked for"]), "", *progress_.retention_lines(found)])
    )


@app.command()
def unseal() -> None:
    """Copy standard input to standard output with each token replaced by what it stands for, or, once its key is gone, by a note that
    it was erased."""
    with _told():
        unsealer = Unsealer(KeyFile(Settings.load().keys))
        for line in sys.stdin:
            sys.stdout.write(unsealer.texts([line])[0])


def _await(bootstrap: str, request: str, wait_s: float) -> progress_.Erasure:
    deadline = time.monotonic() + wait_s
    while True:
        found = progress_.progress(bootstrap).erasures[request]
        if found.done is not None or time.monotonic() >= deadline:
            return found
        time.sleep(POLL_S)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (Fatal, Retryable) as error:
        typer.echo(f"{error}; see make status, or set VEDETTE_KAFKA_BOOTSTRAP", err=True)
        raise typer.Exit(3) from None


if __name__ == "__main__":
    app()

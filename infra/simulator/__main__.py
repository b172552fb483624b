"""`python -m infra.simulator`: a simulated fleet of 300 devices against a running stack, with the ground truth of what befell it."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NoReturn

import clickhouse_connect
import typer
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console

from infra.simulator import fleet, prepare, recording, verify
from infra.simulator.control import Control
from infra.simulator.story import STORY_S, Story
from infra.simulator.truth import FILE
from schemas.errors import Retryable, VedetteError
from schemas.settings import Settings

INTERRUPTED = 130
app = typer.Typer(help=__doc__, add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
Seed = typer.Option(7, help="the same seed makes the same fleet and the same measurements at the same times")
Home = typer.Option(None, help="folder for everything written at run time; default: home of the settings")
AsJson = typer.Option(False, "--json", help="one JSON document instead of text")


@app.command("prepare")
def prepare_command(seed: int = Seed, home: Path | None = Home) -> None:
    """Issue a certificate for every device; run it before the stack starts, so that the broker lets them in."""
    count = prepare.issue(_settings(home).pki, fleet.make(seed))
    _say(f"{count} devices have a certificate")


@app.command("run")
def run_command(
    seed: int = Seed,
    duration_s: float = typer.Option(
        STORY_S, min=60.0, help="length of the story, after the history is stored"
    ),
    hours: float = typer.Option(48.0, min=1.0, max=720.0, help="length of the history before it"),
    home: Path | None = Home,
    stay: bool = typer.Option(False, help="let the fleet live on after the story, until SIGTERM or Ctrl-C"),
    as_json: bool = AsJson,
) -> None:
    """Send two days of history, then live and suffer the story in real time; writes `demo/truth.json`."""
    settings = _settings(home)
    try:
        with closing(Story(settings, seed, _quiet if as_json else _say)) as story:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, partial(_stop, story))
            path = story.tell(duration_s, hours)
            if path is None:
                _fail("stopped before the story was over; there is no ground truth of it", INTERRUPTED)
            if as_json:
                typer.echo(path.read_text(), nl=False)
            if stay:
                story.stay()
    except Retryable as error:
        _fail(str(error), 3)
    except VedetteError as error:
        _fail(str(error), 2)


@app.command("verify")
def verify_command(
    home: Path | None = Home,
    wait_s: float = typer.Option(
        verify.SETTLE_S, min=0, help="how long what is under way may take to arrive"
    ),
    as_json: bool = AsJson,
) -> None:
    """Check the last run against the store; exits with 1 where something is not as it must be, with 3 where ClickHouse is down."""
    settings = _settings(home)
    file = settings.home / "demo" / FILE
    if not file.exists():
        _fail(f"{file} is missing: `python -m infra.simulator run` writes it", 2)
    try:
        client = clickhouse_connect.get_client(dsn=settings.clickhouse_url)
        summary = verify.summarise(json.loads(file.read_text()), client, Control(settings).unseal, wait_s)
    except ClickHouseError as error:
        _fail(f"ClickHouse does not answer as it must: {str(error).splitlines()[0]}", 3)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    else:
        verify.show(summary, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(0 if summary["ok"] else 1)


@app.command("write-file")
def write_file_command(
    path: Path,
    devices: int = typer.Option(5, min=1, max=fleet.PER_TENANT, help="how many devices are in it"),
    hours: float = typer.Option(24.0, min=0.1, max=720.0, help="how long a time it covers, up to now"),
    seed: int = Seed,
    fault: bool = typer.Option(False, help="let the first device's temperature sensor break"),
) -> None:
    """Write a CSV recording of some devices, a row a minute and device; the column `label` is 1 where something is wrong."""
    try:
        rows = recording.write(path, fleet.make(seed), devices, time.time(), hours, fault=fault)
    except OSError as error:
        _fail(f"{path}: {error.strerror}", 2)
    typer.echo(f"{path}: {rows} rows of {devices} devices")


def _settings(home: Path | None) -> Settings:
    settings = Settings.load()
    return settings if home is None else settings.model_copy(update={"home": home})


def _say(line: str) -> None:
    typer.echo(f"fleet: {line}")
    sys.stdout.flush()


def _stop(story: Story, *_: object) -> None:
    story.stop()


def _quiet(_: str) -> None:
    """Say nothing."""


def _fail(problem: str, code: int) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()

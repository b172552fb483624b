"""`make demo`: starts the stack, lets a simulated fleet live and be attacked, and says whether everything went as it must."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import clickhouse_connect
import typer
from rich.console import Console

from infra.simulator import verify
from infra.simulator.control import Control
from infra.stack.leftovers import MARK
from infra.stack.parts import ROOT
from infra.stack.start import StackError, Vigil, memory_mb, prepare, up
from infra.stack.supervisor import Supervisor
from schemas.settings import Settings

console = Console(highlight=False, soft_wrap=True)
DATA = (
    "kafka",
    "clickhouse",
    "flink",
    "mosquitto",
    "pki",
    "keys",
    "faust",
    "run",
    "logs",
    "demo",
    "control.token",
)
STORY_S = 120.0


class Interrupted(Exception):  # noqa: N818  not an error, a wish
    """Ctrl-C or SIGTERM: stop everything and leave."""


class Clock:
    """Seconds since the demo began, for the progress lines."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._started


class Watch:
    """Looks into ClickHouse while the story goes on: when the first alert appeared, and how much there is."""

    COUNTS = """
        SELECT (SELECT count() FROM telemetry), countIf(type = 'alert.opened.v1'), countIf(type = 'credential.decided.v1')
        FROM events"""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._client: Any = None
        self._asked_s = self._said_s = 0.0
        self.first_alert_s: float | None = None

    def look(self) -> None:
        """Ask at most twice a second; say what there is every 15 s and the first alert at once."""
        now_s = self._clock.elapsed_s
        if now_s - self._asked_s < 0.5:
            return
        self._asked_s = now_s
        self._client = self._client or store(self._settings)
        reports, alerts, decisions = self._client.query(self.COUNTS).result_rows[0]
        if alerts and self.first_alert_s is None:
            self.first_alert_s = round(now_s, 1)
            self._say("the first alert is in ClickHouse")
        if now_s - self._said_s > 15:
            self._say(f"{reports:,} reports stored, {alerts} alerts, {decisions} credentials decided on")

    def _say(self, text: str) -> None:
        self._said_s = self._clock.elapsed_s
        console.print(f"demo: {self._said_s:5.1f} s  {text}")


def store(settings: Settings) -> Any:
    """A ClickHouse client for the configured store."""
    return clickhouse_connect.get_client(dsn=settings.clickhouse_url)


def begin_anew(settings: Settings) -> None:
    """Delete what an earlier demo left; StackError where the data is not a demo's, so that nobody's events are lost."""
    marker = settings.home / "demo" / "this-data-is-a-demo"
    if (settings.home / "kafka").exists() and not marker.exists():
        raise StackError(
            f"{settings.home} holds the data of `make up`; `make clean` deletes it, "
            "or set VEDETTE_HOME to another folder for the demo"
        )
    for name in DATA:
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    marker.parent.mkdir(parents=True)
    marker.touch()


def simulator(settings: Settings, command: str, *arguments: str, seed: int) -> subprocess.Popen[bytes]:
    """Start the fleet simulator with its output going to the log folder."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        MARK: str(settings.home.resolve()),
        "VEDETTE_HOME": str(settings.home.resolve()),
    }
    with (settings.logs / "simulator.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.simulator", command, "--seed", str(seed), *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def tell_story(
    settings: Settings, vigil: Vigil, watch: Watch, seed: int, story_s: float
) -> subprocess.Popen[bytes]:
    """Run the fleet until its ground truth is written, watching every part; returns the simulator, which lives on."""
    truth = settings.home / "demo" / "truth.json"
    fleet = simulator(settings, "run", "--duration-s", str(story_s), "--stay", seed=seed)
    while not truth.exists():
        if fleet.poll() is not None:
            log = settings.logs / "simulator.log"
            end = log.read_text(errors="replace")[-1500:]
            raise StackError(f"the fleet simulator died (exit code {fleet.returncode}); see {log}:\n{end}")
        vigil.look()
        watch.look()
        time.sleep(0.2)
    return fleet


def conclude(settings: Settings, supervisor: Supervisor, watch: Watch) -> dict[str, Any]:
    """Check the story against the store, write `demo/summary.json` and return it."""
    truth = json.loads((settings.home / "demo" / "truth.json").read_text())
    watch.look()
    summary = verify.summarise(truth, store(settings), Control(settings).unseal)
    setup = ROOT / "build" / "setup.json"
    summary["setup_s"] = json.loads(setup.read_text())["setup_s"] if setup.exists() else None
    summary["first_alert_s"] = watch.first_alert_s
    summary["memory_mb"] = {s.name: round(memory_mb(s.pid), 1) for s in supervisor.states() if s.pid}
    fresh = settings.home / "demo" / "summary.new"
    fresh.write_text(json.dumps(summary, indent=2, default=str) + "\n")
    fresh.replace(settings.home / "demo" / "summary.json")
    return summary


def wait(vigil: Vigil, settings: Settings) -> None:
    """Stay until Ctrl-C, saying which part died and why as soon as one does."""
    address = f"http://127.0.0.1:{settings.dashboard_port}"
    console.print(f"demo: everything stays up; the dashboard is at {address}  (Ctrl-C ends it)")
    while True:
        vigil.look()
        time.sleep(1)


def play(settings: Settings, seed: int, duration_s: float | None) -> int:
    """The whole demo; returns the exit code: 0 the run did what it must, 1 it didn't, 3 a part is missing or died."""
    clock = Clock()
    begin_anew(settings)
    prepare(settings)
    if simulator(settings, "prepare", seed=seed).wait():
        raise StackError(
            f"certificates for the fleet could not be made; see {settings.logs / 'simulator.log'}"
        )
    supervisor = up(settings, lambda line: console.print(f"demo: {clock.elapsed_s:5.1f} s  {line}"))
    fleet: subprocess.Popen[bytes] | None = None
    try:
        vigil = Vigil(supervisor, lambda line: console.print(f"demo: {line}", markup=False))
        watch = Watch(settings, clock)
        fleet = tell_story(settings, vigil, watch, seed, duration_s or STORY_S)
        summary = conclude(settings, supervisor, watch)
        verify.show(summary, console)
        if duration_s is None:
            wait(vigil, settings)
        return 0 if summary["ok"] else 1
    finally:
        if fleet is not None:
            fleet.terminate()
        console.print("demo: stopping everything")
        supervisor.shutdown()


def _interrupt(*_: object) -> None:
    raise Interrupted


def main(
    seed: int = typer.Option(7, help="the same seed tells the same story"),
    duration_s: float | None = typer.Option(None, help="length of the story; the demo then ends by itself"),
) -> None:
    """Start everything, drive a simulated fleet through it, print a summary and stay up until Ctrl-C."""
    settings = Settings.load()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        code = play(settings, seed, duration_s)
    except StackError as error:
        console.print(f"demo: {error}", markup=False)
        code = 3
    except Interrupted:
        code = _verdict(settings)
    raise typer.Exit(code)


def _verdict(settings: Settings) -> int:
    """After Ctrl-C: 0 where the story had ended well, 130 as usual where it had not ended."""
    summary = settings.home / "demo" / "summary.json"
    if not summary.exists():
        return 130
    return 0 if json.loads(summary.read_text())["ok"] else 1


if __name__ == "__main__":
    typer.run(main)

"""`make demo`: starts the stack, lets a simulated fleet live and be attacked, and says whether everything went as it must."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import clickhouse_connect
import typer
from rich.console import Console

from infra.simulator import verify
from infra.stack.parts import ROOT
from infra.stack.start import StackError, check_alive, memory_mb, prepare, up
from infra.stack.supervisor import MARK, Supervisor
from schemas.settings import Settings

console = Console(highlight=False, soft_wrap=True)
DATA = ("kafka", "clickhouse", "flink", "mosquitto", "pki", "faust", "run", "logs", "demo", "control.token")
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


class FirstAlert:
    """Watches ClickHouse for the first alert; asks at most twice a second and never fails the demo."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._client: Any = None
        self._asked_s = 0.0
        self.seen_s: float | None = None

    def look(self) -> None:
        """Ask once more unless it was seen already."""
        if self.seen_s is not None or self._clock.elapsed_s - self._asked_s < 0.5:
            return
        self._asked_s = self._clock.elapsed_s
        self._client = self._client or store(self._settings)
        if self._client.command("SELECT count() FROM events WHERE topic = 'alerts'"):
            self.seen_s = round(self._clock.elapsed_s, 1)
            console.print(f"demo: {self.seen_s:5.1f} s  first alert is in ClickHouse")


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
    settings: Settings, supervisor: Supervisor, first: FirstAlert, clock: Clock, seed: int, story_s: float
) -> subprocess.Popen[bytes]:
    """Run the fleet until its ground truth is written, watching every part; returns the simulator, which lives on."""
    truth = settings.home / "demo" / "truth.json"
    fleet = simulator(settings, "run", "--duration-s", str(story_s), "--stay", seed=seed)
    said_s = 0.0
    while not truth.exists():
        if fleet.poll() is not None:
            end = (settings.logs / "simulator.log").read_text(errors="replace")[-1500:]
            raise StackError(
                f"the fleet simulator died (exit code {fleet.returncode}); see build/logs/simulator.log:\n{end}"
            )
        check_alive(supervisor)
        first.look()
        if clock.elapsed_s - said_s > 15:
            said_s = clock.elapsed_s
            console.print(f"demo: {said_s:5.1f} s  {_last_line(settings.logs / 'simulator.log')}")
        time.sleep(0.2)
    return fleet


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").rstrip().splitlines() if log.exists() else []
    return lines[-1][:140] if lines else "the fleet starts"


def conclude(settings: Settings, supervisor: Supervisor, first: FirstAlert) -> dict[str, Any]:
    """Check the story against the store, write `demo/summary.json` and return it."""
    truth = json.loads((settings.home / "demo" / "truth.json").read_text())
    first.look()
    summary = verify.summarise(truth, store(settings))
    setup = ROOT / "build" / "setup.json"
    summary["setup_s"] = json.loads(setup.read_text())["setup_s"] if setup.exists() else None
    summary["first_alert_s"] = first.seen_s
    summary["memory_mb"] = {s.name: round(memory_mb(s.pid), 1) for s in supervisor.states() if s.pid}
    (settings.home / "demo" / "summary.json").write_text(json.dumps(summary, indent=2, default=str) + "\n")
    return summary


def wait(supervisor: Supervisor, settings: Settings) -> None:
    """Stay until Ctrl-C, saying which part died and why as soon as one does."""
    console.print(
        f"demo: everything stays up; the dashboard is at http://127.0.0.1:{settings.dashboard_port}  (Ctrl-C ends it)"
    )
    while True:
        check_alive(supervisor)
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
        first = FirstAlert(settings, clock)
        fleet = tell_story(settings, supervisor, first, clock, seed, duration_s or STORY_S)
        summary = conclude(settings, supervisor, first)
        verify.show(summary, console)
        if duration_s is None:
            wait(supervisor, settings)
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

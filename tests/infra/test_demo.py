"""The demo does what it says: its story, its ledger, its parts, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import clickhouse_connect
import pytest

from infra.stack.supervisor import Supervisor
from schemas.settings import Settings
from tests.demo import Demo, free_ports

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def _eventually(condition: Callable[[], object], timeout_s: float = 60) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_the_story_went_as_it_must(demo: Demo) -> None:
    told = {letter: part["ok"] for letter, part in demo.summary["story"].items()}
    assert told == dict.fromkeys("abcdefgh", True), demo.output.read_text()
    assert demo.summary["ok"] is True


def test_the_attacked_devices_were_cut_off(demo: Demo) -> None:
    for letter in "abc":
        part = demo.summary["story"][letter]
        assert 0 <= part["detected_s"] <= part["cut_off_s"] + 5
        assert part["cut_off_s"] > 0


def test_nothing_was_lost_and_nothing_shows_twice(demo: Demo) -> None:
    ledger = demo.summary["ledger"]
    assert ledger["accepted"] == ledger["stored"] + ledger["dead_lettered"] > 100_000
    assert (ledger["lost"], ledger["visible_duplicates"]) == (0, 0)
    assert ledger["dead_lettered"] > 0


def test_every_part_runs_and_can_be_asked(demo: Demo) -> None:
    command = [sys.executable, "-m", "infra.stack", "status", "--json"]
    done = subprocess.run(
        command, env={**os.environ, **demo.environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert {row["state"] for row in said["parts"]} == {"running"}
    assert (said["topics"]["drift"], said["topics"]["error"]) == ([], "")
    assert said["topics"]["declared"] > 10


def test_another_demo_of_the_same_home_is_refused_in_words(demo: Demo) -> None:
    command = [sys.executable, "-m", "infra.stack", "up"]
    done = subprocess.run(
        command, env={**os.environ, **demo.environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "already up" in done.stdout


def test_a_recording_goes_through_the_same_path(demo: Demo, tmp_path: Path) -> None:
    recording = tmp_path / "recording.csv"
    environment = {**os.environ, **demo.environment}
    write = [
        sys.executable,
        "-m",
        "infra.simulator",
        "write-file",
        str(recording),
        "--devices",
        "3",
        "--hours",
        "6",
    ]
    subprocess.run(write, env=environment, check=True, capture_output=True)
    rows = len(recording.read_text().splitlines()) - 1
    with recording.open("a") as file:
        file.write("not a time,x\n")
    feed = [sys.executable, "-m", "streams.ingest.file", str(recording), "--tenant", "recorded", "--json"]
    done = subprocess.run(feed, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # one row is wrong, and it says so
    result = json.loads(done.stdout)
    assert (result["accepted"], result["dead_lettered"]) == (rows, 1)
    client = clickhouse_connect.get_client(dsn=demo.settings.clickhouse_url)
    stored = "SELECT uniqExact(event_id) FROM telemetry WHERE tenant = 'recorded'"
    assert _eventually(lambda: client.command(stored) == rows), client.command(stored)


def test_ctrl_c_while_the_stack_starts_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, **free_ports(tmp_path / "home")}
    process = subprocess.Popen([sys.executable, "-m", "infra.demo", "--duration-s", "60"], env=environment)
    supervisor = Supervisor(Settings(home=tmp_path / "home"))
    assert _eventually(lambda: len(supervisor.leftovers()) > 3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert supervisor.leftovers() == []

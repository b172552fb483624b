"""The keeper of the stack, with real supervisord and small parts."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.stack import start
from infra.stack.parts import Part, is_local, parts, port_of, setting_of
from infra.stack.start import StackError, Vigil, check_alive, check_ports, described
from infra.stack.supervisor import State, Supervisor
from schemas.settings import Settings

SLEEP = (sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)")
# A part that starts a child of its own and ignores polite requests, as a JVM with a worker may.
STUBBORN = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); \
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True); time.sleep(600)"
REFUSES = (
    sys.executable,
    "-c",
    "import time; time.sleep(1.5); print('look at the dead letters'); raise SystemExit(4)",
)
FAILS = (sys.executable, "-c", "import time; time.sleep(1.5); raise SystemExit(0)")
DIES = (sys.executable, "-c", "print('the disk is on fire'); raise SystemExit(7)")


# Writes down when it was asked to end and when it did, which takes it longer than a second.
ENDS_SLOWLY = """
import signal, sys, time
def end(*_):
    asked = time.time(); time.sleep(1.5)
    print("ended", asked, time.time(), flush=True)
    raise SystemExit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""


def part(name: str, command: tuple[str, ...], stage: int = 0, stop_s: int = 1) -> Part:
    return Part(name, command, stage, lambda: "", stop_s=stop_s)


def until(condition: Callable[[], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "condition did not come true"
        time.sleep(0.05)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(Settings(home=tmp_path / "home with space"))
    yield supervisor
    supervisor.shutdown()


@pytest.mark.stack
def test_a_part_that_refused_too_much_in_a_row_is_not_started_again_and_status_says_so(
    supervisor: Supervisor,
) -> None:
    def state(name: str) -> State:
        return next(one for one in supervisor.states() if one.name == name)

    supervisor.launch([part("refuses", REFUSES), part("fails", FAILS)])
    supervisor.start(["refuses", "fails"])
    first = state("fails").pid
    vigil = Vigil(supervisor, lambda _: None)
    until(lambda: state("refuses").halted)
    until(lambda: state("fails").pid not in (0, first))
    assert {row["part"]: row["state"] for row in described(supervisor)}["refuses"] == "halted"
    with pytest.raises(StackError, match="look at the dead letters"):
        vigil.look()


@pytest.mark.stack
def test_one_part_is_stopped_and_started_again_while_the_others_run(supervisor: Supervisor) -> None:
    def words() -> list[str]:
        return [state.word for state in supervisor.states()]

    supervisor.launch([part("one", SLEEP), part("two", SLEEP)])
    supervisor.start(["one", "two"])
    until(lambda: words() == ["RUNNING", "RUNNING"])
    supervisor.stop("one")
    supervisor.stop("one")
    assert words() == ["STOPPED", "RUNNING"]
    supervisor.start(["one"])
    until(lambda: words() == ["RUNNING", "RUNNING"])


@pytest.mark.stack
def test_parts_run_are_described_and_end(supervisor: Supervisor) -> None:
    supervisor.launch([part("one", SLEEP), part("two", SLEEP)])
    supervisor.start(["one", "two"])
    until(lambda: [state.word for state in supervisor.states()] == ["RUNNING", "RUNNING"])
    check_alive(supervisor)
    rows = described(supervisor)
    assert [row["part"] for row in rows] == ["one", "two"]
    assert all(float(str(row["memory_mb"])) > 1 for row in rows)
    supervisor.shutdown()
    assert supervisor.states() == []
    assert supervisor.leftovers() == []


@pytest.mark.stack
def test_parts_end_in_their_own_time_those_that_started_last_first(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    (tmp_path / "slowly.py").write_text(ENDS_SLOWLY)
    slowly = (sys.executable, str(tmp_path / "slowly.py"))
    names = {"store": 0, "worker": 1, "source": 2}
    supervisor.launch([part(name, slowly, stage, stop_s=20) for name, stage in names.items()])
    supervisor.start(names)
    logs = {name: supervisor.logs / f"{name}.log" for name in names}
    until(lambda: all("ready" in log.read_text() for log in logs.values() if log.exists()))
    until(lambda: all(state.word == "RUNNING" for state in supervisor.states()))
    supervisor.shutdown()
    times = {name: [float(word) for word in log.read_text().split()[2:]] for name, log in logs.items()}
    assert times["source"][1] <= times["worker"][0]
    assert times["worker"][1] <= times["store"][0]
    assert supervisor.leftovers() == []


@pytest.mark.stack
def test_a_part_that_dies_is_named_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.launch([part("ill", DIES)])
    supervisor.start(["ill"])
    until(lambda: supervisor.states()[0].word in ("BACKOFF", "FATAL"))
    with pytest.raises(StackError, match=r"(?s)ill died.*ill\.log.*the disk is on fire"):
        check_alive(supervisor)


@pytest.mark.stack
def test_a_part_that_was_started_again_is_noticed(supervisor: Supervisor) -> None:
    supervisor.launch([part("one", SLEEP)])
    supervisor.start(["one"])
    until(lambda: supervisor.states()[0].word == "RUNNING")
    said: list[str] = []
    vigil = Vigil(supervisor, said.append)
    vigil.look()
    assert said == []
    os.kill(supervisor.states()[0].pid, signal.SIGKILL)

    def noticed() -> bool:
        vigil.look()
        return bool(said)

    until(noticed)
    assert "one died (terminated by SIGKILL)" in said[0]
    assert f"started again as process {supervisor.states()[0].pid}" in said[0]


@pytest.mark.stack
def test_nothing_is_left_after_supervisord_was_killed(supervisor: Supervisor) -> None:
    supervisor.launch([part("stubborn", (sys.executable, "-c", STUBBORN)), part("one", SLEEP)])
    supervisor.start(["stubborn", "one"])
    until(lambda: len(supervisor.leftovers()) == 4)  # supervisord, two parts, one child
    os.kill(int((supervisor.run / "supervisord.pid").read_text()), signal.SIGKILL)
    until(lambda: not supervisor.states())
    pids = [process.pid for process in supervisor.leftovers()]
    assert pids
    supervisor.shutdown()
    assert supervisor.leftovers() == []
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_a_taken_port_is_named_with_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings(control_port=port)
        with pytest.raises(
            StackError, match=f"port {port} for one is taken by process {os.getpid()}"
        ) as told:
            check_ports([Part("one", SLEEP, 0, lambda: "", (port,))], settings)
    assert str(told.value).endswith("stop that, or set VEDETTE_CONTROL_PORT to another")


@pytest.mark.parametrize(
    ("port", "setting"),
    [
        (9092, "VEDETTE_KAFKA_BOOTSTRAP"),
        (9093, "VEDETTE_KAFKA_BOOTSTRAP"),
        (8123, "VEDETTE_CLICKHOUSE_URL"),
        (8443, "VEDETTE_INGEST_PORT"),
        (6121, "VEDETTE_FLINK_DATA_PORT"),
        (6123, "VEDETTE_FLINK_RPC_PORT"),
    ],
)
def test_every_port_of_the_stack_has_a_setting(port: int, setting: str) -> None:
    assert setting_of(Settings(), port) == setting
    assert any(port in part.ports for part in parts(Settings()))


def test_whoever_watches_a_stack_that_was_stopped_is_told(supervisor: Supervisor) -> None:
    supervisor.launch([part("one", SLEEP)])
    supervisor.start(["one"])
    until(lambda: supervisor.states()[0].runs)
    vigil = Vigil(supervisor, print)
    vigil.look()
    supervisor.shutdown()
    with pytest.raises(StackError, match="make down"):
        vigil.look()


def test_a_part_that_somebody_stopped_and_started_has_not_died(supervisor: Supervisor) -> None:
    told: list[str] = []
    supervisor.launch([part("one", SLEEP)])
    supervisor.start(["one"])
    until(lambda: supervisor.states()[0].runs)
    vigil = Vigil(supervisor, told.append)
    supervisor.stop("one")
    supervisor.start(["one"])
    until(lambda: supervisor.states()[0].runs)
    vigil.look()
    assert told == [f"one was stopped and started again as process {supervisor.states()[0].pid}"]


def test_a_wait_is_told_while_it_lasts(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "NEWS_S", 0.0)
    told: list[str] = []
    slow = Part("one", SLEEP, 0, lambda: "" if told else "its models to be compiled")
    supervisor.launch([slow])
    start.start_stage(supervisor, Settings(), [slow], told.append)
    assert told[0] == "one not yet: waiting for its models to be compiled"
    assert told[1].startswith("one ready after ")


def test_an_address_elsewhere_is_used_and_not_started() -> None:
    here = {p.name for p in parts(Settings())}
    there = {
        p.name
        for p in parts(
            Settings(kafka_bootstrap="kafka.example:9092", clickhouse_url="https://ch.example:8443")
        )
    }
    assert here - there == {"kafka", "clickhouse"}
    assert not is_local("https://ch.example:8443")
    assert (port_of("https://ch.example"), port_of("127.0.0.1:9,127.0.0.1:8")) == (8443, 9)

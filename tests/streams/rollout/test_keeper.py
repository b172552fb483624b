from __future__ import annotations

import threading
import zipfile
from pathlib import Path

import pytest

from schemas.errors import Fatal, Retryable
from streams.rollout import keeper
from streams.rollout.cluster import Cluster, Job
from streams.rollout.keeper import Keeper
from streams.rollout.submit import pack


class Scripted(Cluster):
    """A cluster that answers from a list of job states, one a question, the last one for ever; `None` is a lost job."""

    def __init__(self, *states: str | None) -> None:
        super().__init__("http://127.0.0.1:1")
        self.states = list(states)
        self.cancelled = False

    def jobs(self) -> list[Job]:
        if self.cancelled:
            return [Job("j1", "gate", "CANCELED", False)]
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "away":
            raise Retryable("Flink at http://127.0.0.1:1 does not answer: ConnectionRefusedError")
        return [] if state is None else [Job("j1", "gate", state, state == "RUNNING")]

    def cancel(self, job_id: str) -> None:
        assert job_id == "j1"
        self.cancelled = True

    def root_cause(self, job_id: str) -> str:
        return "java.lang.IllegalStateException: the disk is full"


def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, stop_after: int = 10**9) -> list[str]:
    """Run a keeper without waiting, and stop it after so many sayings; returns what it said."""
    stop, said = threading.Event(), list[str]()

    def say(event: str, **facts: object) -> None:
        said.append(event)
        if len(said) >= stop_after:
            stop.set()

    monkeypatch.setattr(keeper, "POLL_S", 0.0)
    monkeypatch.setattr(keeper, "PATIENCE_S", 0.05)
    Keeper(cluster, "gate", stop, say).run()
    return said


def test_a_running_job_is_watched_not_submitted_again_and_cancelled_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Scripted("CREATED", "RUNNING")
    said = run(cluster, monkeypatch, stop_after=2)
    assert said == [
        "the gate job is on the cluster already; watching it",
        "the gate job is ready",
        "stopped",
    ]
    assert cluster.cancelled


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        (("RUNNING", "RUNNING", "FAILED"), "the gate job is FAILED: .*the disk is full"),
        (("RUNNING", "CANCELED"), "the gate job is CANCELED"),
        (("RUNNING", "RUNNING", None), "was its JobManager restarted"),
        (("RUNNING", "away"), "Flink at http://127.0.0.1:1 does not answer"),
        (("away",), "Flink at http://127.0.0.1:1 does not answer"),
    ],
)
def test_the_end_of_the_job_is_fatal_with_its_cause(
    states: tuple[str | None, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Fatal, match=reason):
        run(Scripted(*states), monkeypatch)


def test_a_cluster_that_is_away_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(Scripted("RUNNING", "away", "away", "RUNNING"), monkeypatch, stop_after=2)
    assert said[-2:] == ["the gate job is ready", "stopped"]


def test_restarts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(Scripted("RUNNING", "RUNNING", "RESTARTING", "RUNNING"), monkeypatch, stop_after=4)
    assert said[1:4] == ["the gate job is ready", "the gate job is restarting", "the gate job is ready"]


def test_an_address_nobody_listens_on_is_retryable_and_named() -> None:
    with pytest.raises(Retryable, match=r"http://127\.0\.0\.1:9 does not answer"):
        Cluster("http://127.0.0.1:9").jobs()


def test_the_code_for_the_workers_is_the_functions_and_what_they_import(tmp_path: Path) -> None:
    names = zipfile.ZipFile(pack(tmp_path)).namelist()
    assert {"streams/rollout/judged.py", "detectors/gates/verdict.py", "schemas/telemetry.py"} <= set(names)
    assert all(name.endswith(".py") for name in names)

"""Keeps one gate job running on a cluster: submits it unless it is there already, watches it, ends it when asked."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from schemas.errors import Fatal, Retryable
from streams.rollout.cluster import Cluster, Job

ROOT = Path(__file__).resolve().parents[2]
POLL_S = 0.5
PATIENCE_S = 60.0
CANCEL_S = 20.0


class Keeper:
    """The life of the job called `name`. `stop` is set from outside; `say(event, **facts)` is told what happens."""

    def __init__(
        self, cluster: Cluster, name: str, stop: threading.Event, say: Callable[..., object]
    ) -> None:
        self._cluster = cluster
        self._name = name
        self._stop = stop
        self._say = say
        self._seen = ""

    def run(self) -> None:
        """Returns once stopped and the job is gone; raises Fatal with the cause where the job failed, was cancelled by somebody or lost,
        could not be submitted, or the cluster stayed away for `PATIENCE_S`.
        """
        found = self._patiently(lambda: self._cluster.running(self._name))
        if self._stop.is_set():
            return
        if found:
            self._say("the gate job is on the cluster already; watching it", job=found.id)
            self._watch(found.id)
        elif job_id := self._submit():
            self._watch(job_id)
        self._end()

    def _submit(self) -> str:
        self._say("submitting the gate job", cluster=self._cluster.url)
        command = [sys.executable, "-m", "streams.rollout.submit"]
        with subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as child:
            while child.poll() is None and not self._stop.wait(POLL_S / 5):
                pass
            if child.poll() is None:
                child.terminate()
            printed, complaint = child.communicate()
        if self._stop.is_set():
            return ""
        if child.returncode:
            raise Fatal(f"the gate job could not be submitted: {_last_cause(complaint)}")
        return printed.split()[-1]

    def _watch(self, job_id: str) -> None:
        while not self._stop.wait(POLL_S):
            job = self._patiently(lambda: self._cluster.job(job_id))
            if self._stop.is_set():
                return
            if job is None:
                raise Fatal("the cluster does not know the gate job any more; was its JobManager restarted?")
            self._tell(job)
            if job.ended:
                raise Fatal(
                    f"the gate job is {job.state}: {self._cluster.root_cause(job_id) or 'no cause recorded'}"
                )

    def _tell(self, job: Job) -> None:
        word = "ready" if job.works else job.state.lower()
        if word in ("ready", "restarting") and word != self._seen:
            cause = {} if job.works else {"cause": self._cluster.root_cause(job.id)}
            self._say(f"the gate job is {word}", job=job.id, **cause)
            self._seen = word

    def _patiently(self, ask: Callable[[], Job | None]) -> Job | None:
        """The answer, asked for again while the cluster doesn't give one; None as soon as somebody wants us to stop."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._stop.is_set():
            try:
                return ask()
            except Retryable as error:
                if time.monotonic() > deadline:
                    raise Fatal(f"{error}, for {PATIENCE_S:g} s now") from None
                self._stop.wait(POLL_S)
        return None

    def _end(self) -> None:
        """Cancel what runs under the name, also a job that was submitted in the last moment, and wait until it has ended."""
        with contextlib.suppress(Retryable):  # a cluster that is going down takes the job with it
            self._cancel()
        self._say("stopped")

    def _cancel(self) -> None:
        deadline = time.monotonic() + CANCEL_S
        while (job := self._cluster.running(self._name)) and time.monotonic() < deadline:
            if job.state != "CANCELLING":
                self._cluster.cancel(job.id)
            time.sleep(POLL_S / 2)


def _last_cause(complaint: str) -> str:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return (causes or lines or ["no reason given"])[-1].removeprefix("Caused by: ")

"""The gate as it really runs: a Flink cluster, the process that submits the job, and what it has written so far."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.flink.configuration import Ports
from infra.flink.distribution import ENVIRONMENT, ROOT
from infra.kafka import free_port
from schemas import registry
from schemas.event import Envelope
from schemas.rollout import GateJudged
from streams.log.reader import records
from tests.broker import own_broker as kafka_bootstrap
from tests.infra.flink.cluster import Cluster, cluster

DEADLINE_S = 90.0


class Gate:
    """A running gate on a running cluster; the gate's temporary files, also those of the JVM that plans the job, are in `temporary`."""

    def __init__(self, bootstrap: str, flink: Cluster, log: Path) -> None:
        self.bootstrap = bootstrap
        self.cluster = flink
        self.log = log
        self.temporary = log.with_name("temporary")
        self.temporary.mkdir()

    def start(self) -> subprocess.Popen[bytes]:
        """Another process of the gate."""
        settings = {
            "VEDETTE_KAFKA_BOOTSTRAP": self.bootstrap,
            "VEDETTE_FLINK_URL": self.cluster.url,
            "TMPDIR": str(self.temporary),
            "JVM_ARGS": f"-Djava.io.tmpdir={self.temporary}",
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(ENVIRONMENT / "bin" / "python"), "-m", "streams.rollout"],
                cwd=ROOT,
                env={**os.environ, **settings},
                stderr=log,
            )

    def wait_for_log(self, text: str, times: int = 1) -> None:
        """Until the gate's processes have said this so often."""
        self.wait_for(lambda: self.log.read_text().count(text) >= times, f"the log to say {text!r}")

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Until a condition holds; fails with the gate's log where it doesn't in time."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}\n{self.log.read_text()}\n{self.trouble()}"
            time.sleep(0.2)

    def trouble(self) -> str:
        """What the cluster's two roles last complained of and what it says of itself: for a failure that will not come again soon."""
        complaints = [
            line[:300]
            for role in ("jobmanager", "taskmanager")
            for line in (self.cluster.home / "logs" / f"{role}.log").read_text().splitlines()[-4000:]
            if " WARN " in line or " ERROR " in line or "Exception" in line
        ]
        return "\n".join([*complaints[-60:], self._asked("jobs/overview"), self._asked("taskmanagers")])

    def _asked(self, what: str) -> str:
        try:
            with urllib.request.urlopen(f"{self.cluster.url}/v1/{what}", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError as error:
            return f"{what}: {error}"

    def envelopes(self, tenant: str) -> list[Envelope]:
        """Every verdict's envelope of a tenant, in the order written."""
        found = [registry.decode(m.headers(), m.value()) for m in records(self.bootstrap, "gate-verdicts")]
        return [envelope for envelope in found if envelope.tenant == tenant]

    def verdicts(self, tenant: str) -> list[GateJudged]:
        """Every verdict of a tenant, in the order written."""
        return [e.data for e in self.envelopes(tenant) if isinstance(e.data, GateJudged)]

    def last(self, tenant: str, wanted: Callable[[GateJudged], bool]) -> GateJudged:
        """The last verdict of a tenant, once it is as wanted."""

        def arrived() -> bool:
            return bool(self.verdicts(tenant)) and wanted(self.verdicts(tenant)[-1])

        self.wait_for(arrived, f"a verdict for {tenant}")
        return self.verdicts(tenant)[-1]


__all__ = ["kafka_bootstrap"]


@pytest.fixture(scope="package")
def gate(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """The gate on a cluster of its own; its stop is a test, too: SIGTERM cancels the job and ends with 0."""
    home = tmp_path_factory.mktemp("gate")
    with cluster(home, Ports(free_port(), free_port(), free_port())) as flink:
        running = Gate(kafka_bootstrap, flink, home / "rollout.log")
        with stopped_in_the_end(running.start()):
            running.wait_for_log("the gate job is ready")
            yield running


@contextmanager
def stopped_in_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """SIGTERM at the end, whatever happened, and the check that it ended well."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=40)
    assert code == 0

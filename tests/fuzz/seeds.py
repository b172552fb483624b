"""`python -m tests.fuzz.seeds`: write the seeds that depend on the detectors' versions anew, after one of them changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from detectors import snapshot
from detectors.state import State, observe_event, observe_telemetry
from tests.detectors.fleet import fleet_batch
from tests.detectors.flows.recordings import flow

FOLDER = Path(__file__).with_name("corpus") / "worker_snapshot"


def seeds() -> dict[str, bytes]:
    """Snapshots of a worker by name, each below the limit of a corpus."""
    devices, flows = State(), State()
    for step in range(3):
        observe_telemetry(devices, fleet_batch("acme", ["cam-1", "cam-2"], step), "telemetry/0/0")
    web = ["443", "tcp", "ssl", "SF"]
    one = flow("f1", "cam-1", datetime(2026, 1, 1, tzinfo=UTC), "192.0.2.1", web, [1.0, 10.0, 20.0, 1.0, 2.0])
    observe_event(flows, one, "security-events/0/0")
    made = {"empty": State(), "two_devices": devices, "one_flow": flows}
    return {name: snapshot.encode(state) for name, state in made.items()}


if __name__ == "__main__":
    for name, content in seeds().items():
        FOLDER.joinpath(name).write_bytes(content)

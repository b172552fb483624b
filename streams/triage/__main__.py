"""`python -m streams.triage`."""

from __future__ import annotations

import typer

from detectors.triage.decider import Triage
from streams.log.decider import run
from streams.process import start

INPUTS = ("detections", "analyst-actions", "credential-decisions")


def main() -> None:
    """Make alerts out of findings and keep their life until a person's verdict; a device that was cut off is silent without an alert.

    Reads `detections`, `analyst-actions` and `credential-decisions`, writes `alerts`. Keeps no store: its state is read back from
    `alerts`. Several may run at once and share the partitions. Settings: VEDETTE_* (see README).
    """
    settings, log = start("triage")
    raise SystemExit(run(settings, log, "triage", Triage(), INPUTS))


if __name__ == "__main__":
    typer.run(main)

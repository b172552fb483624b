"""`python -m streams.response`."""

from __future__ import annotations

import typer

from detectors.revocation.decider import Response
from streams.log.decider import run
from streams.process import start

INPUTS = ("alerts", "analyst-actions")


def main() -> None:
    """Decide which credentials must stop working, within the policy and the limit on what the system may do by itself.

    Reads `alerts` and `analyst-actions`, writes `credential-decisions`; enforcing them is another process's work. Keeps no store: its
    state is read back from its decisions. Settings: VEDETTE_MAX_DECISIONS and the common ones (see README).
    """
    settings, log = start("response")
    mattered = {"max_decisions": str(settings.max_decisions)}
    raise SystemExit(run(settings, log, "response", Response(settings.max_decisions), INPUTS, mattered))


if __name__ == "__main__":
    typer.run(main)

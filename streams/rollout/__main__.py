"""`python -m streams.rollout`: runs the gate job on the configured Flink cluster and stays with it."""

from __future__ import annotations

import argparse

from schemas.errors import Fatal
from streams.process import start, stop_event
from streams.rollout.cluster import Cluster
from streams.rollout.job import NAME
from streams.rollout.keeper import Keeper

DESCRIPTION = """\
Submits the rollout gate to the Flink cluster at VEDETTE_FLINK_URL (unless it runs there already) and watches it in the
foreground. Run it with the Flink environment's Python (.venv-flink). SIGTERM cancels the job. Exit code: 0 stopped, 1 the
job failed or could not be submitted (the cause is the last line), 2 a setting is wrong."""


def main() -> int:
    """Run until stopped; returns the exit code."""
    # argparse, not typer: this process lives in Flink's environment, which has only what the job needs.
    parser = argparse.ArgumentParser(prog="python -m streams.rollout", description=DESCRIPTION)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.parse_args()
    settings, log = start("rollout")
    keeper = Keeper(Cluster(settings.flink_url), NAME, stop_event(), log.info)
    try:
        keeper.run()
    except Fatal as error:
        log.error(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m infra.setup`: everything that is not there yet. Exit code 0: done, 3: something is missing that only a person can add."""

from __future__ import annotations

import fcntl
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from infra.setup.machine import check_machine, warn_of_ports
from infra.setup.parts import parts
from infra.setup.step import BUILD, SetupError, say
from infra.setup.system import system_parts


def main() -> int:
    """Set up and write `build/setup.json`; returns the exit code (0 done, 3 something is missing that only a person can add)."""
    started = time.monotonic()
    try:
        with only_one():
            check_machine()
            if not (BUILD / "setup.json").exists():
                warn_of_ports()
            fresh = install()
    except SetupError as error:
        sys.stderr.write(f"setup: {error}\n")
        return 3
    took_s = round(time.monotonic() - started, 1)
    (BUILD / "setup.json").write_text(json.dumps({"setup_s": took_s, "fresh": fresh}))
    if fresh:
        say(f"everything is there, after {took_s:.0f} s")
    return 0


def install() -> bool:
    """Run every step that isn't done; returns whether anything was."""
    # What the system has is looked at before anything is built with it.
    done = [step.run() for step in system_parts()]
    return any([*done, *(step.run() for step in parts())])


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock that keeps two setups of one clone apart; the second waits for the first."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())

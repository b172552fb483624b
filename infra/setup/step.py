"""A step of setup: work that is done once for the same inputs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


class SetupError(Exception):
    """Something a person has to do first; the message says what."""


@dataclass(frozen=True)
class Step:
    """`work` that makes the `outputs` out of the `inputs`, files of the project by name; the file with the work is one of them."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[Path, ...]
    work: Callable[[], None]

    def run(self) -> bool:
        """Do it unless it was done with the same inputs and its outputs are still there; returns whether it was done now."""
        stamp, now = BUILD / "setup" / self.name, fingerprint(*self.inputs)
        if stamp.exists() and stamp.read_text() == now and all(output.exists() for output in self.outputs):
            return False
        started = time.monotonic()
        say(f"{self.name} ...")
        self.work()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(now)
        say(f"{self.name} done in {time.monotonic() - started:.0f} s")
        return True


def fingerprint(*inputs: str) -> str:
    """A hash over the contents of files of the project."""
    hasher = hashlib.sha256()
    for name in inputs:
        hasher.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return hasher.hexdigest()


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"setup: {text}\n")
    sys.stdout.flush()


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; on failure show what it printed and raise SetupError with its name."""
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SetupError(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr)[-3000:]}")

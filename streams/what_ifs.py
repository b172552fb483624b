"""What-ifs as a folder of files: what was asked, how far it is, what came of it. Nothing of a what-if is ever on the log.

One folder a what-if: `variant.json` (what was asked), `progress.json`, `result.json` once it is done, `cancel` where somebody asked
for that, and `lock`, held by the process that works on it. Files are replaced whole, so a reader never sees half of one.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from detectors.variant.variant import Variant
from schemas.errors import Rejected
from schemas.what_if import OVER, Progress, Status

NAME = re.compile(r"what-if-[0-9a-f]{16}")
LOOKS, LOOK_AGAIN_S = 20, 0.05


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One what-if as it stands."""

    id: str
    variant: Variant
    progress: Progress

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.progress.status in OVER


class WhatIfs:
    """All what-ifs in one folder. Any number of processes may read and ask; the one that holds a what-if's lock writes its progress."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder, self._clock = folder, clock

    def ask(self, variant: Variant) -> Run:
        """A new what-if, queued for whoever looks for one."""
        with self.asked(variant) as run:
            return run

    @contextmanager
    def asked(self, variant: Variant) -> Iterator[Run]:
        """A new what-if that is worked on by who asks: its lock is held before anybody can see it."""
        run = Run(
            id=f"what-if-{secrets.token_hex(8)}", variant=variant, progress=Progress(asked=self._clock())
        )
        place = self._folder / run.id
        # The folder appears with its files in it, so that nobody lists half a what-if.
        fresh = self._folder / f".{run.id}"
        fresh.mkdir(parents=True)
        (fresh / "variant.json").write_bytes(msgspec.json.encode(variant))
        (fresh / "progress.json").write_bytes(msgspec.json.encode(run.progress))
        with _locked(fresh / "lock"):
            fresh.rename(place)
            yield run

    def all(self) -> list[Run]:
        """Every what-if, newest first."""
        if not self._folder.is_dir():
            return []
        found = [self.get(path.name) for path in self._folder.iterdir() if NAME.fullmatch(path.name)]
        return sorted(found, key=lambda run: (run.progress.asked, run.id), reverse=True)

    def waiting(self) -> list[Run]:
        """Those that are queued and nobody works on, newest first."""
        queued = [run for run in self.all() if run.progress.status == "queued"]
        return [run for run in queued if not self._is_held(self._place(run.id))]

    def get(self, name: str) -> Run:
        """One what-if; Rejected where there is none of that id. One whose process died is failed."""
        place = self._place(name)
        variant = msgspec.json.decode((place / "variant.json").read_bytes(), type=Variant)
        progress = self._progress(place)
        if progress.status == "running" and not self._is_held(place):
            # Between the two looks it may have ended.
            progress = self._progress(place)
            if progress.status == "running":
                died = "its process ended before it was done; run it again"
                progress = msgspec.structs.replace(progress, status="failed", problem=died)
        return Run(id=name, variant=variant, progress=progress)

    def result(self, name: str) -> dict[str, Any] | None:
        """What came of it, None while it isn't done."""
        try:
            found: dict[str, Any] = msgspec.json.decode((self._place(name) / "result.json").read_bytes())
        except FileNotFoundError:
            return None
        return found

    def cancel(self, name: str) -> Run:
        """Ask for its end: one that is queued ends now, one that runs within a second. One that is over stays as it is."""
        run = self.get(name)
        if not run.over:
            (self._place(name) / "cancel").touch()
            if run.progress.status == "queued":
                self.write(name, self._ended(run, "cancelled"))
        return self.get(name)

    def is_cancelled(self, name: str) -> bool:
        """Whether somebody asked for its end."""
        return (self._place(name) / "cancel").exists()

    def write(self, name: str, progress: Progress) -> None:
        """Say how far it is."""
        _replace(self._place(name) / "progress.json", msgspec.json.encode(progress))

    def end(self, name: str, status: Status, problem: str = "", result: bytes | None = None) -> None:
        """Say what came of it; the result is there before anybody can see that it is done."""
        if result is not None:
            _replace(self._place(name) / "result.json", result)
        self.write(name, self._ended(self.get(name), status, problem))

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Hold a what-if's lock; False where another process works on it."""
        # Who only looks whether it is held holds it for a moment.
        with _locked(self._place(name) / "lock", tries=LOOKS) as held:
            yield held

    @contextmanager
    def turn(self, stopped: Callable[[], bool], pause: Callable[[], None]) -> Iterator[bool]:
        """Wait for the one turn there is in this folder, `pause` after `pause`; False where `stopped` says so first."""
        while not stopped():
            with _locked(self._folder / "turn.lock") as held:
                if held:
                    yield True
                    return
            pause()
        yield False

    def _ended(self, run: Run, status: Status, problem: str = "") -> Progress:
        return msgspec.structs.replace(run.progress, status=status, ended=self._clock(), problem=problem)

    def _progress(self, place: Path) -> Progress:
        return msgspec.json.decode((place / "progress.json").read_bytes(), type=Progress)

    def _is_held(self, place: Path) -> bool:
        with _locked(place / "lock") as free:
            return not free

    def _place(self, name: str) -> Path:
        place = self._folder / name
        if not NAME.fullmatch(name) or not place.is_dir():
            raise Rejected("unknown_what_if", "id", "there is no what-if of that id")
        return place


@contextmanager
def _locked(path: Path, *, tries: int = 1) -> Iterator[bool]:
    """Whether this process got the lock; the system frees it when a process dies, however it dies."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield any(_lock(handle, number) for number in range(tries))
    finally:
        os.close(handle)


def _lock(handle: int, tried: int) -> bool:
    if tried:
        time.sleep(LOOK_AGAIN_S)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(path)

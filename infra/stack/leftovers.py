"""Processes of a stack that nobody keeps any more, found by the mark they inherited, whoever their parent is now."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import psutil

MARK = "VEDETTE_STACK"
KILL_AFTER_S = 5


def leftovers(home: Path) -> list[psutil.Process]:
    """The processes of this home's stack, but for this one."""
    return [process for process in psutil.process_iter() if _is_of(home, process)]


def reap(home: Path) -> None:
    """End them, politely first."""
    left = leftovers(home)
    for process in left:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(left, timeout=KILL_AFTER_S)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=KILL_AFTER_S)


def _is_of(home: Path, process: psutil.Process) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == str(home)
    except (psutil.Error, OSError):
        return False


def _signal(send: Any) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        send()

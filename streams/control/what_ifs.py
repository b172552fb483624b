"""What-ifs through the API: ask for one, look, cancel. Each runs in a process of its own, one at a time, the others wait."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from detectors.variant.parsing import parse
from detectors.variant.variant import Variant
from schemas.errors import Rejected
from schemas.settings import Settings
from streams.control.answer import answer
from streams.control.docs import Operation
from streams.control.problem import Problem, body_of
from streams.what_ifs import Run, WhatIfs

MOST_WAITING = 20
STOP_S = 15.0
# How often the queue is looked at where nobody rings, for what-ifs that another process asked for.
LOOK_S = 2.0
log = structlog.stdlib.get_logger("control")


class Runner:
    """Starts the process of each queued what-if, the one asked for first first. The processes can write nothing to the log."""

    def __init__(self, what_ifs: WhatIfs, logs: Path) -> None:
        self._what_ifs, self._logs = what_ifs, logs
        self._child: subprocess.Popen[bytes] | None = None
        self._running = ""
        self._ring, self._halt = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="what-ifs", daemon=True)

    def start(self) -> None:
        """Begin with what is queued already."""
        self._thread.start()

    def ring(self) -> None:
        """Something was queued."""
        self._ring.set()

    def cancel(self, name: str) -> None:
        """End the process of this what-if at once, if it is ours."""
        child = self._child
        if name == self._running and child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """End the process that runs; what is queued stays queued."""
        self._halt.set()
        self._ring.set()
        if (child := self._child) is not None and child.poll() is None:
            child.terminate()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _work(self) -> None:
        while not self._halt.is_set():
            waiting = self._what_ifs.waiting()
            if waiting:
                self._run(waiting[-1].id)
            else:
                self._ring.wait(LOOK_S)
                self._ring.clear()

    def _run(self, name: str) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "streams.what_if", "run", "--id", name]
        with (self._logs / "what-if.log").open("ab") as sink:
            self._running = name
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
            if self._halt.is_set():
                self._child.terminate()
            code = self._child.wait()
        self._running = ""
        log.info("what-if ended", id=name, exit_code=code)
        if self._what_ifs.get(name).progress.status == "queued":
            if code == 2:
                # Another process works on it; its queue entry is that process's.
                self._halt.wait(LOOK_S)
            elif not self._halt.is_set():
                self._what_ifs.end(name, "failed", "its process could not start; see what-if.log")


class Hypotheses:
    """Handlers for what-ifs."""

    def __init__(self, settings: Settings) -> None:
        self.what_ifs = WhatIfs(settings.home / "what-ifs")
        self.runner = Runner(self.what_ifs, settings.logs)

    def operations(self) -> list[Operation]:
        """What the API can do with them."""
        return [
            Operation("POST", "/v1/what-ifs", self.ask, Variant),
            Operation("GET", "/v1/what-ifs", self.all, query=("limit",)),
            Operation("GET", "/v1/what-ifs/{id}", self.show),
            Operation("POST", "/v1/what-ifs/{id}/cancel", self.cancel),
        ]

    async def ask(self, request: Request) -> Response:
        """Queue a what-if: the variant is what shall be different; everything left out is as it is. Nothing is ever enforced."""
        variant = parse(await body_of(request, dict))
        run = await run_in_threadpool(self._ask, variant)
        return answer(_shown(run), 202)

    async def all(self, request: Request) -> Response:
        """All what-ifs, newest first, without their results."""
        text = request.query_params.get("limit", "50")
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= 1000:
            raise Rejected("bad_value", "limit", "must be 1 to 1000")
        runs = await run_in_threadpool(self.what_ifs.all)
        return answer({"what_ifs": [_shown(run) for run in runs[: int(text)]]})

    async def show(self, request: Request) -> Response:
        """One what-if: how far it is, and once it is done what would have been different."""
        name = request.path_params["id"]
        run = await run_in_threadpool(self._get, name)
        result = await run_in_threadpool(self.what_ifs.result, name)
        return answer({**_shown(run), "result": result})

    async def cancel(self, request: Request) -> Response:
        """End a what-if that waits or runs; one that is over stays as it is."""
        name = request.path_params["id"]
        await run_in_threadpool(self._get, name)
        run = await run_in_threadpool(self.what_ifs.cancel, name)
        self.runner.cancel(name)
        return answer(_shown(run), 202)

    def _ask(self, variant: Variant) -> Run:
        waiting = sum(run.progress.status == "queued" for run in self.what_ifs.all())
        if waiting >= MOST_WAITING:
            raise Problem(429, "queue_full", "", f"{waiting} what-ifs wait already; cancel one or try later")
        run = self.what_ifs.ask(variant)
        self.runner.ring()
        return run

    def _get(self, name: str) -> Run:
        try:
            return self.what_ifs.get(name)
        except Rejected as error:
            raise Problem(404, error.code, error.field, error.reason) from None


def _shown(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.variant.name,
        "changes": run.variant.told(),
        "variant": msgspec.to_builtins(run.variant),
        "progress": msgspec.to_builtins(run.progress) | {"status": run.progress.status},
    }

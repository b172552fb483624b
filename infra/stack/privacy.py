"""How erasures and retention stand, as `streams.privacy status` says: a process of its own, as the stack imports nothing of `streams`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Literal

import msgspec

from infra.stack.parts import ROOT
from schemas.settings import PREFIX, Settings

WITHIN_S = 60.0


class Erasure(msgspec.Struct, frozen=True):
    """One request to erase a device."""

    tenant: str
    device: str
    state: Literal["requested", "destroyed", "erased"]


class Retention(msgspec.Struct, frozen=True):
    """When it last ran (RFC 3339), None where it never did."""

    applied_time: str | None = None


class Privacy(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `error` where Kafka did not answer."""

    erasures: list[Erasure] = []
    retention: Retention = Retention()
    error: str = ""

    @property
    def waiting(self) -> list[str]:
        """The devices whose erasure is not complete, as tenant/device, the oldest request first."""
        return [f"{one.tenant}/{one.device}" for one in self.erasures if one.state != "erased"]

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.error:
            return f"privacy: {self.error}"
        waiting = self.waiting
        first = f" ({', '.join(waiting[:3])}{', ...' if len(waiting) > 3 else ''})" if waiting else ""
        ran = f"last ran {self.retention.applied_time}" if self.retention.applied_time else "has not run yet"
        done = len(self.erasures) - len(waiting)
        return f"privacy: {len(waiting)} erasures wait{first}, {done} complete; retention {ran}"


def privacy(settings: Settings) -> Privacy:
    """Ask the configured Kafka. Never raises: a broker that is away is an answer too."""
    command = [sys.executable, "-m", "streams.privacy", "status", "--json"]
    environment = {**os.environ, PREFIX + "KAFKA_BOOTSTRAP": settings.kafka_bootstrap}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return Privacy(error=f"Kafka did not say within {WITHIN_S:.0f} s how erasures stand")
    if done.returncode or not done.stdout:
        return Privacy(error=done.stderr.strip()[-500:] or f"exit code {done.returncode}")
    return msgspec.json.decode(done.stdout, type=Privacy)

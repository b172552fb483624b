"""How the log's topics stand, as `streams.log.topics --check` says: a process of its own, as the stack imports nothing of `streams`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import msgspec

from infra.stack.parts import ROOT
from schemas.settings import PREFIX, Settings

WITHIN_S = 60.0


class Topics(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: `declared` topics, each difference as topic, setting, declared and actual; `error` where Kafka did not answer."""

    declared: int = 0
    drift: list[dict[str, str]] = []
    error: str = ""


def topics(settings: Settings) -> Topics:
    """Ask the configured Kafka. Never raises: a broker that is away is an answer too."""
    command = [sys.executable, "-m", "streams.log.topics", "--check", "--json"]
    environment = {**os.environ, PREFIX + "KAFKA_BOOTSTRAP": settings.kafka_bootstrap}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return Topics(error=f"Kafka did not say within {WITHIN_S:.0f} s what its topics are")
    if done.returncode not in (0, 1) or not done.stdout:
        return Topics(error=done.stderr.strip()[-500:] or f"exit code {done.returncode}")
    return msgspec.convert(json.loads(done.stdout), Topics)

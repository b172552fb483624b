"""How fast the past is answered: `python -m tests.bench.as_of --json`, one JSON line with `as_of_query_ms_p50` and `as_of_query_ms_p99`.

Ten million telemetry events of 2,000 devices (one every 10 s for 14 hours; 1% recorded minutes to hours late, 0.1% twice) and their
security events, alerts, decisions and receipts go through the real tables. Then device, credential, alert, rollout and fleet are asked
for in turn, each at a random event time, half of them with what was known then, half with what was known at a random later moment.
The server's caches are as they are, and no question is asked twice.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect

from schemas.as_of.ask import Row
from schemas.as_of.fleet import fleet
from schemas.as_of.moment import Moment
from schemas.as_of.subject import alert, credential, device, rollout
from tests.bench.as_of.kinds import DEVICES
from tests.bench.as_of.past import SPAN_S, START, fill
from tests.bench.command import program
from tests.infra.clickhouse.server import serving

ROUNDS, WARM_UP = 60, 2
TENANT = "acme"


def questions(chance: random.Random) -> dict[str, Callable[[Any, Moment], Any]]:
    """One question of each kind, about a random subject."""
    name = f"cam-{chance.randrange(DEVICES):05}"
    number = chance.randrange(8000)
    return {
        "device": lambda ask, moment: device(ask, moment, TENANT, name),
        "credential": lambda ask, moment: credential(ask, moment, TENANT, name),
        "alert": lambda ask, moment: alert(
            ask, moment, TENANT, f"cam-{number % DEVICES:05}", f"alert-{number}"
        ),
        "rollout": lambda ask, moment: rollout(ask, moment, TENANT, f"rollout-{number % 5}"),
        "fleet": lambda ask, moment: fleet(ask, moment, [TENANT]),
    }


def moment(chance: random.Random) -> Moment:
    """A random moment, known as it was then or as it was some time later."""
    at = START + timedelta(seconds=chance.uniform(600, SPAN_S))
    later = chance.choice([0.0, chance.uniform(0, SPAN_S)])
    return Moment(at, at + timedelta(seconds=later))


def measure(url: str, rounds: int = ROUNDS, seed: int = 1) -> dict[str, float]:
    """Milliseconds of an answer, over all kinds and of each."""
    client = clickhouse_connect.get_client(dsn=url, autogenerate_session_id=False)

    def ask(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        return list(client.query(sql, parameters=dict(parameters), tz_mode="aware").named_results())

    chance = random.Random(seed)
    taken: dict[str, list[float]] = {}
    for number in range(rounds + WARM_UP):
        for kind, question in questions(chance).items():
            when = moment(chance)
            started = time.perf_counter()
            question(ask, when)
            if number >= WARM_UP:
                taken.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
    every = [ms for found in taken.values() for ms in found]
    figures = {"as_of_query_ms_p50": _percentile(every, 50), "as_of_query_ms_p99": _percentile(every, 99)}
    for kind, found in taken.items():
        figures |= {f"{kind}_ms_p50": _percentile(found, 50), f"{kind}_ms_p99": _percentile(found, 99)}
    return figures


def measured() -> dict[str, float]:
    """Fill a store of its own, then measure."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "store") as process:
        client = clickhouse_connect.get_client(
            dsn=f"{process.url}/default", autogenerate_session_id=False, send_receive_timeout=300
        )
        started = time.perf_counter()
        events = fill(client)
        filled_s = time.perf_counter() - started
        client.close()
        return {**measure(f"{process.url}/default"), "events": events, "fill_s": round(filled_s, 1)}


def _percentile(values: list[float], percent: int) -> float:
    return round(sorted(values)[min(len(values) - 1, len(values) * percent // 100)], 1)


if __name__ == "__main__":
    program(measured)

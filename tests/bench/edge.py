"""How many telemetry objects a second the edge validates and batches, without Kafka: `python -m tests.bench.edge`, one JSON line."""

from __future__ import annotations

import json
import random
import time

from schemas import telemetry
from streams.ingest.batch import validate
from streams.ingest.unit import Delivery, Unit
from streams.ingest.vocabulary import Vocabulary
from streams.ingest.waiting import FULL_ROWS
from tests.bench.command import program

METRICS = (
    "temperature_c",
    "cpu_pct",
    "memory_mb",
    "tx_kbps",
    "rx_kbps",
    "battery_pct",
    "boot_count",
    "uptime_s",
)
ROUNDS = 5
EARLY_US = 60_000_000


def units(*, bad_every: int = 0) -> list[Unit]:
    """As many reports of 300 devices as fill the edge's batches; every `bad_every`th is broken."""
    source, now_us = random.Random(1), time.time_ns() // 1000
    delivery = Delivery("kafka", lambda _delivery: None)
    made = []
    for number in range(FULL_ROWS):
        report = {
            "id": f"m{number}",
            "tenant": "acme",
            "device": f"cam-{number % 300:04}",
            "time": f"2026-01-01T00:00:{number % 60:02}.{number:06}Z",
            "model": "m1",
            "site": "s1",
            "firmware": "1.0",
            "metrics": {name: round(source.gauss(20, 5), 3) for name in METRICS},
        }
        raw = b"{broken" if bad_every and number % bad_every == 7 else json.dumps(report).encode()
        made.append(Unit(raw, "telemetry.raw/0/1", "", "", now_us, delivery, number))
    return made


def best_us(given: list[Unit]) -> float:
    """Processor microseconds a unit, the best of some rounds, encoding included."""
    vocabulary, spent = Vocabulary(METRICS), []
    for _ in range(ROUNDS):
        started = time.process_time()
        for batch in validate(given, vocabulary, EARLY_US)[0]:
            telemetry.encode(batch.rows)
        spent.append(time.process_time() - started)
    return min(spent) / len(given) * 1e6


def figures() -> dict[str, float]:
    """What an event costs."""
    clean, dirty = best_us(units()), best_us(units(bad_every=1000))
    return {
        "events": FULL_ROWS,
        "metrics": len(METRICS),
        "us_per_event": round(clean, 2),
        "events_per_s": round(1e6 / clean),
        "us_per_event_one_bad_in_1000": round(dirty, 2),
    }


if __name__ == "__main__":
    program(figures)

"""What most people would write: a Faust agent that takes one JSON event at a time and keeps river models a device and metric.

The yardstick of `tests.bench.worker`, run as a program: `python -m tests.bench.naive_agent BOOTSTRAP HOME`. It does the two parts of the
worker's univariate job that river has models for (what is far off an exponentially weighted mean, and drift) with none of its guarantees.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

import faust
from river import stats

TOPIC, FOUND = "naive-telemetry", "naive-detections"
FADING = 0.01
FAR, WARM_UP = 8.0, 50


class Baseline:
    """One metric of one device."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = stats.EWMean(FADING)
        self.spread = stats.EWVar(FADING)

    def observe(self, value: float) -> float:
        """How many deviations the value is off; learned afterwards."""
        off = (
            abs(value - self.mean.get()) / (self.spread.get() ** 0.5 + 1e-6) if self.count >= WARM_UP else 0.0
        )
        self.count += 1
        self.mean.update(value)
        self.spread.update(value)
        return float(off)


def app(bootstrap: str, home: str) -> Any:
    """The Faust app."""
    made = faust.App(
        "naive",
        broker=f"kafka://{bootstrap}",
        datadir=home,
        value_serializer="json",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
    )
    found = made.topic(FOUND, value_serializer="json")
    baselines: defaultdict[tuple[str, str], Baseline] = defaultdict(Baseline)

    @made.agent(made.topic(TOPIC, value_serializer="json"))  # type: ignore[untyped-decorator]
    async def detect(events: Any) -> None:
        async for event in events:
            far = {
                metric: value
                for metric, value in event["metrics"].items()
                if baselines[event["device"], metric].observe(value)
            }
            if far:
                await found.send(value={"device": event["device"], "time": event["time"], "metrics": far})

    return made


if __name__ == "__main__":
    bootstrap, home = sys.argv[1:]
    sys.argv = ["naive", "worker", "-l", "warn", "--without-web"]
    app(bootstrap, home).main()

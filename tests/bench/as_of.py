"""How fast the past is answered: `python -m tests.bench.as_of --json`, one JSON line with `as_of_query_ms_p50` and `as_of_query_ms_p99`.

Ten million telemetry events of 2,000 devices (one every 10 s for 14 hours; 1% recorded minutes to hours late, 0.1% twice) and their
security events, alerts, decisions and receipts go through the real tables. Then device, credential, alert, rollout and fleet are asked
for in turn, each at a random event time, half of them with what was known then, half with what was known at a random later moment.
The server's caches are as they are, and no question is asked twice.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect

from schemas import migrations
from schemas.as_of.ask import Row
from schemas.as_of.fleet import fleet
from schemas.as_of.moment import Moment
from schemas.as_of.subject import alert, credential, device, rollout
from tests.infra.clickhouse.server import serving

DEVICES, EVERY_S, EVENTS, CHUNK = 2000, 10, 10_000_000, 500_000
SPAN_S = EVENTS // DEVICES * EVERY_S
START = datetime(2026, 5, 1, tzinfo=UTC)
ROUNDS, WARM_UP = 60, 2
TENANT = "acme"

# Event n is of device n % DEVICES, at its turn with a little jitter; `delay_s` is how long it took to the log.
TELEMETRY = """
INSERT INTO telemetry
    (tenant, device, event_time, received_time, event_id, model, site, firmware, metrics, kafka_partition, kafka_offset, recorded_time)
SELECT
    'acme',
    concat('cam-', leftPad(toString(number % {devices}), 5, '0')),
    toDateTime64('2026-05-01 00:00:00', 6, 'UTC') + toIntervalMicrosecond(
        intDiv(number, {devices}) * {every_us} + sipHash64(number) % 3000000
    ) AS event,
    event + toIntervalMillisecond(200 + delay_ms),
    reinterpretAsFixedString(sipHash128(number)),
    'camera', 'berlin', if(intDiv(number, {devices}) > 2500, '4.3.0', '4.2.0'),
    map('cpu_pct', 30 + number % 17, 'temperature_c', 44 + (number % 31) / 10, 'tx_kbps', 900 + number % 97),
    number % 4, number,
    event + toIntervalMillisecond(300 + delay_ms)
FROM
(
    SELECT number, multiIf(sipHash64(number, 1) % 100 > 0, 0, 1000 * (60 + sipHash64(number, 2) % 14400)) AS delay_ms
    FROM numbers({first}, {count})
)
"""
REPEATED = """
INSERT INTO telemetry SELECT * REPLACE (kafka_offset + 100000000 AS kafka_offset, recorded_time + toIntervalSecond(900) AS recorded_time)
FROM telemetry WHERE kafka_offset % 1000 = 7
"""
# So many of one type, one every `step_ms`; one in fifty happened an hour later than its turn, one in fifty was recorded half an hour late.
HAPPENED = """
INSERT INTO events
    (tenant, topic, subject, id, type, source, time, cause, data, kafka_partition, kafka_offset, archived_time, recorded_time)
SELECT
    'acme', '{topic}', {subject}, concat('{type}-', toString(number), '-{order}'), '{type}', 'bench',
    toDateTime64('2026-05-01 00:00:00', 6, 'UTC') + toIntervalMillisecond(
        toUInt64(number * {step_ms}) + {after_ms} + if(sipHash64(number) % 50 > 0, 0, 3600000)
    ) AS happened,
    '', {data}, 0, number * 10 + {order}, now64(6),
    happened + toIntervalMillisecond(if(sipHash64(number, 3) % 50 > 0, 30, 1800000))
FROM
(
    SELECT number, concat('cam-', leftPad(toString(number % {devices}), 5, '0')) AS device FROM numbers({count})
)
"""


class Sql(str):
    """An expression in the text of an event, not a text; it sees `number` and `device`."""


@dataclass(frozen=True)
class Kind:
    """So many events of one type with these fields, each `after_ms` after its turn, in the order `order` within its turn."""

    type: str
    topic: str
    count: int
    after_ms: int
    order: int
    fields: dict[str, Any]
    subject: str = "device"

    @property
    def data(self) -> str:
        """The event's JSON as an expression."""
        return f"concat({', '.join(_pieces(self.fields))})"


def _pieces(value: Any) -> list[str]:
    if isinstance(value, Sql):
        return [f"toJSONString({value})"]
    if isinstance(value, dict) and value:
        parts = ["'{'"]
        for place, (name, item) in enumerate(value.items()):
            parts += [f"'{', ' if place else ''}\"{name}\": '", *_pieces(item)]
        return [*parts, "'}'"]
    if isinstance(value, list) and value:
        return ["'['", *_pieces(value[0]), "']'"]
    return [f"'{json.dumps(value)}'"]


ALERT = Sql("concat('alert-', toString(number))")
ACTION = Sql("['hold', 'revoke', 'restrict'][1 + number % 3]")
DECISION = Sql("concat('credential.decided.v1-', toString(number), '-7')")
ROLLOUT = Sql("concat('rollout-', toString(number % 5))")
SINCE = "2026-05-01T00:00:00Z"
EVIDENCE = {
    "event": Sql("concat('e', toString(number))"), "origin": "security-events/0/7", "time": SINCE,
    "summary": "login as admin from 203.0.113.7 refused (ssh, wrong password)",
}  # fmt: skip
FOUND = {
    "alert": ALERT, "kind": "rule.account_takeover", "title": "Account taken over", "since": SINCE, "evidence": [EVIDENCE],
    "explanation": "It accepted admin from 203.0.113.7 after 6 refused logins in 30 seconds.", "risk": Sql("number % 100"),
    "severity": Sql("['low', 'medium', 'high', 'critical'][1 + number % 4]"), "detection": Sql("toString(number)"),
}  # fmt: skip
STEP = {"decision": DECISION, "action": ACTION, "at": SINCE}
POLICY = {"margin": 0.15}
JUDGED = {
    "rollout": ROLLOUT, "stage": Sql("1 + intDiv(number, 2000)"), "outcome": "HOLD", "explanation": "waits", "margin": 0.15, "alpha": 0.05,
    "treatment": {"assigned": 100, "healthy": 80}, "control": {"assigned": 100, "healthy": 82}, "difference": 0.01, "low": -0.1,
    "high": 0.1, "needed": 120,
}  # fmt: skip
SECURITY, RECEIPTS = "security-events", "enforcement-receipts"
KINDS = (
    Kind(
        "device.provisioned.v1",
        SECURITY,
        DEVICES,
        0,
        0,
        {"model": "camera", "site": "berlin", "firmware": "4.2.0"},
    ),
    Kind(
        "session.opened.v1",
        SECURITY,
        60_000,
        100,
        1,
        {"session": Sql("toString(number)"), "address": "198.51.100.7"},
    ),
    Kind("session.closed.v1", SECURITY, 58_000, 900_000, 2, {"session": Sql("toString(number)")}),
    Kind(
        "authentication.failed.v1", SECURITY, 200_000, 50, 3, {"account": "admin", "address": "203.0.113.7"}
    ),
    Kind("alert.opened.v1", "alerts", 8000, 1000, 4, FOUND),
    Kind("alert.updated.v1", "alerts", 8000, 60_000, 5, {**FOUND, "detections": 2}),
    Kind(
        "alert.closed.v1",
        "alerts",
        7000,
        1_800_000,
        6,
        {"alert": ALERT, "actor": "noor", "verdict": "true_positive"},
    ),
    Kind(
        "credential.decided.v1",
        "credential-decisions",
        4000,
        1500,
        7,
        {"action": ACTION, "state": "decided", "alert": ALERT},
    ),
    Kind("enforcement.recorded.v1", RECEIPTS, 4000, 1600, 8, {**STEP, "step": "ca_updated"}),
    Kind("enforcement.recorded.v1", RECEIPTS, 4000, 1700, 9, {**STEP, "step": "session_dropped"}),
    Kind(
        "rollout.defined.v1",
        "rollouts",
        5,
        0,
        0,
        {"firmware": "4.3.0", "previous": "4.2.0", "stages": 3, "policy": POLICY},
        ROLLOUT,
    ),
    Kind(
        "rollout.device_assigned.v1",
        "rollouts",
        3000,
        5,
        1,
        {"stage": 1, "arm": "treatment", "device": Sql("device")},
        ROLLOUT,
    ),
    Kind(
        "rollout.stage_started.v1",
        "rollouts",
        5,
        10,
        2,
        {"stage": 1, "treatment": 300, "control": 300},
        ROLLOUT,
    ),
    Kind("gate.judged.v1", "gate-verdicts", 4000, 20, 0, JUDGED, ROLLOUT),
)


def fill(client: Any) -> int:
    """The whole past through the real tables; returns how many events it is."""
    for migration in migrations.load():
        for statement in migration.statements:
            client.command(statement)
    for first in range(0, EVENTS, CHUNK):
        client.command(
            TELEMETRY.format(devices=DEVICES, every_us=EVERY_S * 1_000_000, first=first, count=CHUNK)
        )
    client.command(REPEATED)
    for kind in KINDS:
        # Provisioned, defined and started at the beginning, the others all the time.
        step_ms = 1 if kind.count <= DEVICES else SPAN_S * 1000 / kind.count
        client.command(
            HAPPENED.format(
                topic=kind.topic, type=kind.type, subject=kind.subject, devices=DEVICES, count=kind.count,
                step_ms=step_ms, after_ms=kind.after_ms, order=kind.order, data=kind.data,
            )
        )  # fmt: skip
    counts = client.query("SELECT (SELECT count() FROM telemetry), (SELECT count() FROM events)").result_rows
    return int(sum(counts[0]))


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


def run() -> dict[str, float]:
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
    sys.stdout.write(json.dumps(run()) + "\n")

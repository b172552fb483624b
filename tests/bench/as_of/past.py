"""The made-up past: written through the real tables' statements, by ClickHouse itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas import migrations
from tests.bench.as_of.kinds import DEVICES, KINDS

EVERY_S, EVENTS, CHUNK = 10, 10_000_000, 500_000
SPAN_S = EVENTS // DEVICES * EVERY_S
START = datetime(2026, 5, 1, tzinfo=UTC)

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

"""The gate as SQL: every bit of state is in Flink's own operators, so a killed worker loses nothing; Python in it is stateless.

    telemetry -> reports() -> boot      one row a device and boot count: when it was last seen
                           -> reached   one row a tenant and partition: the newest event time, the last offset
    rollouts -> campaign() -> assigned  one row a device of a stage; -> stage, one row a stage
    assigned LEFT JOIN boot -> device   rebooted? soaked? last seen (silent devices stay in: it is a left join)
    device -> groups of like devices -> standing, one JSON array a stage -> changes only -> judged() -> gate-verdicts

Nothing waits for a watermark or a clock: "now" is the newest event time a tenant's partition reached, so late data is a
correction. Mini-batches emit once a second at most, and their markers flow in band, so the offsets in a standing are
those of a whole prefix.
"""

from __future__ import annotations

from typing import Any

NAME = "vedette-gate"
MINI_BATCH_S = 1
CHECKPOINT_S = 1

CONFIGURATION = {
    "pipeline.name": NAME,
    "parallelism.default": "1",
    # Else each row a batch opens into would carry its own copy of the whole batch to the next operator.
    "pipeline.object-reuse": "true",
    "execution.checkpointing.interval": f"{CHECKPOINT_S}s",
    "execution.checkpointing.timeout": "60s",
    "execution.checkpointing.tolerable-failed-checkpoints": "10",
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "1s",
    "restart-strategy.exponential-delay.max-backoff": "20s",
    "restart-strategy.exponential-delay.attempts-before-reset-backoff": "20",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": f"{MINI_BATCH_S}s",
    "table.exec.mini-batch.size": "100000",
    "python.fn-execution.bundle.time": "100",
}

SOURCE = """
CREATE TEMPORARY TABLE `{topic}` (
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT METADATA VIRTUAL,
  `offset` BIGINT METADATA VIRTUAL,
  `value` BYTES
) WITH (
  'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{bootstrap}',
  'properties.isolation.level' = 'read_committed', 'properties.group.id' = 'vedette-gate',
  'properties.fetch.max.bytes' = '4194304', 'scan.startup.mode' = 'earliest-offset', 'format' = 'raw'
)
"""

SINK = """
CREATE TEMPORARY TABLE `gate-verdicts` (
  `key` BYTES, `value` BYTES, `headers` MAP<STRING, BYTES> METADATA
) WITH (
  'connector' = 'kafka', 'topic' = 'gate-verdicts', 'properties.bootstrap.servers' = '{bootstrap}',
  'key.format' = 'raw', 'key.fields' = 'key', 'value.format' = 'raw', 'value.fields-include' = 'EXCEPT_KEY',
  'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'vedette-gate',
  'properties.transaction.timeout.ms' = '60000', 'properties.compression.type' = 'lz4'
)
"""

VIEWS = {
    "report": """
SELECT r.*, t.`partition`, t.`offset`
FROM telemetry AS t, LATERAL TABLE(reports(t.`value`)) AS r(tenant, device, boot_count, last_us)
""",
    "boot": """
SELECT tenant, device, boot_count, `partition`, MAX(last_us) AS last_us, MAX(`offset`) AS `offset`
FROM report GROUP BY tenant, device, boot_count, `partition`
""",
    "campaign_event": """
SELECT c.*, r.`offset`
FROM rollouts AS r, LATERAL TABLE(campaign(r.`headers`, r.`value`))
  AS c(kind, tenant, rollout, stage, device, arm, at_us, policy, soak_us, max_reboots, treatment, control)
""",
    "assigned": """
SELECT tenant, rollout, stage, device, MIN(arm) AS arm, MIN(arm) <> MAX(arm) AS crossed,
  MIN(at_us) AS at_us, MAX(soak_us) AS soak_us, MIN(max_reboots) AS max_reboots
FROM campaign_event WHERE kind = 'assigned' GROUP BY tenant, rollout, stage, device
""",
    "stage": """
SELECT tenant, rollout, stage, MAX(treatment) AS treatment, MAX(control) AS control,
  MAX(CASE WHEN kind = 'finished' THEN 1 ELSE 0 END) = 1 AS finished,
  MIN(policy) AS policy, MAX(policy) AS other_policy, MAX(at_us) AS newest_us, MAX(`offset`) AS `offset`
FROM campaign_event GROUP BY tenant, rollout, stage
""",
    "observed": """
SELECT a.*, b.boot_count, b.last_us, b.`partition`
FROM assigned AS a LEFT JOIN boot AS b ON a.tenant = b.tenant AND a.device = b.device
""",
    # A boot count that was last reported before the assignment says nothing about the stage; all others were seen within it.
    "device": """
SELECT tenant, rollout, stage, device, arm, crossed, MAX(`partition`) AS `partition`,
  COALESCE(
    MAX(CASE WHEN last_us >= at_us THEN boot_count END) - MIN(CASE WHEN last_us >= at_us THEN boot_count END), 0
  ) > max_reboots AS rebooted,
  COALESCE(MAX(last_us) - at_us >= soak_us, FALSE) AS soaked,
  CASE WHEN MAX(last_us) >= at_us THEN MAX(last_us) ELSE at_us END AS last_us
FROM observed GROUP BY tenant, rollout, stage, device, arm, crossed, at_us, soak_us, max_reboots
""",
    "reached": """
SELECT tenant, `partition`, MAX(last_us) AS newest_us, MAX(`offset`) AS `offset` FROM report GROUP BY tenant, `partition`
""",
    "part": """
SELECT tenant, rollout, stage,
  JSON_ARRAY('devices', arm, crossed, rebooted, soaked, `partition`, last_us / 1000000, COUNT(*) NULL ON NULL) AS part
FROM device GROUP BY tenant, rollout, stage, arm, crossed, rebooted, soaked, `partition`, last_us / 1000000
UNION ALL
SELECT s.tenant, s.rollout, s.stage, JSON_ARRAY('partition', r.`partition`, r.newest_us, r.`offset`) AS part
FROM stage AS s JOIN reached AS r ON s.tenant = r.tenant AND NOT s.finished
UNION ALL
SELECT tenant, rollout, stage,
  JSON_ARRAY('stage', treatment, control, finished, policy, other_policy, newest_us, `offset` NULL ON NULL) AS part
FROM stage
""",
    "standing": """
SELECT tenant, rollout, stage, '[' || LISTAGG(part, ',') || ']' AS parts
FROM part GROUP BY tenant, rollout, stage
""",
    "change": """
SELECT tenant, rollout, stage, parts, PROCTIME() AS arrived
FROM TO_CHANGELOG(input => TABLE standing, op_mapping => MAP['INSERT, UPDATE_AFTER', 'changed'])
""",
    "verdict": """
SELECT c.tenant, c.rollout, c.stage, c.arrived, v.*
FROM `change` AS c, LATERAL TABLE(judged(c.tenant, c.rollout, c.stage, c.parts))
  AS v(`key`, `value`, `headers`, summary)
""",
    # The only use of processing time: "the one before" in the order of arrival.
    "fresh": """
SELECT *, LAG(summary) OVER (PARTITION BY tenant, rollout, stage ORDER BY arrived) AS before
FROM verdict
""",
}

INSERT = """
INSERT INTO `gate-verdicts`
SELECT `key`, `value`, `headers` FROM fresh WHERE `before` IS NULL OR `before` <> summary
"""


def define(environment: Any, bootstrap: str) -> None:
    """Create the job's tables, functions and views in a PyFlink TableEnvironment; nothing runs yet."""
    for topic in ("telemetry", "rollouts"):
        environment.execute_sql(SOURCE.format(topic=topic, bootstrap=bootstrap))
    environment.execute_sql(SINK.format(bootstrap=bootstrap))
    for name, function in functions().items():
        environment.create_temporary_function(name, function)
    for name, query in VIEWS.items():
        environment.execute_sql(f"CREATE TEMPORARY VIEW `{name}` AS {query}")


def functions() -> dict[str, Any]:
    """The stateless Python functions by their SQL names."""
    # Here, not above: the rest of the project's environment has no PyFlink.
    from pyflink.table import DataTypes as T
    from pyflink.table.udf import udtf

    from streams.rollout.campaign import campaign
    from streams.rollout.judged import judged
    from streams.rollout.reports import reports

    text, whole, number, raw = T.STRING(), T.BIGINT(), T.INT(), T.BYTES()
    record = [raw, raw, T.MAP(text, raw), text]
    events = [text, text, text, number, text, text, whole, text, whole, number, number, number]
    return {
        "reports": udtf(reports, result_types=[text, text, whole, whole]),
        "campaign": udtf(campaign, result_types=events),
        "judged": udtf(judged, result_types=record),
    }

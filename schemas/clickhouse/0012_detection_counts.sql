-- What detection did not judge, so that nothing of it disappears without a number. About the platform, not about a tenant.

CREATE TABLE IF NOT EXISTS detection_counts
(
    kafka_partition UInt16,
    told AggregateFunction(argMax, Tuple(UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64), UInt64),
    counted_time SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY kafka_partition
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS detection_counts_feed TO detection_counts AS
SELECT
    toUInt16(JSONExtractUInt(data, 'partition')) AS kafka_partition,
    argMaxState(
        tuple(
            JSONExtractUInt(data, 'scored'),
            JSONExtractUInt(data, 'late'),
            JSONExtractUInt(data, 'infinite'),
            JSONExtractUInt(data, 'unmodelled'),
            JSONExtractUInt(data, 'devices'),
            JSONExtractUInt(data, 'forgotten'),
            JSONExtractUInt(data, 'duplicates')
        ),
        JSONExtractUInt(data, 'telemetry_offset') + JSONExtractUInt(data, 'duplicates')
    ) AS told,
    max(time) AS counted_time
FROM events
WHERE type = 'detection.counted.v1'
GROUP BY kafka_partition;

-- detection_totals: one row, over all partitions.
--   scored (reports judged), late (not judged: older than their device's newest, or sent again), infinite and unmodelled (values passed
--   over), devices (known now), forgotten (made room, ever), duplicates (security events seen before), partitions (0: never counted),
--   counted_time
CREATE VIEW IF NOT EXISTS detection_totals AS
SELECT
    sum(p.told.1) AS scored,
    sum(p.told.2) AS late,
    sum(p.told.3) AS infinite,
    sum(p.told.4) AS unmodelled,
    sum(p.told.5) AS devices,
    sum(p.told.6) AS forgotten,
    sum(p.told.7) AS duplicates,
    count() AS partitions,
    maxOrNull(p.counted_time) AS counted_time
FROM
(
    SELECT c.kafka_partition AS kafka_partition, argMaxMerge(c.told) AS told, max(c.counted_time) AS counted_time
    FROM detection_counts AS c
    GROUP BY c.kafka_partition
) AS p;

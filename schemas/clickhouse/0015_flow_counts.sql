-- What of network flows had to make room is shown beside the other counts of detection; until it is told anew it is 0.

ALTER TABLE detection_counts ADD COLUMN IF NOT EXISTS flows AggregateFunction(argMax, UInt64, UInt64);

ALTER TABLE detection_counts_feed MODIFY QUERY
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
    argMaxState(
        JSONExtractUInt(data, 'flows_forgotten'),
        JSONExtractUInt(data, 'telemetry_offset') + JSONExtractUInt(data, 'duplicates') + JSONExtractUInt(data, 'flows_forgotten')
    ) AS flows,
    max(time) AS counted_time
FROM events
WHERE type = 'detection.counted.v1'
GROUP BY kafka_partition;

-- detection_totals: one row, over all partitions.
--   scored (reports judged), late (not judged: older than their device's newest, or sent again), infinite and unmodelled (values passed
--   over), devices (known now), forgotten (made room, ever), duplicates (security events seen before), flows_forgotten (tenants,
--   habits of devices, and devices with unusual flows, that made room, ever), partitions (0: never counted), counted_time
CREATE OR REPLACE VIEW detection_totals AS
SELECT
    sum(p.told.1) AS scored,
    sum(p.told.2) AS late,
    sum(p.told.3) AS infinite,
    sum(p.told.4) AS unmodelled,
    sum(p.told.5) AS devices,
    sum(p.told.6) AS forgotten,
    sum(p.told.7) AS duplicates,
    sum(p.flows) AS flows_forgotten,
    count() AS partitions,
    maxOrNull(p.counted_time) AS counted_time
FROM
(
    SELECT
        c.kafka_partition AS kafka_partition,
        argMaxMerge(c.told) AS told,
        argMaxMerge(c.flows) AS flows,
        max(c.counted_time) AS counted_time
    FROM detection_counts AS c
    GROUP BY c.kafka_partition
) AS p;

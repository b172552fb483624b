-- What detection unlearned because somebody asked for it.

-- roll_backs(tenants): one row a roll-back and partition that detection has taken it in. The same answer told twice is one row.
--   roll_back (its id), tenant, device ('' for all of the tenant's), since, until (the event times unlearned, `until` not among them), actor,
--   reason, partition, reports (learned again), unlearned (left out), models_before, models_after (hashes of what was learned; '' where it
--   was not told), took_s (for so long the partition judged nothing; Nullable), done_time
CREATE VIEW IF NOT EXISTS roll_backs AS
SELECT
    JSONExtractString(data, 'asked', 'id') AS roll_back,
    tenant,
    JSONExtractString(data, 'asked', 'device') AS device,
    parseDateTime64BestEffort(JSONExtractString(data, 'asked', 'since'), 6, 'UTC') AS since,
    parseDateTime64BestEffort(JSONExtractString(data, 'asked', 'until'), 6, 'UTC') AS until,
    JSONExtractString(data, 'asked', 'actor') AS actor,
    JSONExtractString(data, 'asked', 'reason') AS reason,
    toUInt16(JSONExtractUInt(data, 'partition')) AS partition,
    JSONExtractUInt(data, 'reports') AS reports,
    JSONExtractUInt(data, 'unlearned') AS unlearned,
    JSONExtractString(data, 'models_before') AS models_before,
    JSONExtractString(data, 'models_after') AS models_after,
    JSONExtract(data, 'took_s', 'Nullable(Float64)') AS took_s,
    time AS done_time
FROM events FINAL
WHERE topic = 'ledger' AND type = 'models.rolled_back.v1' AND tenant IN {tenants:Array(String)};

-- learned_with(tenants, device): one row, what a roll-back of a device learns again; none before detection told of its partition.
--   partition, reports and devices (that detection judged there, of all tenants)
CREATE VIEW IF NOT EXISTS learned_with AS
SELECT
    c.kafka_partition AS partition,
    argMaxMerge(c.told).1 AS reports,
    argMaxMerge(c.told).5 AS devices
FROM detection_counts AS c
WHERE c.kafka_partition IN (SELECT kafka_partition FROM telemetry WHERE tenant IN {tenants:Array(String)} AND device = {device:String} LIMIT 1)
GROUP BY c.kafka_partition;

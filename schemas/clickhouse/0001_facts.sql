-- What the archive stores. Every table drops repeated rows by itself (ReplacingMergeTree; read with FINAL) and repeated inserts by
-- their token (non_replicated_deduplication_window). `kafka_partition` and `kafka_offset` name the record a row came from; records of
-- one subject share a partition, so `kafka_offset` orders them. `archived_time` is the archive's clock and differs after a rebuild.
-- Read through the parameterised views of the later files: they can't be asked without naming tenants.

-- One row a telemetry event. `metrics` has only the metrics the device reported.
CREATE TABLE IF NOT EXISTS telemetry
(
    tenant LowCardinality(String),
    device String,
    event_time DateTime64(6, 'UTC'),
    received_time DateTime64(6, 'UTC'),
    event_id FixedString(16),
    model LowCardinality(String),
    site LowCardinality(String),
    firmware LowCardinality(String),
    metrics Map(LowCardinality(String), Float64),
    kafka_partition UInt16,
    kafka_offset UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant, device, event_time, event_id)
SETTINGS non_replicated_deduplication_window = 10000;

-- Every other event verbatim: `data` is the record's JSON, the other columns its CloudEvents attributes. `cause` names the input record
-- it was decided from. Of records with the same id the last one stays.
CREATE TABLE IF NOT EXISTS events
(
    tenant LowCardinality(String),
    topic LowCardinality(String),
    subject String,
    id String,
    type LowCardinality(String),
    source String,
    time DateTime64(6, 'UTC'),
    cause String,
    data String CODEC(ZSTD(3)),
    kafka_partition UInt16,
    kafka_offset UInt64,
    archived_time DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (tenant, topic, subject, id)
SETTINGS non_replicated_deduplication_window = 10000;

-- `raw` is at most the first 64 KiB of what was refused, `size_bytes` its whole size; the record named by partition and offset has all.
-- `tenant` and `device` are empty where nobody could tell who sent it.
CREATE TABLE IF NOT EXISTS dead_letters
(
    id String,
    tenant LowCardinality(String),
    device String,
    code LowCardinality(String),
    field String,
    reason String,
    origin String,
    process LowCardinality(String),
    time DateTime64(6, 'UTC'),
    size_bytes UInt64,
    raw String CODEC(ZSTD(3)),
    kafka_partition UInt16,
    kafka_offset UInt64,
    archived_time DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

-- What is stored, written after it was: one row an offset range of one partition. `events` counts the events in its records, of which
-- `rejected` could not be decoded and went to the dead letters. The archive goes on after the last range, so this is its position.
CREATE TABLE IF NOT EXISTS ledger_ranges
(
    topic LowCardinality(String),
    kafka_partition UInt16,
    first_offset UInt64,
    last_offset UInt64,
    records UInt64,
    events UInt64,
    rejected UInt64,
    newest_time Nullable(DateTime64(6, 'UTC')),
    archived_time DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, kafka_partition, first_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- One row a device, kept by the view below; aggregates that a repeated row does not change.
CREATE TABLE IF NOT EXISTS device_activity
(
    tenant LowCardinality(String),
    device String,
    first_seen SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_seen SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    last_received SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    model AggregateFunction(argMaxIf, String, Tuple(DateTime64(6, 'UTC'), FixedString(16)), UInt8),
    site AggregateFunction(argMaxIf, String, Tuple(DateTime64(6, 'UTC'), FixedString(16)), UInt8),
    firmware AggregateFunction(argMaxIf, String, Tuple(DateTime64(6, 'UTC'), FixedString(16)), UInt8),
    metrics AggregateFunction(argMax, Map(String, Float64), Tuple(DateTime64(6, 'UTC'), FixedString(16)))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, device)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS device_activity_feed TO device_activity AS
SELECT
    tenant,
    device,
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    max(received_time) AS last_received,
    argMaxIfState(model::String, (event_time, event_id), model != '') AS model,
    argMaxIfState(site::String, (event_time, event_id), site != '') AS site,
    argMaxIfState(firmware::String, (event_time, event_id), firmware != '') AS firmware,
    argMaxState(metrics::Map(String, Float64), (event_time, event_id)) AS metrics
FROM telemetry
GROUP BY tenant, device;

-- The newest running totals of each ingest process and way in.
CREATE TABLE IF NOT EXISTS ingest_counts
(
    instance String,
    channel LowCardinality(String),
    received SimpleAggregateFunction(max, UInt64),
    accepted SimpleAggregateFunction(max, UInt64),
    dead_lettered SimpleAggregateFunction(max, UInt64),
    counted_time SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (instance, channel)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_counts_feed TO ingest_counts AS
SELECT
    JSONExtractString(data, 'instance') AS instance,
    JSONExtractString(data, 'channel') AS channel,
    max(JSONExtractUInt(data, 'received')) AS received,
    max(JSONExtractUInt(data, 'accepted')) AS accepted,
    max(JSONExtractUInt(data, 'dead_lettered')) AS dead_lettered,
    max(time) AS counted_time
FROM events
WHERE type = 'ingest.counted.v1'
GROUP BY instance, channel;

-- Is everything that came in accounted for, and how old is what is stored? These are about the platform, not about a tenant, except
-- dead_letter_list and dead_letter_groups, which take `tenants`; name '' as well to see what nobody could be made out for.

-- dead_letter_list(tenants): one row a dead letter.
--   letter (id), tenant, device, code, field, reason, origin, process, time, size_bytes, raw (at most 64 KiB), archived_time
CREATE VIEW IF NOT EXISTS dead_letter_list AS
SELECT id AS letter, tenant, device, code, field, reason, origin, process, time, size_bytes, raw, archived_time
FROM dead_letters FINAL
WHERE tenant IN {tenants:Array(String)};

-- dead_letter_groups(tenants): dead letters with the same cause.
--   process, code, field, reason, letters, devices (distinct, known ones), bytes, first_time, last_time, sample_letter, sample_origin,
--   sample_raw (of the newest, at most 1000 bytes)
CREATE VIEW IF NOT EXISTS dead_letter_groups AS
SELECT
    l.process AS process,
    l.code AS code,
    l.field AS field,
    l.reason AS reason,
    count() AS letters,
    uniqExactIf((l.tenant, l.device), l.device != '') AS devices,
    sum(l.size_bytes) AS bytes,
    min(l.time) AS first_time,
    max(l.time) AS last_time,
    argMax(l.letter, (l.time, l.letter)) AS sample_letter,
    argMax(l.origin, (l.time, l.letter)) AS sample_origin,
    argMax(substring(l.raw, 1, 1000), (l.time, l.letter)) AS sample_raw
FROM dead_letter_list(tenants = {tenants:Array(String)}) AS l
GROUP BY l.process, l.code, l.field, l.reason;

-- ledger_channels: what each way in counted, over all ingest processes that ever ran.
--   channel, received, accepted, dead_lettered, instances, counted_time
CREATE VIEW IF NOT EXISTS ledger_channels AS
SELECT
    i.channel AS channel,
    sum(i.received) AS received,
    sum(i.accepted) AS accepted,
    sum(i.dead_lettered) AS dead_lettered,
    count() AS instances,
    max(i.counted_time) AS counted_time
FROM
(
    SELECT
        c.instance AS instance,
        c.channel AS channel,
        max(c.received) AS received,
        max(c.accepted) AS accepted,
        max(c.dead_lettered) AS dead_lettered,
        max(c.counted_time) AS counted_time
    FROM ingest_counts AS c
    GROUP BY c.instance, c.channel
) AS i
GROUP BY i.channel;

-- ledger: one row, the whole account of telemetry and security events.
--   received, accepted, dead_lettered (by the edge), archived (events read from the log and written), rejected (events the archive could not
--   decode), stored (distinct events that can be read), duplicates (archived - stored: the same event accepted more than once),
--   difference (accepted - archived - rejected: 0 once the archive has caught up; more while it is behind or something is lost, less
--   until the edge's next count arrives), dead_letters_stored (of all processes), counted_time, archived_time
CREATE VIEW IF NOT EXISTS ledger AS
SELECT
    e.received AS received,
    e.accepted AS accepted,
    e.dead_lettered AS dead_lettered,
    r.archived AS archived,
    r.rejected AS rejected,
    t.stored + s.stored AS stored,
    toInt64(archived) - toInt64(stored) AS duplicates,
    toInt64(accepted) - toInt64(archived) - toInt64(rejected) AS difference,
    d.letters AS dead_letters_stored,
    e.counted_time AS counted_time,
    r.archived_time AS archived_time
FROM
(
    SELECT
        sum(c.received) AS received,
        sum(c.accepted) AS accepted,
        sum(c.dead_lettered) AS dead_lettered,
        max(c.counted_time) AS counted_time
    FROM ledger_channels AS c
) AS e
CROSS JOIN
(
    SELECT
        sum(g.events) - sum(g.rejected) AS archived,
        sum(g.rejected) AS rejected,
        max(g.archived_time) AS archived_time
    FROM ledger_ranges AS g FINAL
    WHERE g.topic IN ('telemetry', 'security-events')
) AS r
CROSS JOIN (SELECT count() AS stored FROM telemetry FINAL) AS t
CROSS JOIN (SELECT count() AS stored FROM events FINAL WHERE topic = 'security-events') AS s
CROSS JOIN (SELECT count() AS letters FROM dead_letters FINAL) AS d;

-- archive_progress: how far the archive is, one row a topic and partition.
--   topic, kafka_partition, last_offset, records, events, rejected, newest_time (newest event time, Nullable), archived_time
CREATE VIEW IF NOT EXISTS archive_progress AS
SELECT
    g.topic AS topic,
    g.kafka_partition AS kafka_partition,
    max(g.last_offset) AS last_offset,
    sum(g.records) AS records,
    sum(g.events) AS events,
    sum(g.rejected) AS rejected,
    max(g.newest_time) AS newest_time,
    max(g.archived_time) AS archived_time
FROM ledger_ranges AS g FINAL
GROUP BY g.topic, g.kafka_partition;

-- tenants: every tenant there is data of, one row each; the list a page offers. Column: tenant
CREATE VIEW IF NOT EXISTS tenants AS
SELECT DISTINCT tenant FROM device_activity
UNION DISTINCT
SELECT DISTINCT tenant FROM events WHERE topic != 'ledger';

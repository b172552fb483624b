-- What was erased, and how long what is kept. A part that a mutation replaced goes from the disk within seconds, not after eight minutes:
-- what it holds may be what somebody asked to have erased.
ALTER TABLE events MODIFY SETTING old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 2;
ALTER TABLE known_events MODIFY SETTING old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 2;
ALTER TABLE dead_letters MODIFY SETTING old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 2;

-- erasures(tenants): one row a request to erase a subject.
--   request (id), tenant, device, requested_time, actor, reason, state ('requested'; 'destroyed': the key is gone, so nothing can be opened any
--   more; 'erased': the projections are purged as well), destroyed_time, erased_time (both Nullable), keys, rows, raw_records
CREATE VIEW IF NOT EXISTS erasures AS
SELECT
    p.tenant AS tenant,
    p.subject AS device,
    if(p.type = 'erase.subject.v1', p.id, JSONExtractString(p.data, 'request')) AS request,
    minIf(p.time, p.type = 'erase.subject.v1') AS requested_time,
    anyIf(JSONExtractString(p.data, 'actor'), p.type = 'erase.subject.v1') AS actor,
    anyIf(JSONExtractString(p.data, 'reason'), p.type = 'erase.subject.v1') AS reason,
    multiIf(
        countIf(p.type = 'subject.erased.v1') > 0, 'erased',
        countIf(p.type = 'subject.key_destroyed.v1') > 0, 'destroyed',
        'requested'
    ) AS state,
    maxOrNullIf(p.time, p.type = 'subject.key_destroyed.v1') AS destroyed_time,
    maxOrNullIf(p.time, p.type = 'subject.erased.v1') AS erased_time,
    max(length(JSONExtractArrayRaw(p.data, 'keys'))) AS keys,
    max(arraySum(mapValues(JSONExtract(p.data, 'rows', 'Map(String, UInt64)')))) AS rows,
    maxIf(JSONExtractUInt(p.data, 'raw_records'), p.type = 'subject.erased.v1') AS raw_records
FROM (SELECT * FROM events FINAL WHERE topic = 'privacy' AND type != 'retention.applied.v1' AND tenant IN {tenants:Array(String)}) AS p
GROUP BY p.tenant, p.subject, request;

-- retention_runs: one row a run of retention and class of data.
--   applied_time, name (of the class), cutoff (what was recorded before it went), rows (so many of it were in the store), raw_records
CREATE VIEW IF NOT EXISTS retention_runs AS
SELECT
    time AS applied_time,
    JSONExtractString(class, 'name') AS name,
    parseDateTime64BestEffort(JSONExtractString(class, 'cutoff'), 6, 'UTC') AS cutoff,
    JSONExtractUInt(class, 'rows') AS rows,
    JSONExtractUInt(data, 'raw_records') AS raw_records
FROM events FINAL
ARRAY JOIN JSONExtractArrayRaw(data, 'classes') AS class
WHERE topic = 'privacy' AND type = 'retention.applied.v1';

-- What concerns no tenant is said in the name of `system`, which is none.
CREATE OR REPLACE VIEW tenants AS
SELECT DISTINCT tenant FROM device_activity
UNION DISTINCT
SELECT DISTINCT tenant FROM events WHERE topic != 'ledger' AND tenant != 'system';

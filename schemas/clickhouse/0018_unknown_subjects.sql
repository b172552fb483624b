-- An erasure of a device nobody knows is complete, but nothing was erased.

-- erasures(tenants): as before, and state 'unknown' (complete, but there was nothing of such a device: no key, no event, no telemetry,
--   nothing refused)
CREATE OR REPLACE VIEW erasures AS
SELECT
    p.tenant AS tenant,
    p.subject AS device,
    if(p.type = 'erase.subject.v1', p.id, JSONExtractString(p.data, 'request')) AS request,
    minIf(p.time, p.type = 'erase.subject.v1') AS requested_time,
    anyIf(JSONExtractString(p.data, 'actor'), p.type = 'erase.subject.v1') AS actor,
    anyIf(JSONExtractString(p.data, 'reason'), p.type = 'erase.subject.v1') AS reason,
    multiIf(
        countIf(p.type = 'subject.erased.v1' AND JSONExtractRaw(p.data, 'known') = 'false') > 0, 'unknown',
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

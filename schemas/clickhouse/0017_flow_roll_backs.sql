-- What detection unlearned of network flows, too.

-- roll_backs(tenants): one row a roll-back, partition and what was unlearned there, once detection has taken it. The same answer told twice
-- is one row.
--   roll_back (its id), tenant, device ('' for all of the tenant's), since, until (the event times unlearned, `until` not among them), actor,
--   reason, partition, learned ('reports' or 'flows'), reports (or flows that were learned again), unlearned (left out), models_before,
--   models_after (hashes of what was learned; '' where it was not told), took_s (for so long none of them was judged in the partition;
--   Nullable), done_time
CREATE OR REPLACE VIEW roll_backs AS
SELECT
    JSONExtractString(data, 'asked', 'id') AS roll_back,
    tenant,
    JSONExtractString(data, 'asked', 'device') AS device,
    parseDateTime64BestEffort(JSONExtractString(data, 'asked', 'since'), 6, 'UTC') AS since,
    parseDateTime64BestEffort(JSONExtractString(data, 'asked', 'until'), 6, 'UTC') AS until,
    JSONExtractString(data, 'asked', 'actor') AS actor,
    JSONExtractString(data, 'asked', 'reason') AS reason,
    toUInt16(JSONExtractUInt(data, 'partition')) AS partition,
    if(type = 'flows.rolled_back.v1', 'flows', 'reports') AS learned,
    JSONExtractUInt(data, if(type = 'flows.rolled_back.v1', 'flows', 'reports')) AS reports,
    JSONExtractUInt(data, 'unlearned') AS unlearned,
    JSONExtractString(data, 'models_before') AS models_before,
    JSONExtractString(data, 'models_after') AS models_after,
    JSONExtract(data, 'took_s', 'Nullable(Float64)') AS took_s,
    time AS done_time
FROM events FINAL
WHERE topic = 'ledger' AND type IN ('models.rolled_back.v1', 'flows.rolled_back.v1') AND tenant IN {tenants:Array(String)};

-- flows_learned_with(tenants, device): one row, how many of a tenant's flows a roll-back of its device learns again; none where it has none.
--   partition, flows (one sent twice may be counted twice)
CREATE VIEW IF NOT EXISTS flows_learned_with AS
SELECT kafka_partition AS partition, count() AS flows
FROM events
WHERE topic = 'security-events' AND type = 'network_flow.closed.v1' AND tenant IN {tenants:Array(String)} AND kafka_partition IN (
    SELECT kafka_partition FROM events
    WHERE topic = 'security-events' AND type = 'network_flow.closed.v1' AND tenant IN {tenants:Array(String)} AND subject = {device:String}
    LIMIT 1
)
GROUP BY kafka_partition;

-- Who is in the fleet and what it measures.

-- devices(tenants): one row a device that was provisioned or ever sent telemetry.
--   tenant, device, model, site, firmware (the newest told), first_seen, last_seen (event time, Nullable: no telemetry yet), last_received
--   (Nullable, the edge's clock), metrics (Map(String, Float64), its newest report), provisioned_time (Nullable), open_alerts, risk
--   (greatest of the open alerts), credential_state ('active', 'held', 'revoked'), credential_pending (1 while a decision is not yet enforced)
CREATE VIEW IF NOT EXISTS devices AS
SELECT
    k.tenant AS tenant,
    k.device AS device,
    if(t.model != '', t.model, p.model) AS model,
    if(t.site != '', t.site, p.site) AS site,
    if(t.firmware != '', t.firmware, p.firmware) AS firmware,
    if(t.device = '', NULL, t.first_seen) AS first_seen,
    if(t.device = '', NULL, t.last_seen) AS last_seen,
    if(t.device = '', NULL, t.last_received) AS last_received,
    t.metrics AS metrics,
    if(p.device = '', NULL, p.time) AS provisioned_time,
    a.open_alerts AS open_alerts,
    a.risk AS risk,
    if(c.state = '', 'active', c.state) AS credential_state,
    c.pending AS credential_pending
FROM
(
    SELECT DISTINCT tenant, device FROM device_activity WHERE tenant IN {tenants:Array(String)}
    UNION DISTINCT
    SELECT tenant, subject AS device FROM events
    WHERE topic = 'security-events' AND type = 'device.provisioned.v1' AND tenant IN {tenants:Array(String)}
) AS k
LEFT JOIN
(
    SELECT
        s.tenant AS tenant,
        s.device AS device,
        min(s.first_seen) AS first_seen,
        max(s.last_seen) AS last_seen,
        max(s.last_received) AS last_received,
        argMaxIfMerge(s.model) AS model,
        argMaxIfMerge(s.site) AS site,
        argMaxIfMerge(s.firmware) AS firmware,
        argMaxMerge(s.metrics) AS metrics
    FROM device_activity AS s
    WHERE s.tenant IN {tenants:Array(String)}
    GROUP BY s.tenant, s.device
) AS t ON t.tenant = k.tenant AND t.device = k.device
LEFT JOIN
(
    SELECT
        tenant,
        subject AS device,
        time,
        JSONExtractString(data, 'model') AS model,
        JSONExtractString(data, 'site') AS site,
        JSONExtractString(data, 'firmware') AS firmware
    FROM events FINAL
    WHERE topic = 'security-events' AND type = 'device.provisioned.v1' AND tenant IN {tenants:Array(String)}
    ORDER BY kafka_offset DESC
    LIMIT 1 BY tenant, subject
) AS p ON p.tenant = k.tenant AND p.device = k.device
LEFT JOIN
(
    SELECT o.tenant AS tenant, o.device AS device, count() AS open_alerts, max(o.risk) AS risk
    FROM alerts(tenants = {tenants:Array(String)}) AS o
    WHERE o.status != 'closed'
    GROUP BY o.tenant, o.device
) AS a ON a.tenant = k.tenant AND a.device = k.device
LEFT JOIN credentials(tenants = {tenants:Array(String)}) AS c ON c.tenant = k.tenant AND c.device = k.device;

-- measurements(tenants, device, since, until): a device's telemetry between two event times (since included, until not), oldest first.
--   tenant, device, event_time, received_time, event_id (hex), model, site, firmware, metrics (Map(String, Float64)), origin
--   Parameters: device String, since and until DateTime64(6, 'UTC').
CREATE VIEW IF NOT EXISTS measurements AS
SELECT
    tenant,
    device,
    event_time,
    received_time,
    lower(hex(event_id)) AS event_id,
    model,
    site,
    firmware,
    metrics,
    concat('telemetry/', toString(kafka_partition), '/', toString(kafka_offset)) AS origin
FROM telemetry AS t FINAL
WHERE t.tenant IN {tenants:Array(String)}
    AND t.device = {device:String}
    AND t.event_time >= {since:DateTime64(6, 'UTC')}
    AND t.event_time < {until:DateTime64(6, 'UTC')}
ORDER BY t.event_time, t.event_id;

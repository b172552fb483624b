-- Finding each device's newest report among all of an insert's cost half of what storing telemetry costs: it carries the whole map of metrics from
-- row to row. So plain times say first which rows can be the newest of anything, and only those are carried. Repeated times change nothing, and
-- both reads of `telemetry` are of the rows just inserted.
ALTER TABLE device_activity_feed MODIFY QUERY
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
WHERE (tenant, device, event_time) IN
(
    SELECT
        tenant,
        device,
        arrayJoin([
            min(event_time), max(event_time), argMax(event_time, received_time),
            maxIf(event_time, model != ''), maxIf(event_time, site != ''), maxIf(event_time, firmware != '')
        ])
    FROM telemetry
    GROUP BY tenant, device
)
GROUP BY tenant, device;

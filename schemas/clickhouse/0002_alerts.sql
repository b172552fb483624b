-- What an analyst reads. Every view takes `tenants`: SELECT * FROM alerts(tenants=['acme']).

-- detections(tenants): one row a finding, as detection wrote it.
--   detection, tenant, device, time, detector, version, kind, severity, title, explanation, since, metric ('' for a rule), actual,
--   expected, low, high, score, p_value (Nullable(Float64)), evidence (JSON array of {event, origin, time, summary}), cause,
--   archived_time
CREATE VIEW IF NOT EXISTS detections AS
SELECT
    id AS detection,
    tenant,
    subject AS device,
    time,
    JSONExtractString(data, 'detector') AS detector,
    JSONExtractUInt(data, 'version') AS version,
    JSONExtractString(data, 'kind') AS kind,
    JSONExtractString(data, 'severity') AS severity,
    JSONExtractString(data, 'title') AS title,
    JSONExtractString(data, 'explanation') AS explanation,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'since'), 6, 'UTC') AS since,
    JSONExtractString(data, 'metric') AS metric,
    JSONExtract(data, 'actual', 'Nullable(Float64)') AS actual,
    JSONExtract(data, 'expected', 'Nullable(Float64)') AS expected,
    JSONExtract(data, 'low', 'Nullable(Float64)') AS low,
    JSONExtract(data, 'high', 'Nullable(Float64)') AS high,
    JSONExtract(data, 'score', 'Nullable(Float64)') AS score,
    JSONExtract(data, 'p_value', 'Nullable(Float64)') AS p_value,
    if(JSONHas(data, 'evidence'), JSONExtractRaw(data, 'evidence'), '[]') AS evidence,
    cause,
    archived_time
FROM events FINAL
WHERE topic = 'detections' AND tenant IN {tenants:Array(String)};

-- alert_history(tenants): one row a change of an alert, order by kafka_offset within an alert.
--   alert, tenant, device, event (id), change ('opened', 'updated', 'acknowledged', 'closed'), time, actor, verdict, comment, kind,
--   title, explanation, severity, risk, kinds (Array(String)), detection, detections, since, evidence (JSON array, what was new), cause,
--   kafka_offset, archived_time
CREATE VIEW IF NOT EXISTS alert_history AS
SELECT
    JSONExtractString(data, 'alert') AS alert,
    tenant,
    subject AS device,
    id AS event,
    splitByChar('.', type::String)[2] AS change,
    time,
    JSONExtractString(data, 'actor') AS actor,
    JSONExtractString(data, 'verdict') AS verdict,
    JSONExtractString(data, 'comment') AS comment,
    JSONExtractString(data, 'kind') AS kind,
    JSONExtractString(data, 'title') AS title,
    JSONExtractString(data, 'explanation') AS explanation,
    JSONExtractString(data, 'severity') AS severity,
    JSONExtractUInt(data, 'risk') AS risk,
    JSONExtract(data, 'kinds', 'Array(String)') AS kinds,
    JSONExtractString(data, 'detection') AS detection,
    if(change = 'opened', 1, JSONExtractUInt(data, 'detections')) AS detections,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'since'), 6, 'UTC') AS since,
    if(JSONHas(data, 'evidence'), JSONExtractRaw(data, 'evidence'), '[]') AS evidence,
    cause,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'alerts' AND tenant IN {tenants:Array(String)};

-- alerts(tenants): one row an alert as it stands now.
--   alert, tenant, device, kind, title, explanation, severity, risk (0-100), status ('open', 'acknowledged', 'closed'), verdict ('' until
--   closed), actor (who acknowledged or closed last), comment, opened_time, updated_time, acknowledged_time, closed_time (both
--   Nullable), since (Nullable), detections (count merged), kinds (Array(String), of all findings in the order they came),
--   evidence (JSON array, of all findings in the order they came), archived_time
-- An update of a closed alert leaves it closed; only a new opening opens it again.
CREATE VIEW IF NOT EXISTS alerts AS
SELECT * EXCEPT (folded_status, told, pieces)
FROM
(
    SELECT
        h.alert AS alert,
        h.tenant AS tenant,
        h.device AS device,
        argMaxIf(h.kind, h.kafka_offset, h.kind != '') AS kind,
        argMaxIf(h.title, h.kafka_offset, h.title != '') AS title,
        argMaxIf(h.explanation, h.kafka_offset, h.explanation != '') AS explanation,
        argMaxIf(h.severity, h.kafka_offset, h.severity != '') AS severity,
        argMaxIf(h.risk, h.kafka_offset, h.change IN ('opened', 'updated')) AS risk,
        argMaxIf(
            transform(h.change, ['opened', 'acknowledged', 'closed'], ['open', 'acknowledged', 'closed'], 'open'),
            h.kafka_offset,
            h.change != 'updated'
        ) AS folded_status,
        if(folded_status = '', 'open', folded_status) AS status,
        if(status = 'closed', argMaxIf(h.verdict, h.kafka_offset, h.change = 'closed'), '') AS verdict,
        argMaxIf(h.actor, h.kafka_offset, h.actor != '') AS actor,
        argMaxIf(h.comment, h.kafka_offset, h.change = 'closed') AS comment,
        if(countIf(h.change = 'opened') > 0, minIf(h.time, h.change = 'opened'), min(h.time)) AS opened_time,
        max(h.time) AS updated_time,
        maxOrNullIf(h.time, h.change = 'acknowledged') AS acknowledged_time,
        if(status = 'closed', maxOrNullIf(h.time, h.change = 'closed'), NULL) AS closed_time,
        min(h.since) AS since,
        max(h.detections) AS detections,
        argMaxIf(h.kinds, h.kafka_offset, notEmpty(h.kinds)) AS kinds,
        arraySort(groupArray((h.kafka_offset, h.evidence))) AS told,
        arrayDistinct(arrayFlatten(arrayMap(one -> JSONExtractArrayRaw(one.2), told))) AS pieces,
        concat('[', arrayStringConcat(pieces, ','), ']') AS evidence,
        max(h.archived_time) AS archived_time
    FROM alert_history(tenants = {tenants:Array(String)}) AS h
    GROUP BY h.tenant, h.device, h.alert
);

-- analyst_actions(tenants): what people asked for, one row an action.
--   action (id), tenant, device, time, type ('acknowledge.alert.v1', ...), actor, alert, verdict, decision, answer, comment, archived_time
CREATE VIEW IF NOT EXISTS analyst_actions AS
SELECT
    id AS action,
    tenant,
    subject AS device,
    time,
    type,
    JSONExtractString(data, 'actor') AS actor,
    JSONExtractString(data, 'alert') AS alert,
    JSONExtractString(data, 'verdict') AS verdict,
    JSONExtractString(data, 'decision') AS decision,
    JSONExtractString(data, 'answer') AS answer,
    JSONExtractString(data, 'comment') AS comment,
    archived_time
FROM events FINAL
WHERE topic = 'analyst-actions' AND tenant IN {tenants:Array(String)};

-- security_events(tenants): one row a security event.
--   event (id), tenant, device, time, type, source, account, address, credential, session, reason (text, '' where the type has none),
--   data (JSON), origin ('topic/partition/offset', as evidence names it), archived_time
CREATE VIEW IF NOT EXISTS security_events AS
SELECT
    id AS event,
    tenant,
    subject AS device,
    time,
    type,
    source,
    JSONExtractString(data, 'account') AS account,
    JSONExtractString(data, 'address') AS address,
    JSONExtractString(data, 'credential') AS credential,
    JSONExtractString(data, 'session') AS session,
    JSONExtractString(data, 'reason') AS reason,
    data,
    concat('security-events/', toString(kafka_partition), '/', toString(kafka_offset)) AS origin,
    archived_time
FROM events FINAL
WHERE topic = 'security-events' AND tenant IN {tenants:Array(String)};

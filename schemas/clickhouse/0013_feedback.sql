-- What verdicts taught triage: findings set aside, and exceptions. An alert that was set aside is closed from the start, with the
-- reason ('below_bar', 'expected') in the place of a verdict until a person gives one.

-- alert_history(tenants): as before, with 'set_aside' as a further change, and
--   weighed (JSON of `schemas.weighed`, '' where the finding has no strength), exception (id, '' where it is not expected by one),
--   proposed (JSON array of exceptions that the verdict proposes, or '')
CREATE OR REPLACE VIEW alert_history AS
SELECT
    JSONExtractString(data, 'alert') AS alert,
    tenant,
    subject AS device,
    id AS event,
    splitByChar('.', type::String)[2] AS change,
    time,
    JSONExtractString(data, 'actor') AS actor,
    if(change = 'set_aside', JSONExtractString(data, 'reason'), JSONExtractString(data, 'verdict')) AS verdict,
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
    JSONExtractRaw(data, 'weighed') AS weighed,
    JSONExtractString(data, 'exception') AS exception,
    JSONExtractRaw(data, 'proposed') AS proposed,
    cause,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'alerts' AND startsWith(type::String, 'alert.') AND tenant IN {tenants:Array(String)};

-- alerts(tenants): as before, and
--   weighed (JSON, of the newest finding that has a strength, or ''), exception (id, of the newest finding set aside)
CREATE OR REPLACE VIEW alerts AS
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
        argMaxIf(h.risk, h.kafka_offset, h.change IN ('opened', 'updated', 'set_aside')) AS risk,
        argMaxIf(
            transform(h.change, ['acknowledged', 'set_aside', 'closed'], ['acknowledged', 'closed', 'closed'], 'open'),
            h.kafka_offset,
            h.change != 'updated'
        ) AS folded_status,
        if(folded_status = '', 'open', folded_status) AS status,
        if(status = 'closed', argMaxIf(h.verdict, h.kafka_offset, h.change IN ('closed', 'set_aside')), '') AS verdict,
        argMaxIf(h.actor, h.kafka_offset, h.actor != '') AS actor,
        argMaxIf(h.comment, h.kafka_offset, h.change = 'closed') AS comment,
        if(countIf(h.change = 'opened') > 0, minIf(h.time, h.change = 'opened'), min(h.time)) AS opened_time,
        max(h.time) AS updated_time,
        maxOrNullIf(h.time, h.change = 'acknowledged') AS acknowledged_time,
        if(status = 'closed', maxOrNullIf(h.time, h.change IN ('closed', 'set_aside')), NULL) AS closed_time,
        min(h.since) AS since,
        max(h.detections) AS detections,
        argMaxIf(h.kinds, h.kafka_offset, notEmpty(h.kinds)) AS kinds,
        arraySort(groupArray((h.kafka_offset, h.evidence))) AS told,
        arrayDistinct(arrayFlatten(arrayMap(one -> JSONExtractArrayRaw(one.2), told))) AS pieces,
        concat('[', arrayStringConcat(pieces, ','), ']') AS evidence,
        argMaxIf(h.weighed, h.kafka_offset, h.weighed != '') AS weighed,
        argMaxIf(h.exception, h.kafka_offset, h.change = 'set_aside') AS exception,
        max(h.archived_time) AS archived_time
    FROM alert_history(tenants = {tenants:Array(String)}) AS h
    GROUP BY h.tenant, h.device, h.alert
);

-- alerts_as_of: as before; what is set aside is closed.
CREATE OR REPLACE VIEW alerts_as_of AS
SELECT * EXCEPT (folded_status, pieces)
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
        argMaxIf(h.risk, h.kafka_offset, h.change IN ('opened', 'updated', 'set_aside')) AS risk,
        argMaxIf(
            transform(h.change, ['acknowledged', 'set_aside', 'closed'], ['acknowledged', 'closed', 'closed'], 'open'),
            h.kafka_offset,
            h.change != 'updated'
        ) AS folded_status,
        if(folded_status = '', 'open', folded_status) AS status,
        if(status = 'closed', argMaxIf(h.verdict, h.kafka_offset, h.change IN ('closed', 'set_aside')), '') AS verdict,
        argMaxIf(h.actor, h.kafka_offset, h.actor != '') AS actor,
        argMaxIf(h.comment, h.kafka_offset, h.change = 'closed') AS comment,
        if(countIf(h.change = 'opened') > 0, minIf(h.time, h.change = 'opened'), min(h.time)) AS opened_time,
        max(h.time) AS updated_time,
        min(h.recorded_time) AS opened_recorded,
        max(h.recorded_time) AS updated_recorded,
        min(h.since) AS since,
        max(h.detections) AS detections,
        argMaxIf(h.kinds, h.kafka_offset, notEmpty(h.kinds)) AS kinds,
        arrayDistinct(arrayFlatten(arrayMap(
            one -> JSONExtractArrayRaw(one.2), arraySort(groupArrayIf((h.kafka_offset, h.evidence), h.evidence != ''))
        ))) AS pieces,
        concat('[', arrayStringConcat(pieces, ','), ']') AS evidence
    FROM
    (
        SELECT
            tenant,
            subject AS device,
            splitByChar('.', type::String)[2] AS change,
            time,
            recorded_time,
            kafka_offset,
            JSONExtractString(data, 'alert') AS alert,
            JSONExtractString(data, 'actor') AS actor,
            if(change = 'set_aside', JSONExtractString(data, 'reason'), JSONExtractString(data, 'verdict')) AS verdict,
            JSONExtractString(data, 'comment') AS comment,
            JSONExtractString(data, 'kind') AS kind,
            JSONExtractString(data, 'title') AS title,
            JSONExtractString(data, 'explanation') AS explanation,
            JSONExtractString(data, 'severity') AS severity,
            JSONExtractUInt(data, 'risk') AS risk,
            JSONExtract(data, 'kinds', 'Array(String)') AS kinds,
            if(change = 'opened', 1, JSONExtractUInt(data, 'detections')) AS detections,
            parseDateTime64BestEffortOrNull(JSONExtractString(data, 'since'), 6, 'UTC') AS since,
            JSONExtractRaw(data, 'evidence') AS evidence
        FROM known_events FINAL
        WHERE topic = 'alerts' AND startsWith(type::String, 'alert.')
            AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
            AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
    ) AS h
    GROUP BY h.tenant, h.device, h.alert
);

-- exceptions(tenants): one row an exception that was ever proposed; a later proposal takes the place of an earlier one nobody answered.
--   exception (id), tenant, device, state ('proposed', 'superseded', 'accepted', 'rejected', 'ended'; past `until` it covers nothing),
--   kind, direction ('above', 'below', 'either'), metric ('' where limit is a strength), limit, until, alerts (Array(String)),
--   proposed_time, settled_time (Nullable), actor (who settled it, '' until then), comment, expected (findings set aside by it)
-- Accepting a later exception for the same kind and direction ends the earlier one.
CREATE VIEW IF NOT EXISTS exceptions AS
SELECT
    j.exception AS exception,
    j.tenant AS tenant,
    j.device AS device,
    multiIf(
        j.settled = 'accepted' AND j.settled_offset < j.newest_accepted, 'ended',
        j.settled != '', j.settled,
        j.offset < j.newest_proposed, 'superseded',
        'proposed'
    ) AS state,
    j.kind AS kind,
    j.direction AS direction,
    j.metric AS metric,
    if(j.settled = 'accepted', j.settled_limit, j.proposed_limit) AS limit,
    if(j.settled = 'accepted', j.settled_until, j.proposed_until) AS until,
    j.alerts AS alerts,
    j.proposed_time AS proposed_time,
    if(j.settled = '', NULL, j.settled_time) AS settled_time,
    j.actor AS actor,
    j.comment AS comment,
    j.expected AS expected
FROM
(
    SELECT
        p.tenant AS tenant,
        p.device AS device,
        p.exception AS exception,
        p.kind AS kind,
        p.direction AS direction,
        p.metric AS metric,
        p.offset AS offset,
        p.proposed_time AS proposed_time,
        p.proposed_limit AS proposed_limit,
        p.proposed_until AS proposed_until,
        p.alerts AS alerts,
        s.settled AS settled,
        s.settled_offset AS settled_offset,
        s.settled_limit AS settled_limit,
        s.settled_until AS settled_until,
        s.settled_time AS settled_time,
        s.actor AS actor,
        s.comment AS comment,
        c.expected AS expected,
        max(p.offset) OVER (PARTITION BY p.tenant, p.device, p.kind, p.direction) AS newest_proposed,
        max(if(s.settled = 'accepted', s.settled_offset, 0))
            OVER (PARTITION BY p.tenant, p.device, p.kind, p.direction) AS newest_accepted
    FROM
    (
        SELECT
            tenant,
            subject AS device,
            time AS proposed_time,
            kafka_offset AS offset,
            JSONExtractString(one, 'id') AS exception,
            JSONExtractString(one, 'kind') AS kind,
            JSONExtractString(one, 'direction') AS direction,
            JSONExtractString(one, 'metric') AS metric,
            JSONExtractFloat(one, 'limit') AS proposed_limit,
            parseDateTime64BestEffort(JSONExtractString(one, 'until'), 6, 'UTC') AS proposed_until,
            JSONExtract(one, 'alerts', 'Array(String)') AS alerts
        FROM events FINAL
        ARRAY JOIN JSONExtractArrayRaw(data, 'proposed') AS one
        WHERE topic = 'alerts' AND type = 'alert.closed.v1' AND tenant IN {tenants:Array(String)}
    ) AS p
    LEFT JOIN
    (
        SELECT
            e.tenant AS tenant,
            e.subject AS device,
            JSONExtractString(e.data, 'exception') AS exception,
            argMax(JSONExtractString(e.data, 'state'), e.kafka_offset) AS settled,
            max(e.kafka_offset) AS settled_offset,
            argMax(JSONExtractFloat(e.data, 'limit'), e.kafka_offset) AS settled_limit,
            argMax(parseDateTime64BestEffort(JSONExtractString(e.data, 'until'), 6, 'UTC'), e.kafka_offset) AS settled_until,
            argMax(e.time, e.kafka_offset) AS settled_time,
            argMax(JSONExtractString(e.data, 'actor'), e.kafka_offset) AS actor,
            argMax(JSONExtractString(e.data, 'comment'), e.kafka_offset) AS comment
        FROM events AS e FINAL
        WHERE e.topic = 'alerts' AND e.type = 'exception.settled.v1' AND e.tenant IN {tenants:Array(String)}
        GROUP BY e.tenant, device, exception
    ) AS s ON s.tenant = p.tenant AND s.device = p.device AND s.exception = p.exception
    LEFT JOIN
    (
        SELECT h.tenant AS tenant, h.device AS device, h.exception AS exception, count() AS expected
        FROM alert_history(tenants = {tenants:Array(String)}) AS h
        WHERE h.change = 'set_aside' AND h.exception != ''
        GROUP BY h.tenant, h.device, h.exception
    ) AS c ON c.tenant = p.tenant AND c.device = p.device AND c.exception = p.exception
) AS j;

-- finding_account(tenants): one row, where every finding went: what is in no alert yet is under way.
--   detections (distinct), alerted (merged into an alert), below_bar, expected (set aside), difference (0 once triage has caught up)
CREATE VIEW IF NOT EXISTS finding_account AS
SELECT
    d.detections AS detections,
    t.alerted AS alerted,
    t.below_bar AS below_bar,
    t.expected AS expected,
    toInt64(d.detections) - toInt64(t.alerted + t.below_bar + t.expected) AS difference
FROM
(
    SELECT count() AS detections FROM events FINAL WHERE topic = 'detections' AND tenant IN {tenants:Array(String)}
) AS d
CROSS JOIN
(
    SELECT
        countIf(h.change IN ('opened', 'updated')) AS alerted,
        countIf(h.change = 'set_aside' AND h.verdict = 'below_bar') AS below_bar,
        countIf(h.change = 'set_aside' AND h.verdict = 'expected') AS expected
    FROM alert_history(tenants = {tenants:Array(String)}) AS h
) AS t;

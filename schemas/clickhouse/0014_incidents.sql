-- What is one thing for a person though several partitions tell of it, each of its own part: a lost site, a cohort that moves.

-- alert_history(tenants): as before, and scope (JSON of `schemas.detection.Scope`, '' where the finding is about its device only)
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
    JSONExtractRaw(data, 'scope') AS scope,
    cause,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'alerts' AND startsWith(type::String, 'alert.') AND tenant IN {tenants:Array(String)};

-- alerts(tenants): as before, and
--   scope (what it is a part of, '' where it is about its device only), members, of (devices of this partition in it, of those seen; `of` is
--   0 where that says nothing), what (goes on after those numbers, '' where the title says it), parts (Array(String): itself)
CREATE OR REPLACE VIEW alerts AS
SELECT * EXCEPT (folded_status, told, pieces, told_scope)
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
        argMaxIf(h.scope, h.kafka_offset, h.change IN ('opened', 'updated', 'set_aside')) AS told_scope,
        JSONExtractString(told_scope, 'key') AS scope,
        JSONExtractString(told_scope, 'what') AS what,
        toUInt64(JSONExtractUInt(told_scope, 'members')) AS members,
        toUInt64(JSONExtractUInt(told_scope, 'of')) AS of,
        [h.alert] AS parts,
        max(h.archived_time) AS archived_time
    FROM alert_history(tenants = {tenants:Array(String)}) AS h
    GROUP BY h.tenant, h.device, h.alert
);

-- incidents(tenants): what a person works on, one row: an alert, or the alerts of all partitions about one thing.
--   Of the worst part: alert, tenant, device, kind, title, verdict, actor, comment, weighed, exception, what.
--   Of all parts: severity, risk (the worst), status ('open' while one is, then 'acknowledged', 'closed'), explanation (their lines),
--   opened_time, updated_time, acknowledged_time, closed_time, since, detections, kinds, evidence, scope, archived_time,
--   parts (Array(String), the alerts, the worst first), devices (Array(String), theirs), members and of (sums over the parts that say
--   the same `what` as the worst one)
-- Alerts are parts of one thing where their scope is the same and no more than 30 minutes lie between the times they are about: so no edge
-- of a clock's bucket parts them. What is closed, and what was set aside, is never one with what is open.
CREATE VIEW IF NOT EXISTS incidents AS
SELECT
    w.parts[1] AS alert,
    w.tenant AS tenant,
    w.devices[1] AS device,
    w.kinds_told[1] AS kind,
    w.titles[1] AS title,
    arrayStringConcat(arrayDistinct(w.explanations), '\n') AS explanation,
    w.severities[1] AS severity,
    w.risk AS risk,
    w.status AS status,
    w.verdicts[1] AS verdict,
    w.actors[1] AS actor,
    w.comments[1] AS comment,
    w.opened_time AS opened_time,
    w.updated_time AS updated_time,
    w.acknowledged_time AS acknowledged_time,
    w.closed_time AS closed_time,
    w.since AS since,
    w.detections AS detections,
    w.kinds AS kinds,
    concat('[', arrayStringConcat(arrayDistinct(arrayFlatten(w.pieces)), ','), ']') AS evidence,
    w.weighs[1] AS weighed,
    w.exceptions[1] AS exception,
    w.scope AS scope,
    w.whats[1] AS what,
    arraySum(arrayMap((one, said) -> if(said = what, one, 0), w.member_counts, w.whats)) AS members,
    arraySum(arrayMap((one, said) -> if(said = what, one, 0), w.of_counts, w.whats)) AS of,
    w.parts AS parts,
    w.devices AS devices,
    w.archived_time AS archived_time
FROM
(
    SELECT
        i.tenant AS tenant,
        i.scope AS scope,
        i.lane AS lane,
        i.number AS number,
        if(i.scope = '', i.alert, '') AS alone,
        arrayReverseSort(groupArray((
            (indexOf(['low', 'medium', 'high', 'critical'], i.severity), i.risk, i.updated_time, i.alert),
            i.alert, i.device, i.kind, i.title, i.explanation, i.severity, i.verdict, i.actor, i.comment, i.weighed, i.exception, i.what,
            i.members, i.of
        ))) AS rows,
        arrayMap(r -> r.2, rows) AS parts,
        arrayMap(r -> r.3, rows) AS devices,
        arrayMap(r -> r.4, rows) AS kinds_told,
        arrayMap(r -> r.5, rows) AS titles,
        arrayMap(r -> r.6, rows) AS explanations,
        arrayMap(r -> r.7, rows) AS severities,
        arrayMap(r -> r.8, rows) AS verdicts,
        arrayMap(r -> r.9, rows) AS actors,
        arrayMap(r -> r.10, rows) AS comments,
        arrayMap(r -> r.11, rows) AS weighs,
        arrayMap(r -> r.12, rows) AS exceptions,
        arrayMap(r -> r.13, rows) AS whats,
        arrayMap(r -> r.14, rows) AS member_counts,
        arrayMap(r -> r.15, rows) AS of_counts,
        max(i.risk) AS risk,
        multiIf(countIf(i.status = 'open') > 0, 'open', countIf(i.status = 'acknowledged') > 0, 'acknowledged', 'closed') AS status,
        min(i.opened_time) AS opened_time,
        max(i.updated_time) AS updated_time,
        max(i.acknowledged_time) AS acknowledged_time,
        max(i.closed_time) AS closed_time,
        min(i.since) AS since,
        sum(i.detections) AS detections,
        arrayDistinct(arrayFlatten(groupArray(i.kinds))) AS kinds,
        groupArray(JSONExtractArrayRaw(i.evidence)) AS pieces,
        max(i.archived_time) AS archived_time
    FROM
    (
        SELECT
            e.*,
            sum(if(e.start > e.reached + INTERVAL 30 MINUTE, 1, 0)) OVER (
                PARTITION BY e.tenant, e.scope, e.lane ORDER BY e.start, e.alert ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS number
        FROM
        (
            SELECT
                a.*,
                multiIf(a.status != 'closed', 'open', a.verdict IN ('below_bar', 'expected', 'cut_off'), 'aside', 'closed') AS lane,
                ifNull(a.since, a.opened_time) AS start,
                max(a.updated_time) OVER (
                    PARTITION BY a.tenant, a.scope, lane ORDER BY start, a.alert ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS reached
            FROM alerts(tenants = {tenants:Array(String)}) AS a
        ) AS e
    ) AS i
    GROUP BY tenant, scope, lane, number, alone
) AS w;

-- finding_account(tenants): as before, and cut_off (silences of devices that were cut off, set aside).
CREATE OR REPLACE VIEW finding_account AS
SELECT
    d.detections AS detections,
    t.alerted AS alerted,
    t.below_bar AS below_bar,
    t.expected AS expected,
    t.cut_off AS cut_off,
    toInt64(d.detections) - toInt64(t.alerted + t.below_bar + t.expected + t.cut_off) AS difference
FROM
(
    SELECT count() AS detections FROM events FINAL WHERE topic = 'detections' AND tenant IN {tenants:Array(String)}
) AS d
CROSS JOIN
(
    SELECT
        countIf(h.change IN ('opened', 'updated')) AS alerted,
        countIf(h.change = 'set_aside' AND h.verdict = 'below_bar') AS below_bar,
        countIf(h.change = 'set_aside' AND h.verdict = 'expected') AS expected,
        countIf(h.change = 'set_aside' AND h.verdict = 'cut_off') AS cut_off
    FROM alert_history(tenants = {tenants:Array(String)}) AS h
) AS t;

-- What waits, and what waits no more.

-- decisions(tenants): as before, and a proposal may be 'superseded': another decision, `settled_by`, did as much and named it (`supersedes`),
--   so that it waits for nobody. `actor` is then who decided that, '' for the system.
CREATE OR REPLACE VIEW decisions AS
SELECT
    d.id AS decision,
    d.tenant AS tenant,
    d.subject AS device,
    d.time AS time,
    JSONExtractString(d.data, 'action') AS action,
    multiIf(
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state = 'decided', 'approved',
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state != '', s.state,
        JSONExtractString(d.data, 'state')
    ) AS state,
    JSONExtractString(d.data, 'reason') AS reason,
    JSONExtractString(d.data, 'policy') AS policy,
    JSONExtractString(d.data, 'alert') AS alert,
    if(s.actor != '', s.actor, JSONExtractString(d.data, 'actor')) AS actor,
    parseDateTime64BestEffortOrNull(JSONExtractString(d.data, 'since'), 6, 'UTC') AS since,
    JSONExtractString(d.data, 'proposal') AS proposal,
    if(s.decision = '', NULL, s.settled_time) AS settled_time,
    s.settled_by AS settled_by,
    d.cause AS cause,
    d.kafka_offset AS kafka_offset,
    d.archived_time AS archived_time,
    c.comment AS comment
FROM
(
    SELECT * FROM events FINAL WHERE topic = 'credential-decisions' AND tenant IN {tenants:Array(String)}
) AS d
LEFT JOIN
(
    SELECT
        a.tenant AS tenant,
        a.subject AS device,
        arrayJoin(arrayPushFront(JSONExtract(a.data, 'supersedes', 'Array(String)'), JSONExtractString(a.data, 'proposal'))) AS decision,
        argMin(
            if(decision = JSONExtractString(a.data, 'proposal'), JSONExtractString(a.data, 'state'), 'superseded'), a.kafka_offset
        ) AS state,
        argMin(JSONExtractString(a.data, 'actor'), a.kafka_offset) AS actor,
        argMin(a.id, a.kafka_offset) AS settled_by,
        min(a.time) AS settled_time
    FROM events AS a FINAL
    WHERE a.topic = 'credential-decisions' AND a.tenant IN {tenants:Array(String)} AND decision != ''
    GROUP BY a.tenant, device, decision
) AS s ON s.tenant = d.tenant AND s.device = d.subject AND s.decision = d.id
LEFT JOIN
(
    SELECT a.tenant AS tenant, a.device AS device, a.decision AS decision, argMin(a.comment, a.time) AS comment
    FROM analyst_actions(tenants = {tenants:Array(String)}) AS a
    WHERE a.type = 'settle.decision.v1'
    GROUP BY a.tenant, a.device, a.decision
) AS c ON c.tenant = d.tenant AND c.device = d.subject
    AND c.decision = if(JSONExtractString(d.data, 'proposal') = '', d.id, JSONExtractString(d.data, 'proposal'));

-- decisions_as_of: as before, with 'superseded', too.
CREATE OR REPLACE VIEW decisions_as_of AS
SELECT
    d.id AS decision,
    d.tenant AS tenant,
    d.subject AS device,
    d.time AS time,
    d.recorded_time AS recorded_time,
    JSONExtractString(d.data, 'action') AS action,
    multiIf(
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state = 'decided', 'approved',
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state != '', s.state,
        JSONExtractString(d.data, 'state')
    ) AS state,
    JSONExtractString(d.data, 'reason') AS reason,
    JSONExtractString(d.data, 'policy') AS policy,
    JSONExtractString(d.data, 'alert') AS alert,
    if(s.actor != '', s.actor, JSONExtractString(d.data, 'actor')) AS actor,
    parseDateTime64BestEffortOrNull(JSONExtractString(d.data, 'since'), 6, 'UTC') AS since,
    JSONExtractString(d.data, 'proposal') AS proposal,
    d.kafka_offset AS kafka_offset
FROM
(
    SELECT *
    FROM known_events FINAL
    WHERE topic = 'credential-decisions'
        AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
        AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
) AS d
LEFT JOIN
(
    SELECT
        a.tenant AS tenant,
        a.subject AS device,
        arrayJoin(arrayPushFront(JSONExtract(a.data, 'supersedes', 'Array(String)'), JSONExtractString(a.data, 'proposal'))) AS decision,
        argMin(
            if(decision = JSONExtractString(a.data, 'proposal'), JSONExtractString(a.data, 'state'), 'superseded'), a.kafka_offset
        ) AS state,
        argMin(JSONExtractString(a.data, 'actor'), a.kafka_offset) AS actor
    FROM known_events AS a FINAL
    WHERE a.topic = 'credential-decisions' AND decision != ''
        AND a.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR a.subject IN {subjects:Array(String)})
        AND a.time <= {at:DateTime64(6, 'UTC')} AND a.recorded_time <= {known:DateTime64(6, 'UTC')}
    GROUP BY a.tenant, device, decision
) AS s ON s.tenant = d.tenant AND s.device = d.subject AND s.decision = d.id;

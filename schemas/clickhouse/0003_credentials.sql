-- What should happen to credentials and what did. Times ending in `_at` are the enforcer's clock.

-- decisions(tenants): one row a decision.
--   decision, tenant, device, time (event time of what decided it), action ('monitor', 'restrict', 'hold', 'revoke', 'reinstate'),
--   state ('decided': to be enforced; 'proposed' waits for a person, who made it 'approved' or 'rejected'), reason, policy, alert, actor
--   (who decided or settled it, '' for the system), comment (of who settled it), since (Nullable), proposal (the proposed decision that this one settles, ''
--   if none), settled_time, settled_by (of a proposal: when and the id of the decision that settled it; Nullable and ''), cause,
--   kafka_offset, archived_time
-- A person's answer is a decision of its own, so an approved proposal is two rows: the proposal ('approved') and what is enforced ('decided').
CREATE VIEW IF NOT EXISTS decisions AS
SELECT
    d.id AS decision,
    d.tenant AS tenant,
    d.subject AS device,
    d.time AS time,
    JSONExtractString(d.data, 'action') AS action,
    multiIf(
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state = 'decided', 'approved',
        JSONExtractString(d.data, 'state') = 'proposed' AND s.state = 'rejected', 'rejected',
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
        JSONExtractString(a.data, 'proposal') AS decision,
        argMin(JSONExtractString(a.data, 'state'), a.kafka_offset) AS state,
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

-- receipts(tenants): one row a measured step of enforcing a decision.
--   receipt (id), tenant, device, decision, action, step ('decided', 'ca_updated', 'revocation_visible', 'session_dropped',
--   'reconnect_refused', 'reinstated', 'failed'), at (Nullable), credential, detail, time, kafka_offset, archived_time
CREATE VIEW IF NOT EXISTS receipts AS
SELECT
    id AS receipt,
    tenant,
    subject AS device,
    JSONExtractString(data, 'decision') AS decision,
    JSONExtractString(data, 'action') AS action,
    JSONExtractString(data, 'step') AS step,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'at'), 6, 'UTC') AS at,
    JSONExtractString(data, 'credential') AS credential,
    JSONExtractString(data, 'detail') AS detail,
    time,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'enforcement-receipts' AND tenant IN {tenants:Array(String)};

-- credentials(tenants): one row a device anything was ever decided or done about; a device that is missing here is 'active'.
--   tenant, device, state (what the receipts prove: 'active', 'held', 'revoked'), wanted (what the newest decision in force asks for:
--   'active', 'restricted', 'held', 'revoked'), pending (1 while the proof for `wanted` is missing), decision (the one in force), action,
--   held_by (the newest decision to hold, '' if none), reason, policy, alert, actor, since, decided_time (event time), decided_at, ca_updated_at, revocation_visible_at,
--   session_dropped_at, reconnect_refused_at, reinstated_at, failed_at (all Nullable, of that decision), failure (detail of the last failed
--   step), cut_off_at (session dropped and revocation visible, whichever came last; Nullable), cut_off_s (from decided_time; Nullable)
-- Revoked stays revoked, whatever is decided later.
CREATE VIEW IF NOT EXISTS credentials AS
SELECT
    p.tenant AS tenant,
    p.device AS device,
    multiIf(f.revoked > 0, 'revoked', f.state = '', 'active', f.state) AS state,
    multiIf(state = 'revoked', 'revoked', w.wanted = '', 'active', w.wanted) AS wanted,
    wanted != 'restricted' AND wanted != state AS pending,
    w.decision AS decision,
    w.action AS action,
    w.held_by AS held_by,
    w.reason AS reason,
    w.policy AS policy,
    w.alert AS alert,
    w.actor AS actor,
    w.since AS since,
    if(w.decision = '', NULL, w.time) AS decided_time,
    r.decided_at AS decided_at,
    r.ca_updated_at AS ca_updated_at,
    r.revocation_visible_at AS revocation_visible_at,
    r.session_dropped_at AS session_dropped_at,
    r.reconnect_refused_at AS reconnect_refused_at,
    r.reinstated_at AS reinstated_at,
    r.failed_at AS failed_at,
    r.failure AS failure,
    if(w.action IN ('hold', 'revoke'), greatest(
        ifNull(r.session_dropped_at, r.revocation_visible_at), ifNull(r.revocation_visible_at, r.session_dropped_at)
    ), NULL) AS cut_off_at,
    if(w.decision = '', NULL, dateDiff('microsecond', w.time, cut_off_at) / 1e6) AS cut_off_s
FROM
(
    SELECT DISTINCT tenant, subject AS device FROM events
    WHERE topic IN ('credential-decisions', 'enforcement-receipts') AND tenant IN {tenants:Array(String)}
) AS p
LEFT JOIN
(
    SELECT
        d.tenant AS tenant,
        d.device AS device,
        argMax(d.decision, d.kafka_offset) AS decision,
        argMax(d.action, d.kafka_offset) AS action,
        argMaxIf(d.decision, d.kafka_offset, d.action = 'hold') AS held_by,
        argMax(d.reason, d.kafka_offset) AS reason,
        argMax(d.policy, d.kafka_offset) AS policy,
        argMax(d.alert, d.kafka_offset) AS alert,
        argMax(d.actor, d.kafka_offset) AS actor,
        argMax(tuple(d.since), d.kafka_offset).1 AS since,
        argMax(d.time, d.kafka_offset) AS time,
        if(countIf(d.action = 'revoke') > 0, 'revoked', transform(
            argMax(d.action, d.kafka_offset), ['hold', 'restrict'], ['held', 'restricted'], 'active'
        )) AS wanted
    FROM decisions(tenants = {tenants:Array(String)}) AS d
    WHERE d.state = 'decided' AND d.action != 'monitor'
    GROUP BY d.tenant, d.device
) AS w ON w.tenant = p.tenant AND w.device = p.device
LEFT JOIN
(
    SELECT
        e.tenant AS tenant,
        e.device AS device,
        countIf(e.action = 'revoke' AND e.step IN ('ca_updated', 'revocation_visible')) AS revoked,
        argMaxIf(
            multiIf(e.step = 'reinstated', 'active', e.action = 'hold', 'held', 'active'),
            e.kafka_offset,
            e.step = 'reinstated' OR (e.step IN ('ca_updated', 'revocation_visible') AND e.action IN ('hold', 'reinstate'))
        ) AS state
    FROM receipts(tenants = {tenants:Array(String)}) AS e
    GROUP BY e.tenant, e.device
) AS f ON f.tenant = p.tenant AND f.device = p.device
LEFT JOIN
(
    SELECT
        e.tenant AS tenant,
        e.device AS device,
        e.decision AS decision,
        minIf(e.at, e.step = 'decided') AS decided_at,
        minIf(e.at, e.step = 'ca_updated') AS ca_updated_at,
        minIf(e.at, e.step = 'revocation_visible') AS revocation_visible_at,
        minIf(e.at, e.step = 'session_dropped') AS session_dropped_at,
        minIf(e.at, e.step = 'reconnect_refused') AS reconnect_refused_at,
        minIf(e.at, e.step = 'reinstated') AS reinstated_at,
        maxIf(e.at, e.step = 'failed') AS failed_at,
        argMaxIf(e.detail, e.kafka_offset, e.step = 'failed') AS failure
    FROM receipts(tenants = {tenants:Array(String)}) AS e
    GROUP BY e.tenant, e.device, e.decision
) AS r ON r.tenant = p.tenant AND r.device = p.device AND r.decision = w.decision;

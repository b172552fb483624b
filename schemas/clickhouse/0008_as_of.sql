-- Two times: event time (when it happened) and recorded time (when the log had it: the record's own timestamp, so a rebuild gives the same).
-- A store filled before this file was applied takes the best it has, the edge's and the archive's clock; `make rebuild` fills in the log's.
ALTER TABLE telemetry ADD COLUMN IF NOT EXISTS recorded_time DateTime64(6, 'UTC') DEFAULT received_time;
ALTER TABLE events ADD COLUMN IF NOT EXISTS recorded_time DateTime64(6, 'UTC') DEFAULT archived_time;
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS recorded_time DateTime64(6, 'UTC') DEFAULT archived_time;

-- The first record of each event id, which is the one every worker acted on: a later record with the same id, whatever it says, changes
-- nothing here, nor when it was known. (`events` keeps the last one.)
CREATE TABLE IF NOT EXISTS known_events
(
    tenant LowCardinality(String),
    topic LowCardinality(String),
    subject String,
    id String,
    type LowCardinality(String),
    time DateTime64(6, 'UTC'),
    recorded_time DateTime64(6, 'UTC'),
    data String CODEC(ZSTD(3)),
    kafka_partition UInt16,
    kafka_offset UInt64,
    earlier UInt64 MATERIALIZED bitNot(kafka_offset),
    INDEX ids id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(earlier)
ORDER BY (tenant, topic, subject, id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS known_events_feed TO known_events AS
SELECT tenant, topic, subject, id, type, time, recorded_time, data, kafka_partition, kafka_offset
FROM events
WHERE topic != 'ledger';

-- When each telemetry event was first recorded, ordered by hour so that one hour of a whole fleet lies together. A later record of the same
-- event changes nothing. `hour` counts from 1970; what lies before it shares hour 0 with the first one, which costs time, not correctness.
CREATE TABLE IF NOT EXISTS known_telemetry
(
    tenant LowCardinality(String),
    hour Int32 CODEC(Delta, LZ4),
    device String,
    event_time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    event_id FixedString(16),
    recorded_time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    earlier UInt64 CODEC(Delta, LZ4),
    INDEX recorded recorded_time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(earlier)
PARTITION BY toYYYYMM(event_time)
ORDER BY (tenant, hour, device, event_time, event_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS known_telemetry_feed TO known_telemetry AS
SELECT
    tenant,
    toInt32(intDiv(toUnixTimestamp64Micro(event_time), 3600000000)) AS hour,
    device,
    event_time,
    event_id,
    recorded_time,
    bitNot(kafka_offset) AS earlier
FROM telemetry;

-- What known_telemetry holds of one device in one hour of event time that was recorded in one hour of the log. Each row bounds its events in
-- both times, so it is wholly before a moment, wholly after it, or has to be looked up event by event: the answer is exact, merged or not.
CREATE TABLE IF NOT EXISTS known_hours
(
    tenant LowCardinality(String),
    device String,
    hour Int32 CODEC(Delta, LZ4),
    recorded_hour Int32 CODEC(Delta, LZ4),
    first_event SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_event SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    first_recorded SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_recorded SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, device, hour, recorded_hour)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS known_hours_feed TO known_hours AS
SELECT
    tenant,
    device,
    toInt32(intDiv(toUnixTimestamp64Micro(event_time), 3600000000)) AS hour,
    toInt32(intDiv(toUnixTimestamp64Micro(recorded_time), 3600000000)) AS recorded_hour,
    min(event_time) AS first_event,
    max(event_time) AS last_event,
    min(recorded_time) AS first_recorded,
    max(recorded_time) AS last_recorded
FROM telemetry
GROUP BY tenant, device, hour, recorded_hour;

-- The views below answer as of event time `at` with what had been recorded by `known`, both included. All take
-- (tenants Array(String), subjects Array(String), at DateTime64(6, 'UTC'), known DateTime64(6, 'UTC')); no subjects means all of them. They fold
-- as the views without `_as_of` do, and as the workers do: each id once, in the order of the log.

-- alerts_as_of: one row an alert (subjects: devices).
--   alert, tenant, device, kind, title, explanation, severity, risk, status, verdict, actor, comment, opened_time, updated_time,
--   opened_recorded, updated_recorded (when the log had them), since (Nullable), detections, kinds, evidence (JSON array)
CREATE VIEW IF NOT EXISTS alerts_as_of AS
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
            JSONExtractString(data, 'verdict') AS verdict,
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
        WHERE topic = 'alerts'
            AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
            AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
    ) AS h
    GROUP BY h.tenant, h.device, h.alert
);

-- decisions_as_of: one row a decision (subjects: devices).
--   decision, tenant, device, time, recorded_time, action, state, reason, policy, alert, actor, since (Nullable), proposal, kafka_offset
CREATE VIEW IF NOT EXISTS decisions_as_of AS
SELECT
    d.id AS decision,
    d.tenant AS tenant,
    d.subject AS device,
    d.time AS time,
    d.recorded_time AS recorded_time,
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
        JSONExtractString(a.data, 'proposal') AS decision,
        argMin(JSONExtractString(a.data, 'state'), a.kafka_offset) AS state,
        argMin(JSONExtractString(a.data, 'actor'), a.kafka_offset) AS actor
    FROM known_events AS a FINAL
    WHERE a.topic = 'credential-decisions' AND decision != ''
        AND a.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR a.subject IN {subjects:Array(String)})
        AND a.time <= {at:DateTime64(6, 'UTC')} AND a.recorded_time <= {known:DateTime64(6, 'UTC')}
    GROUP BY a.tenant, device, decision
) AS s ON s.tenant = d.tenant AND s.device = d.subject AND s.decision = d.id;

-- receipts_as_of: one row a measured step (subjects: devices). A step counts from when the enforcer wrote it.
--   receipt, tenant, device, decision, action, step, at, credential, detail, time, recorded_time, kafka_offset
CREATE VIEW IF NOT EXISTS receipts_as_of AS
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
    recorded_time,
    kafka_offset
FROM known_events FINAL
WHERE topic = 'enforcement-receipts'
    AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
    AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')};

-- credentials_as_of: one row a device anything was ever decided or done about (subjects: devices).
--   tenant, device, state, wanted, pending, decision (the one in force), action, reason, policy, alert, actor, decided_time (Nullable),
--   decided_recorded (Nullable)
CREATE VIEW IF NOT EXISTS credentials_as_of AS
SELECT
    e.tenant AS tenant,
    e.device AS device,
    multiIf(
        countIf(e.is_proof AND e.action = 'revoke' AND e.step != 'reinstated') > 0, 'revoked',
        countIf(e.is_proof) = 0, 'active',
        argMaxIf(multiIf(e.step = 'reinstated', 'active', e.action = 'hold', 'held', 'active'), e.kafka_offset, e.is_proof)
    ) AS state,
    multiIf(
        state = 'revoked' OR countIf(e.is_order AND e.action = 'revoke') > 0, 'revoked',
        transform(argMaxIf(e.action, e.kafka_offset, e.is_order), ['hold', 'restrict'], ['held', 'restricted'], 'active')
    ) AS wanted,
    wanted != 'restricted' AND wanted != state AS pending,
    argMaxIf(e.id, e.kafka_offset, e.is_order) AS decision,
    argMaxIf(e.action, e.kafka_offset, e.is_order) AS action,
    argMaxIf(e.reason, e.kafka_offset, e.is_order) AS reason,
    argMaxIf(e.policy, e.kafka_offset, e.is_order) AS policy,
    argMaxIf(e.alert, e.kafka_offset, e.is_order) AS alert,
    argMaxIf(e.actor, e.kafka_offset, e.is_order) AS actor,
    argMaxOrNullIf(e.time, e.kafka_offset, e.is_order) AS decided_time,
    argMaxOrNullIf(e.recorded_time, e.kafka_offset, e.is_order) AS decided_recorded
FROM
(
    SELECT
        tenant,
        subject AS device,
        id,
        time,
        recorded_time,
        kafka_offset,
        JSONExtractString(data, 'action') AS action,
        JSONExtractString(data, 'step') AS step,
        JSONExtractString(data, 'reason') AS reason,
        JSONExtractString(data, 'policy') AS policy,
        JSONExtractString(data, 'alert') AS alert,
        JSONExtractString(data, 'actor') AS actor,
        topic = 'credential-decisions' AND JSONExtractString(data, 'state') = 'decided' AND action != 'monitor' AS is_order,
        topic = 'enforcement-receipts' AND (
            (step IN ('ca_updated', 'revocation_visible') AND action IN ('hold', 'revoke', 'reinstate'))
            OR step = 'reinstated'
        ) AS is_proof
    FROM known_events FINAL
    WHERE topic IN ('credential-decisions', 'enforcement-receipts')
        AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
        AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
) AS e
GROUP BY e.tenant, e.device;

-- sessions_as_of: one row a session that was open (subjects: devices).
--   session, tenant, device, address, credential, opened_time, opened_recorded
CREATE VIEW IF NOT EXISTS sessions_as_of AS
SELECT
    JSONExtractString(data, 'session') AS session,
    tenant,
    subject AS device,
    argMinIf(JSONExtractString(e.data, 'address'), e.kafka_offset, e.type = 'session.opened.v1') AS address,
    argMinIf(JSONExtractString(e.data, 'credential'), e.kafka_offset, e.type = 'session.opened.v1') AS credential,
    minIf(e.time, e.type = 'session.opened.v1') AS opened_time,
    minIf(e.recorded_time, e.type = 'session.opened.v1') AS opened_recorded
FROM known_events AS e FINAL
WHERE topic = 'security-events' AND type IN ('session.opened.v1', 'session.closed.v1')
    AND e.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR e.subject IN {subjects:Array(String)})
    AND e.time <= {at:DateTime64(6, 'UTC')} AND e.recorded_time <= {known:DateTime64(6, 'UTC')}
GROUP BY tenant, device, session
HAVING countIf(e.type = 'session.opened.v1') > 0 AND countIf(e.type = 'session.closed.v1') = 0;

-- gates_as_of: the newest verdict of each rollout and stage (subjects: rollouts).
--   verdict, tenant, rollout, stage, outcome, explanation, time, recorded_time, treatment, control (JSON), difference, low, high, margin, needed
CREATE VIEW IF NOT EXISTS gates_as_of AS
SELECT
    id AS verdict,
    tenant,
    JSONExtractString(data, 'rollout') AS rollout,
    JSONExtractUInt(data, 'stage') AS stage,
    JSONExtractString(data, 'outcome') AS outcome,
    JSONExtractString(data, 'explanation') AS explanation,
    time,
    recorded_time,
    JSONExtractRaw(data, 'treatment') AS treatment,
    JSONExtractRaw(data, 'control') AS control,
    JSONExtractFloat(data, 'difference') AS difference,
    JSONExtractFloat(data, 'low') AS low,
    JSONExtractFloat(data, 'high') AS high,
    JSONExtractFloat(data, 'margin') AS margin,
    JSONExtractUInt(data, 'needed') AS needed
FROM known_events FINAL
WHERE topic = 'gate-verdicts'
    AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
    AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
ORDER BY kafka_offset DESC
LIMIT 1 BY tenant, rollout, stage;

-- rollout_stages_as_of: one row a stage that had started or finished (subjects: rollouts).
--   tenant, rollout, stage, started_time, treatment, control, finished_time (Nullable), outcome, verdict
CREATE VIEW IF NOT EXISTS rollout_stages_as_of AS
SELECT
    e.tenant AS tenant,
    e.subject AS rollout,
    JSONExtractUInt(e.data, 'stage') AS stage,
    maxIf(e.time, e.type = 'rollout.stage_started.v1') AS started_time,
    argMaxIf(JSONExtractUInt(e.data, 'treatment'), e.kafka_offset, e.type = 'rollout.stage_started.v1') AS treatment,
    argMaxIf(JSONExtractUInt(e.data, 'control'), e.kafka_offset, e.type = 'rollout.stage_started.v1') AS control,
    maxOrNullIf(e.time, e.type = 'rollout.stage_finished.v1') AS finished_time,
    argMaxIf(JSONExtractString(e.data, 'outcome'), e.kafka_offset, e.type = 'rollout.stage_finished.v1') AS outcome,
    argMaxIf(JSONExtractString(e.data, 'verdict'), e.kafka_offset, e.type = 'rollout.stage_finished.v1') AS verdict
FROM known_events AS e FINAL
WHERE e.topic = 'rollouts' AND e.type IN ('rollout.stage_started.v1', 'rollout.stage_finished.v1')
    AND e.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR e.subject IN {subjects:Array(String)})
    AND e.time <= {at:DateTime64(6, 'UTC')} AND e.recorded_time <= {known:DateTime64(6, 'UTC')}
GROUP BY e.tenant, rollout, stage;

-- rollouts_as_of: one row a campaign (subjects: rollouts).
--   tenant, rollout, firmware, previous, stages, defined_time, stage (the last one started, 0 before), state
CREATE VIEW IF NOT EXISTS rollouts_as_of AS
SELECT
    d.tenant AS tenant,
    d.rollout AS rollout,
    d.firmware AS firmware,
    d.previous AS previous,
    d.stages AS stages,
    d.defined_time AS defined_time,
    l.stage AS stage,
    multiIf(
        l.rollout = '', 'defined',
        l.outcome IN ('rolled_back', 'stopped'), l.outcome,
        l.outcome = '', 'running',
        l.stage >= d.stages, 'promoted',
        'waiting'
    ) AS state
FROM
(
    SELECT
        tenant,
        subject AS rollout,
        JSONExtractString(data, 'firmware') AS firmware,
        JSONExtractString(data, 'previous') AS previous,
        JSONExtractUInt(data, 'stages') AS stages,
        time AS defined_time
    FROM known_events FINAL
    WHERE topic = 'rollouts' AND type = 'rollout.defined.v1'
        AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
        AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
    ORDER BY kafka_offset DESC
    LIMIT 1 BY tenant, rollout
) AS d
LEFT JOIN
(
    SELECT *
    FROM rollout_stages_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')})
    ORDER BY stage DESC
    LIMIT 1 BY tenant, rollout
) AS l ON l.tenant = d.tenant AND l.rollout = d.rollout;

-- provisioned_as_of: the newest provisioning of each device (subjects: devices).
--   tenant, device, time, recorded_time, model, site, firmware, credential
CREATE VIEW IF NOT EXISTS provisioned_as_of AS
SELECT
    tenant,
    subject AS device,
    time,
    recorded_time,
    JSONExtractString(data, 'model') AS model,
    JSONExtractString(data, 'site') AS site,
    JSONExtractString(data, 'firmware') AS firmware,
    JSONExtractString(data, 'credential') AS credential
FROM known_events FINAL
WHERE topic = 'security-events' AND type = 'device.provisioned.v1'
    AND tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR subject IN {subjects:Array(String)})
    AND time <= {at:DateTime64(6, 'UTC')} AND recorded_time <= {known:DateTime64(6, 'UTC')}
ORDER BY kafka_offset DESC
LIMIT 1 BY tenant, device;

-- last_seen_as_of: when each device's newest telemetry event happened (subjects: devices). Columns: tenant, device, last_seen
-- Hours wholly before the moment are taken as they are; those it cuts through are looked up event by event, unless a whole one is newer.
CREATE VIEW IF NOT EXISTS last_seen_as_of AS
SELECT tenant, device, max(last_event) AS last_seen
FROM
(
    SELECT tenant, device, max(w.last_event) AS last_event
    FROM known_hours AS w
    WHERE w.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR w.device IN {subjects:Array(String)})
        AND w.last_event <= {at:DateTime64(6, 'UTC')} AND w.last_recorded <= {known:DateTime64(6, 'UTC')}
    GROUP BY tenant, device
    UNION ALL
    SELECT tenant, device, max(t.event_time) AS last_event
    FROM known_telemetry AS t
    WHERE t.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR t.device IN {subjects:Array(String)})
        AND t.hour IN
        (
            SELECT DISTINCT arrayJoin(arrayMap(o -> o.1, arrayFilter(o -> o.2 > newest, opened))) AS hour
            FROM
            (
                SELECT
                    maxIf(h.last_event, h.last_event <= {at:DateTime64(6, 'UTC')} AND h.last_recorded <= {known:DateTime64(6, 'UTC')}) AS newest,
                    groupArrayIf(
                        (h.hour, h.last_event),
                        h.last_event > {at:DateTime64(6, 'UTC')} OR h.last_recorded > {known:DateTime64(6, 'UTC')}
                    ) AS opened
                FROM known_hours AS h
                WHERE h.tenant IN {tenants:Array(String)} AND (empty({subjects:Array(String)}) OR h.device IN {subjects:Array(String)})
                    AND h.first_event <= {at:DateTime64(6, 'UTC')} AND h.first_recorded <= {known:DateTime64(6, 'UTC')}
                GROUP BY h.tenant, h.device
            )
        )
        AND t.event_time <= {at:DateTime64(6, 'UTC')} AND t.recorded_time <= {known:DateTime64(6, 'UTC')}
    GROUP BY tenant, device
)
GROUP BY tenant, device;

-- last_reports_as_of: each device's newest telemetry event (subjects: devices, at least one); what it said is in measurements(...).
--   tenant, device, event_time, event_id (hex), recorded_time
CREATE VIEW IF NOT EXISTS last_reports_as_of AS
SELECT
    f.tenant AS tenant,
    f.device AS device,
    f.event_time AS event_time,
    lower(hex(f.event_id)) AS event_id,
    min(f.recorded_time) AS recorded_time
FROM known_telemetry AS f
WHERE f.tenant IN {tenants:Array(String)} AND f.device IN {subjects:Array(String)}
    AND (f.tenant, f.hour, f.device, f.event_time) IN
    (
        SELECT tenant, toInt32(intDiv(toUnixTimestamp64Micro(last_seen), 3600000000)), device, last_seen
        FROM last_seen_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')})
    )
GROUP BY f.tenant, f.device, f.event_time, f.event_id
HAVING recorded_time <= {known:DateTime64(6, 'UTC')}
ORDER BY f.event_id DESC
LIMIT 1 BY tenant, device;

-- labels_as_of: what each device last said it is (subjects: devices, at least one). Columns: tenant, device, model, site, firmware
CREATE VIEW IF NOT EXISTS labels_as_of AS
SELECT
    t.tenant AS tenant,
    t.device AS device,
    argMaxIf(t.model, (t.event_time, t.event_id), t.model != '') AS model,
    argMaxIf(t.site, (t.event_time, t.event_id), t.site != '') AS site,
    argMaxIf(t.firmware, (t.event_time, t.event_id), t.firmware != '') AS firmware
FROM telemetry AS t
INNER JOIN known_telemetry AS k ON k.tenant = t.tenant AND k.device = t.device AND k.event_time = t.event_time AND k.event_id = t.event_id
WHERE t.tenant IN {tenants:Array(String)} AND t.device IN {subjects:Array(String)} AND t.event_time <= {at:DateTime64(6, 'UTC')}
    AND k.tenant IN {tenants:Array(String)} AND k.device IN {subjects:Array(String)} AND k.recorded_time <= {known:DateTime64(6, 'UTC')}
GROUP BY t.tenant, t.device;

-- devices_as_of: one row a device that had been provisioned or heard of (subjects: devices).
--   tenant, device, last_seen (Nullable), critical, high, medium, low (alerts not closed), risk (greatest of them), credential ('active', 'held',
--   'revoked'), wanted, pending
CREATE VIEW IF NOT EXISTS devices_as_of AS
SELECT
    d.tenant AS tenant,
    d.device AS device,
    d.last_seen AS last_seen,
    a.critical AS critical,
    a.high AS high,
    a.medium AS medium,
    a.low AS low,
    a.risk AS risk,
    if(c.state = '', 'active', c.state) AS credential,
    if(c.wanted = '', 'active', c.wanted) AS wanted,
    c.pending AS pending
FROM
(
    SELECT tenant, device, maxOrNull(heard) AS last_seen
    FROM
    (
        SELECT tenant, device, toNullable(last_seen) AS heard FROM last_seen_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')})
        UNION ALL
        SELECT tenant, device, NULL AS heard FROM provisioned_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')})
    )
    GROUP BY tenant, device
) AS d
LEFT JOIN
(
    SELECT
        o.tenant AS tenant,
        o.device AS device,
        countIf(o.severity = 'critical') AS critical,
        countIf(o.severity = 'high') AS high,
        countIf(o.severity = 'medium') AS medium,
        countIf(o.severity = 'low') AS low,
        max(o.risk) AS risk
    FROM alerts_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')}) AS o
    WHERE o.status != 'closed'
    GROUP BY o.tenant, o.device
) AS a ON a.tenant = d.tenant AND a.device = d.device
LEFT JOIN credentials_as_of(tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')}) AS c ON c.tenant = d.tenant AND c.device = d.device;

-- history(tenants): one row, since when there is anything and since when the tables above know of it: they differ in a store that was
-- filled before this file was applied, until it is rebuilt. All Nullable.
--   first_telemetry, first_known_telemetry, first_event, first_known_event
CREATE VIEW IF NOT EXISTS history AS
SELECT
    (SELECT minOrNull(a.first_seen) FROM device_activity AS a WHERE a.tenant IN {tenants:Array(String)}) AS first_telemetry,
    (SELECT minOrNull(h.first_event) FROM known_hours AS h WHERE h.tenant IN {tenants:Array(String)}) AS first_known_telemetry,
    (SELECT minOrNull(e.time) FROM events AS e WHERE e.topic != 'ledger' AND e.tenant IN {tenants:Array(String)}) AS first_event,
    (SELECT minOrNull(k.time) FROM known_events AS k WHERE k.tenant IN {tenants:Array(String)}) AS first_known_event;

-- named(tenants, name): what an id says, first what the log had first: an event with that id, and everything about an alert with it.
--   tenant, topic, subject, id, type, time, recorded_time, alert ('' but on topic alerts)
CREATE VIEW IF NOT EXISTS named AS
SELECT tenant, topic, subject, id, type, time, recorded_time, if(topic = 'alerts', JSONExtractString(data, 'alert'), '') AS alert
FROM known_events FINAL
WHERE tenant IN {tenants:Array(String)}
    AND (id = {name:String} OR (topic = 'alerts' AND JSONExtractString(data, 'alert') = {name:String}))
ORDER BY recorded_time, kafka_offset;

-- owners(tenants, name): which of the tenants have a device or rollout of that name. Column: tenant
CREATE VIEW IF NOT EXISTS owners AS
SELECT DISTINCT tenant FROM known_events WHERE tenant IN {tenants:Array(String)} AND subject = {name:String}
UNION DISTINCT
SELECT DISTINCT tenant FROM known_hours WHERE tenant IN {tenants:Array(String)} AND device = {name:String};

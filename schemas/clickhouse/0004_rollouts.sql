-- Firmware campaigns and the gate's verdicts on them.

-- gate_history(tenants): every verdict the gate gave, newest has the greatest kafka_offset.
--   verdict (id), tenant, rollout, stage, outcome ('PROMOTE', 'HOLD', 'ROLLBACK', 'INVALID'), explanation, time, newest (newest event
--   time seen, Nullable), treatment_assigned, treatment_healthy, treatment_rebooted, treatment_silent, treatment_pending, and the
--   same five with control_, difference, low, high, margin, alpha, needed, frontier (JSON), kafka_offset, archived_time
CREATE VIEW IF NOT EXISTS gate_history AS
SELECT
    id AS verdict,
    tenant,
    JSONExtractString(data, 'rollout') AS rollout,
    JSONExtractUInt(data, 'stage') AS stage,
    JSONExtractString(data, 'outcome') AS outcome,
    JSONExtractString(data, 'explanation') AS explanation,
    time,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'newest'), 6, 'UTC') AS newest,
    JSONExtractUInt(data, 'treatment', 'assigned') AS treatment_assigned,
    JSONExtractUInt(data, 'treatment', 'healthy') AS treatment_healthy,
    JSONExtractUInt(data, 'treatment', 'rebooted') AS treatment_rebooted,
    JSONExtractUInt(data, 'treatment', 'silent') AS treatment_silent,
    JSONExtractUInt(data, 'treatment', 'pending') AS treatment_pending,
    JSONExtractUInt(data, 'control', 'assigned') AS control_assigned,
    JSONExtractUInt(data, 'control', 'healthy') AS control_healthy,
    JSONExtractUInt(data, 'control', 'rebooted') AS control_rebooted,
    JSONExtractUInt(data, 'control', 'silent') AS control_silent,
    JSONExtractUInt(data, 'control', 'pending') AS control_pending,
    JSONExtractFloat(data, 'difference') AS difference,
    JSONExtractFloat(data, 'low') AS low,
    JSONExtractFloat(data, 'high') AS high,
    JSONExtractFloat(data, 'margin') AS margin,
    JSONExtractFloat(data, 'alpha') AS alpha,
    JSONExtractUInt(data, 'needed') AS needed,
    JSONExtractRaw(data, 'frontier') AS frontier,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'gate-verdicts' AND tenant IN {tenants:Array(String)};

-- gate_verdicts(tenants): the newest verdict of each rollout and stage; the columns of gate_history.
CREATE VIEW IF NOT EXISTS gate_verdicts AS
SELECT *
FROM gate_history(tenants = {tenants:Array(String)})
ORDER BY kafka_offset DESC
LIMIT 1 BY tenant, rollout, stage;

-- rollout_devices(tenants): one row a device of a stage.
--   tenant, rollout, stage, arm ('treatment', 'control'), device, time (observed from then on), archived_time
CREATE VIEW IF NOT EXISTS rollout_devices AS
SELECT
    tenant,
    subject AS rollout,
    JSONExtractUInt(data, 'stage') AS stage,
    JSONExtractString(data, 'device') AS device,
    argMax(JSONExtractString(data, 'arm'), e.kafka_offset) AS arm,
    argMax(e.time, e.kafka_offset) AS time,
    max(e.archived_time) AS archived_time
FROM events AS e FINAL
WHERE topic = 'rollouts' AND type = 'rollout.device_assigned.v1' AND tenant IN {tenants:Array(String)}
GROUP BY tenant, rollout, stage, device;

-- rollout_stages(tenants): one row a stage that has started.
--   tenant, rollout, stage, started_time, treatment, control (devices), finished_time (Nullable), outcome ('', 'promoted',
--   'rolled_back', 'stopped': what was done), verdict (id acted on), gate ('' before the first verdict; else PROMOTE...), gate_explanation,
--   gate_time (Nullable)
CREATE VIEW IF NOT EXISTS rollout_stages AS
SELECT
    s.tenant AS tenant,
    s.rollout AS rollout,
    s.stage AS stage,
    s.started_time AS started_time,
    s.treatment AS treatment,
    s.control AS control,
    s.finished_time AS finished_time,
    s.outcome AS outcome,
    s.verdict AS verdict,
    g.outcome AS gate,
    g.explanation AS gate_explanation,
    if(g.outcome = '', NULL, g.time) AS gate_time
FROM
(
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
    FROM events AS e FINAL
    WHERE e.topic = 'rollouts' AND e.tenant IN {tenants:Array(String)}
        AND e.type IN ('rollout.stage_started.v1', 'rollout.stage_finished.v1')
    GROUP BY e.tenant, rollout, stage
) AS s
LEFT JOIN gate_verdicts(tenants = {tenants:Array(String)}) AS g
    ON g.tenant = s.tenant AND g.rollout = s.rollout AND g.stage = s.stage;

-- rollouts(tenants): one row a campaign.
--   tenant, rollout, firmware, previous, stages, margin, alpha, min_devices, soak_s, silence_s, max_reboots (its policy), defined_time,
--   stage (the last one started, 0 before), state ('defined', 'running', 'waiting' between stages, 'promoted' after the last one,
--   'rolled_back', 'stopped'), gate ('' or the newest outcome of that stage), gate_explanation, gate_time (Nullable), updated_time
-- A field of the policy that was left out of the event has the value of schemas.rollout.GatePolicy.
CREATE VIEW IF NOT EXISTS rollouts AS
SELECT
    d.tenant AS tenant,
    d.rollout AS rollout,
    d.firmware AS firmware,
    d.previous AS previous,
    d.stages AS stages,
    d.margin AS margin,
    d.alpha AS alpha,
    d.min_devices AS min_devices,
    d.soak_s AS soak_s,
    d.silence_s AS silence_s,
    d.max_reboots AS max_reboots,
    d.defined_time AS defined_time,
    l.stage AS stage,
    multiIf(
        l.rollout = '', 'defined',
        l.outcome IN ('rolled_back', 'stopped'), l.outcome,
        l.outcome = '', 'running',
        l.stage >= d.stages, 'promoted',
        'waiting'
    ) AS state,
    l.gate AS gate,
    l.gate_explanation AS gate_explanation,
    l.gate_time AS gate_time,
    greatest(d.defined_time, l.started_time, ifNull(l.finished_time, d.defined_time), ifNull(l.gate_time, d.defined_time)) AS updated_time
FROM
(
    SELECT
        tenant,
        subject AS rollout,
        JSONExtractString(data, 'firmware') AS firmware,
        JSONExtractString(data, 'previous') AS previous,
        JSONExtractUInt(data, 'stages') AS stages,
        ifNull(JSONExtract(data, 'policy', 'margin', 'Nullable(Float64)'), 0.15) AS margin,
        ifNull(JSONExtract(data, 'policy', 'alpha', 'Nullable(Float64)'), 0.05) AS alpha,
        ifNull(JSONExtract(data, 'policy', 'min_devices', 'Nullable(UInt64)'), 20) AS min_devices,
        ifNull(JSONExtract(data, 'policy', 'soak_s', 'Nullable(Float64)'), 30) AS soak_s,
        ifNull(JSONExtract(data, 'policy', 'silence_s', 'Nullable(Float64)'), 15) AS silence_s,
        ifNull(JSONExtract(data, 'policy', 'max_reboots', 'Nullable(UInt64)'), 0) AS max_reboots,
        time AS defined_time
    FROM events FINAL
    WHERE topic = 'rollouts' AND type = 'rollout.defined.v1' AND tenant IN {tenants:Array(String)}
    ORDER BY kafka_offset DESC
    LIMIT 1 BY tenant, subject
) AS d
LEFT JOIN
(
    SELECT *
    FROM rollout_stages(tenants = {tenants:Array(String)})
    ORDER BY stage DESC
    LIMIT 1 BY tenant, rollout
) AS l ON l.tenant = d.tenant AND l.rollout = d.rollout;

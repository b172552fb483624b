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

-- One row a partition that a roll-back of models is asked for in, again where it is asked again. `data` is the event verbatim; it stands
-- among security events but is nothing that a device did, so it is not among `events`. Its copy among telemetry is written with it.
CREATE TABLE IF NOT EXISTS roll_backs_asked
(
    tenant LowCardinality(String),
    roll_back String,
    data String CODEC(ZSTD(3)),
    kafka_partition UInt16,
    kafka_offset UInt64,
    recorded_time DateTime64(6, 'UTC'),
    archived_time DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, roll_back, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- roll_backs(tenants): one row a roll-back, partition and what is unlearned there, from when it is asked for. The same told twice is one row.
--   roll_back (its id), tenant, device ('' for all of the tenant's), since, until (the event times unlearned, `until` not among them), actor,
--   reason, partition, learned ('reports' or 'flows'), state ('asked': it waits for detection, or detection is at it; 'done'), ahead (so many
--   earlier ones of these tenants are not done there, and come first; 0: it is next or under way, if detection runs), asked_time (when the
--   log had it; Nullable), reports (or flows that were learned again), unlearned (left out; both Nullable), models_before, models_after
--   (hashes of what was learned; '' where it was not told), took_s (for so long none of them was judged in the partition), done_time
--   (both Nullable)
CREATE OR REPLACE VIEW roll_backs AS
SELECT
    r.roll_back AS roll_back,
    r.tenant AS tenant,
    r.asked.1 AS device,
    parseDateTime64BestEffort(r.asked.2, 6, 'UTC') AS since,
    parseDateTime64BestEffort(r.asked.3, 6, 'UTC') AS until,
    r.asked.4 AS actor,
    r.asked.5 AS reason,
    r.partition AS partition,
    r.learned AS learned,
    if(r.done_time IS NULL, 'asked', 'done') AS state,
    if(r.done_time IS NULL, r.open, 0) AS ahead,
    r.asked_time AS asked_time,
    r.reports AS reports,
    r.unlearned AS unlearned,
    r.models_before AS models_before,
    r.models_after AS models_after,
    r.took_s AS took_s,
    r.done_time AS done_time
FROM
(
    SELECT
        *,
        countIf(done_time IS NULL) OVER (
            PARTITION BY partition, learned ORDER BY place ASC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS open
    FROM
    (
        SELECT
            tenant,
            JSONExtractString(data, 'asked', 'id') AS roll_back,
            partition,
            learned,
            -- A partition takes the first of an id, and the answer repeats what that said.
            argMin(JSONExtract(data, 'asked', 'Tuple(device String, since String, until String, actor String, reason String)'), offset) AS asked,
            minOrNullIf(offset, NOT is_done) AS place,
            minOrNullIf(time, NOT is_done) AS asked_time,
            maxOrNullIf(JSONExtractUInt(data, learned), is_done) AS reports,
            maxOrNullIf(JSONExtractUInt(data, 'unlearned'), is_done) AS unlearned,
            maxIf(JSONExtractString(data, 'models_before'), is_done) AS models_before,
            maxIf(JSONExtractString(data, 'models_after'), is_done) AS models_after,
            maxOrNullIf(JSONExtract(data, 'took_s', 'Nullable(Float64)'), is_done) AS took_s,
            maxOrNullIf(time, is_done) AS done_time
        FROM
        (
            SELECT tenant, data, false AS is_done, kafka_partition AS partition, learned, kafka_offset AS offset, recorded_time AS time
            FROM roll_backs_asked FINAL
            ARRAY JOIN ['reports', 'flows'] AS learned
            WHERE tenant IN {tenants:Array(String)}
            UNION ALL
            SELECT
                tenant,
                data,
                true,
                toUInt16(JSONExtractUInt(data, 'partition')),
                if(type = 'flows.rolled_back.v1', 'flows', 'reports'),
                0,
                time
            FROM events FINAL
            WHERE topic = 'ledger' AND type IN ('models.rolled_back.v1', 'flows.rolled_back.v1') AND tenant IN {tenants:Array(String)}
        )
        GROUP BY tenant, roll_back, partition, learned
    )
) AS r;

-- What a device is in its life, what it should be set to, what its firmware is made of, and what is wrong with that.

-- lifecycle_history(tenants): one row a change of a device's life.
--   event (id), tenant, device, time, type, state ('manufactured', 'provisioned', 'claimed', 'active', 'quarantined', 'decommissioned'),
--   reason, account, until (of a quarantine, Nullable), decision (credential decision behind it, '' if none), kafka_offset, archived_time
CREATE VIEW IF NOT EXISTS lifecycle_history AS
SELECT
    id AS event,
    tenant,
    subject AS device,
    time,
    type,
    transform(
        splitByChar('.', type::String)[2], ['activated', 'released'], ['active', 'active'], splitByChar('.', type::String)[2]
    ) AS state,
    if(JSONExtractString(data, 'reason') != '', JSONExtractString(data, 'reason'), JSONExtractString(data, 'cause')) AS reason,
    JSONExtractString(data, 'account') AS account,
    parseDateTime64BestEffortOrNull(JSONExtractString(data, 'until'), 6, 'UTC') AS until,
    JSONExtractString(data, 'decision') AS decision,
    kafka_offset,
    archived_time
FROM events FINAL
WHERE topic = 'security-events' AND tenant IN {tenants:Array(String)} AND type IN (
    'device.manufactured.v1', 'device.provisioned.v1', 'device.claimed.v1', 'device.activated.v1', 'device.quarantined.v1',
    'device.released.v1', 'device.decommissioned.v1'
);

-- lifecycles(tenants): one row a device of which anything of that is known, as it stands.
--   tenant, device, state (as above), since (when it came into that state, event time), reason, account, until, decision, event (that
--   told the state last), archived_time
-- Event time decides, not arrival: who manufactured it may be learned last.
CREATE VIEW IF NOT EXISTS lifecycles AS
SELECT * EXCEPT (told)
FROM
(
    SELECT
        h.tenant AS tenant,
        h.device AS device,
        arraySort(groupArray((h.time, h.kafka_offset, h.state, h.event, h.reason, h.account, h.decision, tuple(h.until)))) AS told,
        told[-1].3 AS state,
        told[arrayLastIndex(one -> one.3 != told[-1].3, told) + 1].1 AS since,
        told[-1].5 AS reason,
        told[-1].6 AS account,
        told[-1].8.1 AS until,
        told[-1].7 AS decision,
        told[-1].4 AS event,
        max(h.archived_time) AS archived_time
    FROM lifecycle_history(tenants = {tenants:Array(String)}) AS h
    GROUP BY h.tenant, h.device
);

-- twin_history(tenants): one row a desired or reported twin that was not older than the one before it.
--   tenant, device, side ('desired', 'reported'), version, time, settings (Map(String, String): values as JSON), baseline, error,
--   desired_version (Nullable; of a report, what the device knew), event (id), kafka_offset, archived_time
CREATE VIEW IF NOT EXISTS twin_history AS
SELECT * EXCEPT (newest)
FROM
(
    SELECT
        tenant,
        subject AS device,
        splitByChar('.', type::String)[2] AS side,
        JSONExtractUInt(data, 'version') AS version,
        time,
        JSONExtractKeysAndValuesRaw(data, 'settings')::Map(String, String) AS settings,
        JSONExtractString(data, 'baseline') AS baseline,
        JSONExtractString(data, 'error') AS error,
        JSONExtract(data, 'desired_version', 'Nullable(UInt64)') AS desired_version,
        id AS event,
        kafka_offset,
        archived_time,
        max(JSONExtractUInt(data, 'version')) OVER (
            PARTITION BY tenant, subject, type ORDER BY time, kafka_offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest
    FROM events FINAL
    WHERE topic = 'security-events' AND tenant IN {tenants:Array(String)} AND type IN ('twin.desired.v1', 'twin.reported.v1')
)
WHERE version >= newest;

-- twin_settings(tenants, device): one row a setting of a device that is desired or reported now.
--   tenant, device, setting, desired, reported (JSON; '' where that side does not have it), differs (1 where it is desired and the device
--   does not report the same; what nobody desires never differs), differs_since (since when, without a break; Nullable), changed_time (when
--   one of the two last changed)
--   Parameter: device String.
CREATE VIEW IF NOT EXISTS twin_settings AS
SELECT * EXCEPT (steps, times, wanted, had, odd)
FROM
(
    SELECT
        s.tenant AS tenant,
        s.device AS device,
        s.setting AS setting,
        arraySort(groupArray((s.time, s.kafka_offset, s.side, s.value))) AS steps,
        arrayMap(one -> one.1, steps) AS times,
        arrayFill(one -> one != '\0', arrayMap(one -> if(one.3 = 'desired', one.4, '\0'), steps)) AS wanted,
        arrayFill(one -> one != '\0', arrayMap(one -> if(one.3 = 'reported', one.4, '\0'), steps)) AS had,
        arrayMap((w, h) -> w NOT IN ('', '\0') AND w != h AND ifNull(toFloat64OrNull(w) != toFloat64OrNull(h), 1), wanted, had) AS odd,
        replaceAll(wanted[-1], '\0', '') AS desired,
        replaceAll(had[-1], '\0', '') AS reported,
        odd[-1] AS differs,
        if(odd[-1] = 1, times[arrayLastIndex(one -> one = 0, odd) + 1], NULL) AS differs_since,
        times[arrayLastIndex((w, h) -> w != wanted[-1] OR h != had[-1], wanted, had) + 1] AS changed_time
    FROM
    (
        SELECT
            t.tenant AS tenant,
            t.device AS device,
            t.time AS time,
            t.kafka_offset AS kafka_offset,
            t.side AS side,
            n.setting AS setting,
            t.settings[n.setting] AS value
        FROM twin_history(tenants = {tenants:Array(String)}) AS t
        INNER JOIN
        (
            SELECT DISTINCT k.tenant AS tenant, k.device AS device, arrayJoin(mapKeys(k.settings)) AS setting
            FROM twin_history(tenants = {tenants:Array(String)}) AS k
            WHERE k.device = {device:String}
        ) AS n ON n.tenant = t.tenant AND n.device = t.device
        WHERE t.device = {device:String}
    ) AS s
    GROUP BY s.tenant, s.device, s.setting
    HAVING desired != '' OR reported != ''
);

-- twins(tenants): one row a device that has a twin.
--   tenant, device, desired_version, reported_version, known_version (the newest desired version the device knew) (all Nullable), desired_time,
--   reported_time (both Nullable), settings (how many are desired), differing (how many of them the device does not report so), error (what
--   the device said of applying it), baseline
CREATE VIEW IF NOT EXISTS twins AS
SELECT * EXCEPT (desired, reported)
FROM
(
    SELECT
        t.tenant AS tenant,
        t.device AS device,
        maxOrNullIf(t.version, t.side = 'desired') AS desired_version,
        maxOrNullIf(t.version, t.side = 'reported') AS reported_version,
        argMaxIf(tuple(t.desired_version), (t.time, t.kafka_offset), t.side = 'reported').1 AS known_version,
        maxOrNullIf(t.time, t.side = 'desired') AS desired_time,
        maxOrNullIf(t.time, t.side = 'reported') AS reported_time,
        argMaxIf(t.settings, (t.time, t.kafka_offset), t.side = 'desired') AS desired,
        argMaxIf(t.settings, (t.time, t.kafka_offset), t.side = 'reported') AS reported,
        length(mapKeys(desired)) AS settings,
        length(arrayFilter(
            one -> desired[one] != reported[one] AND ifNull(toFloat64OrNull(desired[one]) != toFloat64OrNull(reported[one]), 1),
            mapKeys(desired)
        )) AS differing,
        argMaxIf(t.error, (t.time, t.kafka_offset), t.side = 'reported') AS error,
        argMaxIf(t.baseline, (t.time, t.kafka_offset), t.side = 'desired') AS baseline
    FROM twin_history(tenants = {tenants:Array(String)}) AS t
    GROUP BY t.tenant, t.device
);

-- sboms(tenants): one row a firmware of which an SBOM was listed completely, with the last such.
--   tenant, subject ('model/firmware'; ask by it, the others are not in the key), model, firmware, sbom, format, digest (SHA-256 of the
--   file), components (count), listed_time, archived_time
CREATE VIEW IF NOT EXISTS sboms AS
SELECT
    d.tenant AS tenant,
    d.subject AS subject,
    argMax(d.model, d.last_offset) AS model,
    argMax(d.firmware, d.last_offset) AS firmware,
    argMax(d.sbom, d.last_offset) AS sbom,
    argMax(d.format, d.last_offset) AS format,
    argMax(d.digest, d.last_offset) AS digest,
    argMax(d.components, d.last_offset) AS components,
    argMax(d.listed_time, d.last_offset) AS listed_time,
    max(d.archived_time) AS archived_time
FROM
(
    SELECT
        p.tenant AS tenant,
        p.subject AS subject,
        p.digest AS digest,
        any(p.parts) AS parts,
        any(p.model) AS model,
        any(p.firmware) AS firmware,
        any(p.sbom) AS sbom,
        any(p.format) AS format,
        sum(p.components) AS components,
        max(p.time) AS listed_time,
        max(p.last_offset) AS last_offset,
        max(p.archived_time) AS archived_time
    FROM
    (
        SELECT
            e.tenant AS tenant,
            e.subject AS subject,
            JSONExtractString(e.data, 'digest') AS digest,
            JSONExtractUInt(e.data, 'part') AS part,
            any(JSONExtractUInt(e.data, 'parts')) AS parts,
            any(JSONExtractString(e.data, 'model')) AS model,
            any(JSONExtractString(e.data, 'firmware')) AS firmware,
            any(JSONExtractString(e.data, 'sbom')) AS sbom,
            any(JSONExtractString(e.data, 'format')) AS format,
            any(JSONLength(e.data, 'components')) AS components,
            max(e.time) AS time,
            max(e.kafka_offset) AS last_offset,
            max(e.archived_time) AS archived_time
        FROM
        (
            SELECT * FROM events FINAL
            WHERE topic = 'inventory' AND type = 'firmware.components_listed.v1' AND tenant IN {tenants:Array(String)}
        ) AS e
        GROUP BY e.tenant, e.subject, digest, part
    ) AS p
    GROUP BY p.tenant, p.subject, p.digest
    HAVING count() = parts
) AS d
GROUP BY d.tenant, d.subject;

-- firmware_vulnerabilities(tenants): one row a vulnerability of a component of a firmware, as it stands; what was cleared is not here.
--   tenant, subject ('model/firmware'; ask by it), model, firmware, vulnerability, aliases (Array(String)), component (package URL), name, version, severity ('unknown', 'none',
--   'low', 'medium', 'high', 'critical'), score (Nullable(Float64), CVSS base), match ('affected', 'cannot_tell'), reason (why it matched),
--   status (what VEX says: 'unassessed', 'not_affected', 'affected', 'fixed', 'under_investigation'), justification, document (of VEX),
--   summary, fixed_in (Array(String)), sbom, found_time (of the first such finding), time (of the last change), archived_time
CREATE VIEW IF NOT EXISTS firmware_vulnerabilities AS
SELECT * EXCEPT (last_type, last)
FROM
(
    SELECT
        f.tenant AS tenant,
        f.subject AS subject,
        any(JSONExtractString(f.data, 'model')) AS model,
        any(JSONExtractString(f.data, 'firmware')) AS firmware,
        JSONExtractString(f.data, 'vulnerability') AS vulnerability,
        JSONExtractString(f.data, 'component') AS component,
        argMax(f.type, f.kafka_offset) AS last_type,
        argMax(f.data, f.kafka_offset) AS last,
        JSONExtract(last, 'aliases', 'Array(String)') AS aliases,
        JSONExtractString(last, 'name') AS name,
        JSONExtractString(last, 'version') AS version,
        if(JSONHas(last, 'severity'), JSONExtractString(last, 'severity'), 'unknown') AS severity,
        JSONExtract(last, 'score', 'Nullable(Float64)') AS score,
        JSONExtractString(last, 'match') AS match,
        JSONExtractString(last, 'reason') AS reason,
        JSONExtractString(last, 'status') AS status,
        JSONExtractString(last, 'justification') AS justification,
        JSONExtractString(last, 'document') AS document,
        JSONExtractString(last, 'summary') AS summary,
        JSONExtract(last, 'fixed_in', 'Array(String)') AS fixed_in,
        JSONExtractString(last, 'sbom') AS sbom,
        minIf(f.time, f.type = 'vulnerability.found.v1') AS found_time,
        max(f.time) AS time,
        max(f.archived_time) AS archived_time
    FROM
    (
        SELECT * FROM events FINAL
        WHERE topic = 'inventory' AND type IN ('vulnerability.found.v1', 'vulnerability.cleared.v1') AND tenant IN {tenants:Array(String)}
    ) AS f
    GROUP BY f.tenant, f.subject, vulnerability, component
)
WHERE last_type = 'vulnerability.found.v1';

-- device_vulnerabilities(tenants): one row a device and a vulnerability of a component of the firmware it reports.
--   device, site, and as firmware_vulnerabilities has them: tenant, subject, model, firmware, vulnerability, aliases, component, name, version,
--   severity, score, match, reason, status, justification, document, summary, fixed_in, sbom, found_time, time, archived_time
CREATE VIEW IF NOT EXISTS device_vulnerabilities AS
SELECT d.device AS device, d.site AS site, v.*
FROM firmware_vulnerabilities(tenants = {tenants:Array(String)}) AS v
INNER JOIN devices(tenants = {tenants:Array(String)}) AS d ON d.tenant = v.tenant AND d.model = v.model AND d.firmware = v.firmware;

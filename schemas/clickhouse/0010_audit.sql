-- What the auditor found when it derived a sample of what was decided from the log again.

-- audit: one row, also where nothing was audited yet.
--   outputs (derived again), equal, differing, untold (the log no longer has what is needed, or another version decided), audited_time
--   (of the newest round, Nullable), differed_time (of the newest that differs, Nullable)
CREATE VIEW IF NOT EXISTS audit AS
SELECT
    sum(JSONExtractUInt(data, 'outputs')) AS outputs,
    sum(JSONExtractUInt(data, 'equal')) AS equal,
    sum(JSONExtractUInt(data, 'differing')) AS differing,
    sum(JSONExtractUInt(data, 'untold')) AS untold,
    maxOrNullIf(time, type = 'audit.verified.v1') AS audited_time,
    maxOrNullIf(time, type = 'audit.differed.v1') AS differed_time
FROM events FINAL
WHERE topic = 'audits';

-- audit_differences(tenants): one row an output that is not what the log gives.
--   output (id), kind (its event type), origin ('topic/partition/offset'), tenant, subject, time (of the audit), differences (Array(String))
CREATE VIEW IF NOT EXISTS audit_differences AS
SELECT
    JSONExtractString(data, 'output') AS output,
    JSONExtractString(data, 'kind') AS kind,
    JSONExtractString(data, 'origin') AS origin,
    tenant,
    subject,
    time,
    JSONExtract(data, 'differences', 'Array(String)') AS differences
FROM events FINAL
WHERE topic = 'audits' AND type = 'audit.differed.v1' AND tenant IN {tenants:Array(String)};

"""Migrations are numbered, applied once, and never changed; no read model of tenant data can be asked without a tenant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas import migrations
from schemas.errors import Fatal
from schemas.migrations import Migration

PLATFORM = {
    "ledger",
    "ledger_channels",
    "archive_progress",
    "audit",
    "retention_runs",
    "tenants",
    "detection_totals",
}
VIEW = re.compile(r"CREATE VIEW IF NOT EXISTS (\w+) AS\n(.*)", re.DOTALL)


def views() -> dict[str, str]:
    found = [VIEW.match(statement) for m in migrations.load() for statement in m.statements]
    return {view[1]: view[2] for view in found if view}


def test_every_view_of_tenant_data_takes_the_tenants_it_may_show() -> None:
    assert set(views()) >= {"alerts", "devices", "credentials", "rollouts", "gate_verdicts", *PLATFORM}
    open_views = {name for name, sql in views().items() if "{tenants:Array(String)}" not in sql}
    assert open_views == PLATFORM


def test_every_read_of_a_fact_in_a_tenant_view_is_limited_to_the_tenants() -> None:
    facts = re.compile(
        r"FROM (telemetry|events|dead_letters|device_activity|known_events|known_telemetry|known_hours)\b"
    )
    for name in set(views()) - PLATFORM:
        sql = views()[name]
        reads = len(facts.findall(sql))
        assert len(re.findall(r"tenant IN \{tenants:Array\(String\)\}", sql)) >= reads, name


def test_every_table_drops_repeated_inserts() -> None:
    tables = [s for m in migrations.load() for s in m.statements if s.startswith("CREATE TABLE ")]
    assert len(tables) >= 5
    assert all("non_replicated_deduplication_window" in table for table in tables)


def test_every_statement_can_be_repeated_after_a_crash_in_the_middle_of_a_file() -> None:
    statements = [s for m in migrations.load() for s in m.statements]
    repeatable = ("IF NOT EXISTS", "CREATE OR REPLACE VIEW", "MODIFY SETTING", "MODIFY QUERY")
    assert [s for s in statements if not any(word in s.partition("\n")[0] for word in repeatable)] == []


def test_statements_are_split_at_semicolons_that_end_a_line() -> None:
    sql = "-- a; comment;\nSELECT ';' AS a;\n\n  -- another\nSELECT 2\n;\n"
    assert migrations.split(sql) == ("SELECT ';' AS a", "SELECT 2")


def migration(number: int, checksum: str = "a") -> Migration:
    return Migration(number, f"step_{number}", (), checksum)


def test_only_what_is_missing_is_pending() -> None:
    known = [migration(1), migration(2), migration(3)]
    assert [m.number for m in migrations.pending(known, {})] == [1, 2, 3]
    assert [m.number for m in migrations.pending(known, {1: "a", 2: "a"})] == [3]


def test_a_changed_or_unknown_migration_stops_it() -> None:
    with pytest.raises(Fatal, match=r"0001_step_1\.sql has changed"):
        migrations.pending([migration(1, "b")], {1: "a"})
    with pytest.raises(Fatal, match="migration 2, which this version does not know"):
        migrations.pending([migration(1)], {1: "a", 2: "a"})


@pytest.mark.parametrize("names", [[], ["0002_a.sql"], ["0001_a.sql", "0001_b.sql"], ["0001-a.sql"]])
def test_a_folder_with_a_gap_or_an_odd_name_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;\n")
    with pytest.raises(Fatal):
        migrations.load(tmp_path)

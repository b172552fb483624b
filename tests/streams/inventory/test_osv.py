"""OSV records: what is taken out of one, and how a bad one is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.inventory.osv import published
from tests.streams.inventory.sample import (
    Json,
    document,
    osv,
    refused,
)


def test_an_osv_record_says_what_is_affected(tmp_path: Path) -> None:
    ((name, event),) = published(document(tmp_path, osv()))
    assert name == "PYSEC-1"
    assert (event.severity, event.score, event.aliases) == ("critical", 9.8, ("CVE-2026-1",))
    assert event.modified == datetime(2026, 1, 1, tzinfo=UTC)
    (affected,) = event.affected
    assert (affected.ecosystem, affected.name) == ("PyPI", "lib0")
    assert [(b.kind, b.version) for b in affected.ranges[0].boundaries] == [
        ("introduced", "0"),
        ("fixed", "1.2.4"),
    ]


def test_a_file_may_have_many_records_and_their_database_may_rate_them(tmp_path: Path) -> None:
    rated = osv(id="GHSA-1", severity=[], database_specific={"severity": "MODERATE"})
    unrated = osv(id="X", severity=[{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}])
    found = dict(published(document(tmp_path, [rated, unrated])))
    assert (found["GHSA-1"].severity, found["GHSA-1"].score) == ("medium", None)
    assert (found["X"].severity, found["X"].vector) == ("unknown", "CVSS:4.0/AV:N")


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"modified": "yesterday"}, "[0].modified", ""),
        ({"id": ""}, "[0].id", "is empty"),
        (
            {"affected": [{"ranges": [{"type": "DATES", "events": []}]}]},
            "[0].affected[0].ranges[0].type",
            "allowed",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"fixed": "a"}]}]}]},
            "[0].affected[0].ranges[0].events",
            "introduced",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"introduced": "0", "fixed": "a"}]}]}]},
            "[0].affected[0].ranges[0].events[0]",
            "exactly one",
        ),
        (
            {"affected": [{"ranges": [{"type": "GIT", "events": [{"secret-thing": "0"}]}]}]},
            "[0].affected[0].ranges[0].events[0].kind",
            "allowed",
        ),
        ({"affected": [{"versions": ["1" * 30] * 20_000}]}, "[0].affected", "half a megabyte"),
    ],
)
def test_a_bad_osv_record_is_refused_by_field(tmp_path: Path, change: Json, field: str, reason: str) -> None:
    error = refused(tmp_path, [osv(**change)], published)
    assert error.field == field
    assert reason in error.reason
    assert "secret-thing" not in str(error)


def test_an_osv_record_without_an_id_says_so(tmp_path: Path) -> None:
    content = osv()
    del content["id"]
    error = refused(tmp_path, content, published)
    assert (error.field, error.reason) == ("id", "is missing")

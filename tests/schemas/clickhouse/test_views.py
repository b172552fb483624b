"""Every view says what its columns are."""

from __future__ import annotations

import re

import pytest

from schemas import migrations
from tests.schemas.clickhouse.story import Story
from tests.schemas.clickhouse.test_migrations import PLATFORM

pytestmark = pytest.mark.clickhouse


def described() -> dict[str, str]:
    """What the comments above each view say; where it was replaced, both of them."""
    text = "".join(path.read_text() for path in sorted(migrations.FOLDER.glob("*.sql")))
    found = re.findall(
        r"-- (\w+)(?:\(|:)((?:.*\n--)*.*\n)CREATE (?:OR REPLACE VIEW|VIEW IF NOT EXISTS) (\w+)", text
    )
    said: dict[str, str] = {}
    for name, words, view in found:
        if name == view:
            said[view] = said.get(view, "") + words
    return said


NEVER = "'2026-01-01 00:00:00'"
TENANT = "tenants = ['']"


def arguments(view: str) -> str:
    """What a view must be asked with."""
    if view in PLATFORM:
        return ""
    if view.endswith("_as_of"):
        return f"({TENANT}, subjects = [''], at = {NEVER}, known = {NEVER})"
    more = {
        "measurements": f", device = '', since = {NEVER}, until = {NEVER}",
        "learned_with": ", device = ''",
        "flows_learned_with": ", device = ''",
        "named": ", name = ''",
        "owners": ", name = ''",
        "twin_settings": ", device = ''",
    }
    return f"({TENANT}{more.get(view, '')})"


def test_the_comment_above_a_view_names_every_column(story: Story) -> None:
    views = story.client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    )
    said = described()
    said["gate_verdicts"] += said["gate_history"]
    missing = {
        (name, column)
        for (name,) in views.result_rows
        for column in story.client.query(f"SELECT * FROM {name}{arguments(name)} LIMIT 0").column_names
        if not re.search(rf"\b{column.replace('control_', 'treatment_')}\b", said.get(name, ""))
    }
    assert missing == set()

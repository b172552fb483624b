"""Digests: every table has one, and comparing them."""

from __future__ import annotations

import re

import pytest

from schemas import migrations
from schemas.errors import Fatal
from streams.replay.frontier import behind, check_log_has
from streams.replay.projection import PROJECTIONS, Digest, compare

EVENTS = {"events/alerts": Digest(3, "aa"), "device_activity": Digest(1, "bb")}


def test_every_table_the_migrations_make_is_digested() -> None:
    statements = [statement for one in migrations.load() for statement in one.statements]
    found = (re.match(r"CREATE TABLE IF NOT EXISTS (\w+)", statement) for statement in statements)
    assert {projection.table for projection in PROJECTIONS} == {one[1] for one in found if one}


def test_equal_digests_are_equal() -> None:
    assert set(compare(EVENTS, dict(EVENTS)).values()) == {"equal"}


@pytest.mark.parametrize(
    "other",
    [{}, {"events/alerts": Digest(3, "ab")}, {"events/alerts": Digest(4, "aa")}],
    ids=["gone", "other content", "other count"],
)
def test_a_digest_that_is_gone_or_other_differs(other: dict[str, Digest]) -> None:
    after = {"device_activity": EVENTS["device_activity"], **other}
    assert compare(EVENTS, after)["events/alerts"] == "differs"
    assert compare(after, EVENTS)["events/alerts"] == "differs"


def test_what_is_behind_a_frontier() -> None:
    frontier = {("alerts", 0): 5, ("alerts", 1): 2}
    assert behind(frontier, {("alerts", 0): 3, ("alerts", 1): 9}) == {("alerts", 0): 2}
    assert behind(frontier, {}) == frontier
    assert behind(frontier, {**frontier, ("events", 0): 1}) == {}


def test_a_log_that_lost_or_never_had_what_the_store_holds_is_refused() -> None:
    check_log_has({("alerts", 0): 5}, {("alerts", 0): (0, 5)})
    with pytest.raises(Fatal, match="alerts/0 begins at offset 2: retention removed"):
        check_log_has({("alerts", 0): 5}, {("alerts", 0): (2, 5)})
    with pytest.raises(Fatal, match="up to offset 4, but the log ends at 3: it is another log's store"):
        check_log_has({("alerts", 0): 5}, {("alerts", 0): (0, 3)})

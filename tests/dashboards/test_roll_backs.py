"""Forgetting what a device taught: what it means is said first, it is asked for once meant, and what was done is listed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.components.roll_backs import meaning
from dashboards.control import Answer, Control
from dashboards.queries import roll_backs
from dashboards.queries.roll_backs import FlowReach, Named, Reach, RollBack
from dashboards.store import Store
from tests.dashboards.conftest import Open
from tests.dashboards.seed.unlearning import FORGOTTEN, WAITING
from tests.dashboards.test_pages import told

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DONE = RollBack(
    roll_back="r", tenant="acme", device="cam", since=NOW, until=NOW, actor="ann", reason="why", partition=1, learned="reports",
    state="done", ahead=0, asked_time=NOW, reports=1_000_000, unlearned=10, models_before="a", models_after="b", took_s=2.0,
    done_time=NOW,
)  # fmt: skip


FLOWS = dataclasses.replace(DONE, learned="flows", reports=1000, took_s=0.1)
ASKED = dataclasses.replace(DONE, state="asked", reports=None, unlearned=None, took_s=None, done_time=None)
NO_FLOWS = FlowReach(0)


def test_what_it_means_is_said_with_how_long_nothing_is_judged() -> None:
    said = meaning("cam", Named(1, 0), Reach(6_000_000, 250), NO_FLOWS, [ASKED, FLOWS, DONE])
    assert said.startswith("1 report of cam will have taught nothing. What was found stays found")
    assert said.endswith(
        "again, up to 6,000,000 reports of 250 devices, and judges none of these meanwhile: about 12 s, as fast as the last time."
    )


def test_flows_are_learned_beside_reports() -> None:
    said = meaning("cam", Named(2, 3), Reach(6_000_000, 250), FlowReach(100_000), [DONE, FLOWS])
    assert said.startswith("2 reports and 3 network flows of cam will have taught nothing.")
    assert said.endswith(
        "The tenant's flows there, up to 100,000, are learned again beside that, and no security event of the partition is judged "
        "meanwhile: about 10 s, as fast as the last time."
    )


def test_what_is_not_known_is_not_guessed() -> None:
    two = Named(2, 0)
    assert "nobody has measured yet" in meaning("cam", two, Reach(60, 2), NO_FLOWS, [FLOWS])
    assert "less than a second" in meaning("cam", two, Reach(60, 2), NO_FLOWS, [DONE])
    assert "until all else there is learned again" in meaning("cam", two, None, NO_FLOWS, [DONE])
    assert meaning("cam", Named(0, 0), Reach(60, 2), NO_FLOWS, [DONE]).endswith("there is nothing to forget.")


@pytest.mark.clickhouse
def test_what_was_done_and_what_one_would_do_is_asked_for(filled: Store, now: datetime) -> None:
    of_tenant = roll_backs.listed(filled, ("globex",))
    assert [(one.device, one.partition, one.learned, one.took_s) for one in of_tenant] == [
        ("", 0, "reports", 0.9),
        ("", 0, "flows", 4.5),
        ("", 2, "reports", 1.8),
    ]
    # What was about all of a tenant's devices was about each of them.
    assert roll_backs.listed(filled, ("globex",), "pump-0007") == of_tenant
    assert roll_backs.listed(filled, ("acme",), "cam-0042") == []
    (old,) = roll_backs.listed(filled, ("acme",), FORGOTTEN)
    assert (old.took_s, old.models_after, old.reason) == (None, "", "its lens was covered")
    assert roll_backs.reach(filled, ("acme",), "cam-0042") == Reach(reports=_judged(filled), devices=4)
    assert roll_backs.reach(filled, ("acme",), "nobody") is None
    day, all_ = timedelta(days=1), timedelta(days=9)
    some = roll_backs.named(filled, ("acme",), "cam-0042", now - day, now)
    whole = roll_backs.named(filled, ("acme",), "cam-0042", now - all_, now)
    assert 0 < some.reports <= whole.reports
    assert 0 < whole.flows <= roll_backs.flow_reach(filled, ("acme",), "cam-0042").flows
    assert roll_backs.flow_reach(filled, ("acme",), "nobody") == FlowReach(0)


def _judged(store: Store) -> int:
    return int(store.named("SELECT scored FROM detection_totals", {})[0]["scored"])


@pytest.mark.clickhouse
def test_what_waits_is_listed_before_what_is_done(filled: Store) -> None:
    found = roll_backs.listed(filled, ("acme",))
    assert [(one.device, one.state, one.learned, one.ahead) for one in found] == [
        (WAITING, "asked", "reports", 0),
        (WAITING, "asked", "flows", 0),
        (WAITING, "asked", "reports", 1),
        (WAITING, "asked", "flows", 1),
        (FORGOTTEN, "done", "reports", 0),
    ]


@pytest.mark.clickhouse
def test_what_waits_says_for_what_and_shows_no_figures(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "pipeline", ("acme",)))
    table = said.partition("Models rolled back")[2].partition("<h3>")[0]
    first, later = (
        next(row for row in table.split("<tr>") if reason in row)
        for reason in ("a test drove it", "the test went on")
    )
    assert "next, or under way" in first
    assert "waits for 1 before it" in later
    assert "asked " in first
    for row in (first, later):
        assert "unknown" not in row
        assert "not told" not in row


@pytest.mark.clickhouse
def test_the_pipeline_lists_who_rolled_back_what_and_why(page: Open, filled_url: str, empty_url: str) -> None:
    said = told(page(filled_url, "pipeline"))
    for text in (
        "noor: its lens was covered",
        "all of the tenant&#39;s",
        "1,800,000",
        "1.8 s",
        "5d8a01f2 → c04b77e9",
        "not told",
    ):
        assert text in said
    assert (
        "globex"
        not in told(page(filled_url, "pipeline", ("acme",)))
        .partition("Models rolled back")[2]
        .partition("<h3>")[0]
    )
    assert "No model was ever rolled back." in told(page(empty_url, "pipeline"))


@pytest.mark.clickhouse
def test_a_person_forgets_what_a_device_taught(
    page: Open, filled_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def roll_back(_: Control, *arguments: Any) -> Answer:
        asked.append(arguments)
        return Answer(True, "Asked.")

    monkeypatch.setattr(Control, "roll_back", roll_back)
    test = page(filled_url, "device", tenant="globex", device="pump-0007")
    assert "of pump-0007 will have taught nothing" in test.warning[0].value
    assert test.button(key="forget").disabled
    test.checkbox(key="forget_sure").check().run()
    assert test.button(key="forget").disabled, "nobody said why"
    test.text_input(key="forget_reason").set_value("a worn sensor")
    test.text_input(key="actor").set_value("noor")
    since = now.replace(second=0, microsecond=0) - timedelta(hours=1)
    test.datetime_input(key="forget_since").set_value(since.replace(tzinfo=None)).run()
    test.button(key="forget").click().run()
    ((tenant, device, begin, end, reason, actor),) = asked
    assert (tenant, device, begin, reason, actor) == ("globex", "pump-0007", since, "a worn sensor", "noor")
    assert end >= now
    assert test.success[0].value.endswith(" · Asked.")
    # A click too many asks for nothing.
    assert test.run().button(key="forget").disabled


@pytest.mark.clickhouse
def test_there_is_nothing_to_forget_where_nothing_was_reported(
    page: Open, filled_url: str, now: datetime
) -> None:
    test = page(filled_url, "device", tenant="acme", device="cam-0042")
    test.datetime_input(key="forget_since").set_value((now - timedelta(days=400)).replace(tzinfo=None))
    test.datetime_input(key="forget_until").set_value((now - timedelta(days=399)).replace(tzinfo=None)).run()
    assert (
        test.warning[0].value
        == "cam-0042 has neither a report nor a network flow in this time, so there is nothing to forget."
    )
    assert test.checkbox(key="forget_sure").disabled

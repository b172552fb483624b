"""What verdicts and exceptions did is said in whole sentences, and a person acts on exceptions by the control API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components import feedback, sentences
from dashboards.control import Answer, Control
from dashboards.queries import alerts, exceptions
from dashboards.queries.exceptions import Expected, Findings
from dashboards.store import Store
from schemas.weighed import Weighed
from tests.dashboards import seed
from tests.dashboards.test_pages import told
from tests.dashboards.test_sentences import ALERT, NOW, READER

BOTH = ("acme", "globex")
UNTIL = datetime(2026, 12, 3, tzinfo=UTC)
WEIGHED = Weighed(
    kind="baseline.tx_kbps",
    direction="above",
    strength=20.1,
    bar=13.6,
    times=1.6,
    false=12,
    judged=14,
    precision=0.2,
    until=UNTIL,
)
Open = Callable[..., AppTest]


def said(**changes: object) -> str:
    text = msgspec.json.encode(msgspec.structs.replace(WEIGHED, **changes)).decode()
    return feedback.bar(replace(ALERT, weighed=text), READER)


def test_the_bar_and_why() -> None:
    assert said() == (
        "12 of 14 like this judged in 30 days were false: the bar is 1.6 times as high, until 2026-12-03 00:00:00 UTC. "
        "This one has a strength of 20.1 and is above it (13.6)."
    )
    assert said(strength=9.0).endswith("This one has a strength of 9 and is below it (13.6).")
    few = said(bar=0.0, until=None, false=1, judged=4)
    assert few == "1 of 4 like this judged in 30 days were false: the bar is the detector's own."
    assert feedback.bar(ALERT, READER) == feedback.bar(replace(ALERT, weighed="{"), READER) == ""


def test_what_is_set_aside_says_why_and_what_to_do() -> None:
    weak = replace(ALERT, status="closed", verdict="below_bar", detections=3)
    assert sentences.what_was_done(weak, None, READER) == (
        "No credential was touched. Set aside, 3 findings: weaker than the bar. One in 10 opens an alert all the same."
    )
    assert "a true verdict takes the bar away at once" in sentences.what_to_do(weak, None)
    expected = replace(weak, verdict="expected", detections=1)
    assert sentences.what_was_done(expected, None, READER).endswith(
        "Set aside, 1 finding: a person said that it is to be expected."
    )
    assert not replace(weak, verdict="true_positive").is_set_aside


def test_a_silence_after_a_cut_off_is_explained_and_accounted_for() -> None:
    cut = replace(ALERT, status="closed", verdict="cut_off", detections=1)
    assert cut.is_set_aside
    assert sentences.what_was_done(cut, None, READER).endswith(
        "Set aside, 1 finding: it was cut off, so its silence is to be expected."
    )
    assert "reinstate it" in sentences.what_to_do(cut, None)
    found = Findings(detections=3, alerted=1, below_bar=0, expected=0, difference=0, cut_off=2)
    assert feedback.accounted(found).endswith("0 expected, 2 silences of devices that were cut off.")


def test_a_proposal_is_asked_before_it_counts() -> None:
    one = Expected(
        exception="e", tenant="acme", device="cam-1", state="proposed", kind="baseline.tx_kbps", direction="above", metric="tx_kbps",
        limit=1560.0, until=UNTIL, alerts=["a"], proposed_time=NOW, settled_time=None, actor="", comment="", expected=0,
    )  # fmt: skip
    assert feedback.waiting([one]).startswith(
        "To be expected from now on? tx above usual, up to 1,560 kbit/s on cam-1. Nothing follows until somebody accepts it"
    )
    assert feedback.waiting([]) == ""
    closed = replace(ALERT, status="closed", verdict="benign_positive")
    assert sentences.what_to_do(closed, None, 1) == "Accept or reject the exception proposed below."
    assert "exceptions" in sentences.what_to_do(closed, None, 2)


def test_where_every_finding_went() -> None:
    found = Findings(detections=40, alerted=30, below_bar=7, expected=3, difference=0)
    assert feedback.accounted(found) == (
        "All 40 findings are accounted for: 30 in alerts, 7 below a raised bar, 3 expected."
    )
    late = replace(found, detections=41, difference=1)
    assert feedback.accounted(late) == (
        "Of 41 findings 30 are in alerts, 7 below a raised bar, 3 expected, 1 under way."
    )
    assert feedback.accounted(None) == ""


def test_what_an_exception_covers() -> None:
    one = Expected(
        exception="e", tenant="acme", device="cam-1", state="proposed", kind="baseline.tx_kbps", direction="above", metric="tx_kbps",
        limit=1560.0, until=UNTIL, alerts=["a"], proposed_time=NOW, settled_time=None, actor="", comment="", expected=0,
    )  # fmt: skip
    assert feedback.covers(one) == "tx above usual, up to 1,560 kbit/s"
    assert feedback.covers(replace(one, direction="below")) == "tx below usual, down to 1,560 kbit/s"
    stuck = replace(one, metric="", kind="baseline.stuck.tx_kbps", limit=22.0, direction="either")
    assert feedback.covers(stuck) == "baseline.stuck.tx_kbps, up to a strength of 22"


@pytest.mark.clickhouse
def test_exceptions_and_what_is_set_aside_are_asked_for(filled: Store, now: datetime) -> None:
    current = exceptions.current(filled, BOTH, now)
    assert [(one.exception, one.state, one.expected) for one in current] == [
        ("exception-proposed", "proposed", 0),
        ("exception-accepted", "accepted", 1),
    ]
    assert [one.exception for one in exceptions.current(filled, BOTH, now + timedelta(days=81))] == [
        "exception-proposed"
    ]
    assert exceptions.current(filled, ("globex",), now) == []
    aside = alerts.queue(filled, BOTH, statuses=("set aside",))
    assert {one.alert for one in aside} == {seed.EXPECTED, seed.BELOW_BAR}
    assert all(one.is_set_aside for one in aside)
    (by,) = exceptions.of_alerts(filled, ("acme",), [seed.EXPECTED], "exception-accepted")
    assert by.comment == "nightly backup"


@pytest.mark.clickhouse
def test_the_alerts_page_lists_exceptions_and_accounts_for_findings(page: Open, filled_url: str) -> None:
    test = page(filled_url, "alerts")
    assert "tx above usual, up to 1,560 kbit/s" in told(test)
    assert "1 below a raised bar, 1 expected" in told(test)
    assert "Sends a little more than usual" not in told(test)
    assert "Sends a little more than usual" in told(page(filled_url, "alerts", status="set aside"))


@pytest.mark.clickhouse
def test_without_exceptions_the_page_says_where_they_come_from(page: Open, empty_url: str) -> None:
    assert feedback.EMPTY in told(page(empty_url, "alerts"))


@pytest.mark.clickhouse
def test_a_set_aside_alert_shows_the_bar_and_can_be_judged(page: Open, filled_url: str) -> None:
    test = page(filled_url, "alert", alert=seed.BELOW_BAR)
    assert "12 of 14 like this judged in 30 days were false: the bar is 1.6 times as high" in told(test)
    labels = {button.label for button in test.button}
    assert "True positive" in labels
    assert "Acknowledge" not in labels


@pytest.mark.clickhouse
def test_an_exception_is_accepted_for_some_days_and_ended(
    page: Open, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[object, ...]] = []

    def take(_: Control, *arguments: object) -> Answer:
        sent.append(arguments)
        return Answer(True, "Recorded.")

    monkeypatch.setattr(Control, "accept_exception", take)
    monkeypatch.setattr(Control, "refuse_exception", take)
    test = page(filled_url, "alert", alert="alert-proposed")
    test.text_input(key="actor").set_value("noor")
    test.text_input(key="exception_why").set_value("stock-taking")
    test.number_input(key="days_exception-proposed").set_value(7)
    test.button(key="accept").click().run()
    ((tenant, device, name, until, why, actor),) = sent
    assert (tenant, device, name, why, actor) == (
        "acme",
        "cam-0045",
        "exception-proposed",
        "stock-taking",
        "noor",
    )
    assert isinstance(until, datetime)
    assert 7 <= (until - datetime.now(UTC)) / timedelta(days=1) <= 8
    assert test.success[0].value.endswith(" · Recorded.")
    sent.clear()
    ending = page(filled_url, "alert", alert=seed.EXPECTED)
    assert "nightly backup" in told(ending)
    ending.button(key="end_exception").click().run()
    assert sent[0][:4] == ("acme", "cam-0044", "exception-accepted", "end")

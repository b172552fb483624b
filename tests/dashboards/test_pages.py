"""Every page runs on a real store, answers its question, and says what is missing where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import clickhouse_connect
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.control import Answer, Control
from dashboards.page.pipeline import stored
from schemas.rollout import GatePolicy, RolloutDefined, StageStarted
from tests.dashboards import seed
from tests.dashboards.conftest import database
from tests.dashboards.seed.past import Past
from tests.dashboards.test_sentences import ACCOUNT

pytestmark = pytest.mark.clickhouse
ANSWERS = {
    "now": "First <a href='./alert?alert=alert-takeover'",
    "alerts": "2 critical and 1 medium alerts are open, 2 not yet taken.",
    "device": "9 of 18 devices report; 2 cut off, ",
    "rollouts": "camera-4-3, stage 1 of 2, may not go on yet.",
    "credentials": "2 devices cut off (1 revoked and 1 held), each within 44 ms of the event.",
    "pipeline": "accepted events are accounted for; 3 refused with a reason.",
}
EMPTY = {
    "now": "No alert is open",
    "alerts": "No alert is open. One opens when detection finds something odd",
    "device": "One appears with its first report",
    "rollouts": "One appears with POST /v1/rollouts",
    "credentials": "Nobody was ever cut off",
    "pipeline": "start python -m streams.ingest",
}
Open = Callable[..., AppTest]


def told(test: AppTest) -> str:
    """Everything a page says."""
    return " ".join(element.value for element in test.markdown)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_page_answers_its_question_first(page: Open, filled_url: str, name: str) -> None:
    test = page(filled_url, name)
    assert ANSWERS[name] in told(test)
    head = " ".join(element.value for element in test.markdown[:2])
    assert "<h1>" in head
    assert "times in UTC" in head
    # Nothing in the seeded past has a bracket: one that shows is a page's own markup.
    assert "&lt;" not in told(test)


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_page_says_what_would_fill_it(page: Open, empty_url: str, name: str) -> None:
    said = told(page(empty_url, name))
    assert EMPTY[name] in said
    assert "Nothing is stored yet" in said


def test_an_alert_shows_why_what_was_done_and_what_to_do(page: Open, filled_url: str) -> None:
    test = page(filled_url, "alert", alert=seed.TAKEN_OVER)
    said = told(test)
    assert "login as admin from 203.0.113.7 refused" in said
    assert "its certificate is held since" in said
    assert "What to do:" in said
    assert "live session dropped" in said
    assert "44 ms after the event, 1 session dropped" in said
    labels = {button.label for button in test.button}
    assert {"Acknowledge", "True positive", "False positive", "Benign positive", "Reinstate"} <= labels


def test_a_closed_alert_can_not_be_judged_again(page: Open, filled_url: str) -> None:
    test = page(filled_url, "alert", alert=seed.CLOSED)
    assert "Closed as benign positive by noor." in told(test)
    assert not [button for button in test.button if button.label == "True positive"]


def test_an_alert_of_another_tenant_is_not_there(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "alert", chosen=("globex",), alert=seed.TAKEN_OVER))
    assert f"There is no alert {seed.TAKEN_OVER}" in said
    assert "cam-0042" not in said


def test_a_device_says_who_it_is_and_whether_it_may_connect(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "device", device="cam-0042", tenant="acme"))
    assert "cam-0042 is a camera of acme at berlin with firmware 4.2.0" in said
    assert "cam-0042 may not connect" in said
    assert "found by account_takeover" in said
    assert "There is no device nobody" in told(page(filled_url, "device", device="nobody"))


def test_a_rollout_named_in_the_address_is_the_one_shown(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "rollouts", rollout="pump-3-0"))
    assert "pump-3-0 was rolled back in stage 1 of 2: 3.0.0 must not go on." in said
    assert "26 of 75 updated devices failed" in said


def test_rollouts_of_one_name_in_two_tenants_are_not_mixed(
    page: Open, clickhouse_url: str, now: datetime
) -> None:
    url = database(clickhouse_url)
    with clickhouse_connect.get_client(dsn=url) as client:
        past = Past(now)
        for tenant, firmware, devices in (("acme", "5.0.0", 75), ("globex", "6.0.0", 44)):
            past.happened(
                900,
                tenant,
                "spring",
                RolloutDefined(firmware=firmware, previous="4.0.0", stages=1, policy=GatePolicy()),
            )
            past.happened(880, tenant, "spring", StageStarted(stage=1, treatment=devices, control=devices))
        past.store(client)
    for tenant, firmware, count in (("acme", "5.0.0", "75"), ("globex", "6.0.0", "44")):
        said = told(page(url, "rollouts", rollout="spring", tenant=tenant))
        stages = said.partition("Stages of spring")[2].partition("All rollouts")[0]
        assert f"4.0.0 to {firmware}" in stages
        assert re.findall(r"<td class='number'>(\d+)</td>", stages) == ["1", count, count]
        assert (
            f"./rollouts?tenant={tenant}&amp;rollout=spring" in said
            or f"./rollouts?tenant={tenant}&rollout=spring" in said
        )


def test_what_is_stored_before_it_is_accounted_for_was_not_accepted_a_negative_number_of_times() -> None:
    found = replace(ACCOUNT, duplicates=-7)
    assert stored(found).endswith("that can be read; 7 of them came just now")
    assert stored(ACCOUNT).endswith("that can be read")


def test_an_action_is_sent_with_the_name_of_who_did_it(
    page: Open, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, ...]] = []

    def judge(_: Control, *arguments: str, whole: bool) -> Answer:
        assert not whole
        sent.append(arguments)
        return Answer(True, "Recorded.")

    monkeypatch.setattr(Control, "judge", judge)
    test = page(filled_url, "alert", alert=seed.DRIFTING)
    test.text_input(key="comment").set_value("worn bearing")
    test.text_input(key="actor").set_value("noor")
    test.button(key="benign_positive").click().run()
    assert sent == [("globex", "pump-0007", seed.DRIFTING, "benign_positive", "worn bearing", "noor")]
    assert test.success[0].value.endswith(" · Recorded.")


def test_a_device_is_held_because_of_an_alert_and_not_twice(
    page: Open, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, ...]] = []

    def hold(_: Control, *arguments: str) -> Answer:
        sent.append(arguments)
        return Answer(True, "Recorded.")

    monkeypatch.setattr(Control, "hold", hold)
    test = page(filled_url, "alert", alert=seed.DRIFTING)
    assert "pump-0007 is thrown out" in told(test)
    test.text_input(key="comment").set_value("scans the site")
    test.text_input(key="actor").set_value("noor")
    test.button(key="hold").click().run()
    assert sent == [("globex", "pump-0007", seed.DRIFTING, "scans the site", "noor")]
    held = page(filled_url, "alert", alert=seed.TAKEN_OVER)
    assert {one.key for one in held.button} & {"hold", "reinstate"} == {"reinstate"}


def test_the_pipeline_says_what_detection_did_not_judge_or_forgot(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "pipeline"))
    for name, number in (
        ("devices forgotten", 1),
        ("events sent again", 3),
        ("memories of flows forgotten", 6),
    ):
        assert re.search(rf">{name}</td>\s*<td[^>]*>{number}</td>", said), name

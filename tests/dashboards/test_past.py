"""Time travel: two answers side by side, what differs marked, the question in the URL, and what is wrong said."""

from __future__ import annotations

import pytest

from tests.dashboards import seed
from tests.dashboards.conftest import Open
from tests.dashboards.test_pages import told

pytestmark = pytest.mark.clickhouse


def test_what_came_in_late_is_marked(page: Open, filled_url: str) -> None:
    test = page(filled_url, "past", kind="device", subject="cam-0042", at="decision-takeover")
    said = told(test)
    assert "cam-0042 (camera at berlin, firmware 4.2.0) was last heard" in said
    assert "no session open" in said
    assert "1 thing is known otherwise now: sessions s-late." in said
    assert "when credential.decided.v1 about cam-0042 was recorded" in said
    assert said.count("</span> differs") == 1
    assert "<b>nothing</b>" in said


@pytest.mark.parametrize(
    ("kind", "name", "answer"),
    [
        ("credential", "cam-0043", "the credential of cam-0043 was revoked, because credential_cloned"),
        (
            "alert",
            seed.TAKEN_OVER,
            "Account taken over, then data sent out on cam-0042 was open, critical, risk 97",
        ),
        ("rollout", "pump-3-0", "pump-3-0 was rolled back in stage 1 of 2; the gate said ROLLBACK."),
        ("fleet", "", "of 18 devices reported"),
    ],
)
def test_every_kind_has_an_answer(page: Open, filled_url: str, kind: str, name: str, answer: str) -> None:
    said = told(page(filled_url, "past", kind=kind, subject=name, at="now"))
    assert answer in said
    assert "Nothing that came in since changes the answer." in said


def test_before_the_first_event_nothing_was_known(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "past", kind="fleet", at="2001-01-01T00:00:00Z"))
    assert "nothing was known of the fleet of acme, globex" in said
    assert "A moment after its first event has an answer." in said


def test_what_came_in_later_is_told_without_that_it_exists(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "past", kind="fleet", at="now", known="2001-01-01T00:00:00Z"))
    assert "What is known of it now came in later." in said
    assert "known otherwise now: devices known, " in said


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"at": "lunch"}, "At: is no moment: write an RFC 3339 time"),
        ({"kind": "device"}, "Which device? Write its name below."),
        ({"kind": "device", "subject": "nobody"}, "Device: no device of these tenants has that name."),
        ({"kind": "alert", "subject": "nobody"}, "Alert: no alert of these tenants has that id."),
    ],
)
def test_what_is_wrong_is_said(page: Open, filled_url: str, parameters: dict[str, str], answer: str) -> None:
    assert answer in told(page(filled_url, "past", **parameters))


def test_another_tenants_past_is_not_shown(page: Open, filled_url: str) -> None:
    said = told(page(filled_url, "past", chosen=("globex",), kind="device", subject="cam-0042"))
    assert "no device of these tenants has that name" in said


def test_an_empty_store_says_so(page: Open, empty_url: str) -> None:
    assert "Nothing is stored yet" in told(page(empty_url, "past"))


def test_alerts_and_credentials_lead_to_their_past(page: Open, filled_url: str) -> None:
    assert "./time-travel?kind=credential&amp;subject=cam-0042&amp;at=decision-takeover" in told(
        page(filled_url, "credentials")
    )
    assert "./time-travel?kind=alert" in told(page(filled_url, "alert", alert=seed.TAKEN_OVER))

"""Cutting off by hand: from a device's page with a reason, and from a row that is many devices only those chosen."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from dashboards.components import cutting_off
from dashboards.components.cutting_off import choice, may_be_held, outcome
from dashboards.control import Answer, Control
from dashboards.queries import alerts
from dashboards.queries.credentials import of_devices
from dashboards.store import Store
from tests.dashboards.conftest import Open
from tests.dashboards.test_pages import told
from tests.dashboards.test_sentences import ALERT, HELD

Sent = list[tuple[str, ...]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What holds are asked for; one of cam-0003 is refused."""
    asked: Sent = []

    def hold(_: Control, *arguments: str) -> Answer:
        asked.append(arguments)
        return Answer(arguments[1] != "cam-0003", "Recorded.")

    monkeypatch.setattr(Control, "hold", hold)
    return asked


@pytest.mark.clickhouse
def test_a_device_is_held_from_its_page_once_somebody_said_why(
    page: Open, filled_url: str, sent: Sent
) -> None:
    test = page(filled_url, "device", tenant="globex", device="pump-0007")
    assert test.button(key="hold").disabled
    assert (
        "pump-0007 is thrown out and can't connect again until somebody reinstates it. Say why first"
        in told(test)
    )
    test.text_input(key="hold_reason").set_value(" scans the site ")
    test.text_input(key="actor").set_value("noor").run()
    test.button(key="hold").click().run()
    assert sent == [("globex", "pump-0007", "", "scans the site", "noor")]
    assert test.success[0].value.endswith(" · Recorded.")


@pytest.mark.clickhouse
def test_who_is_held_may_be_let_back_in_and_who_was_revoked_not(page: Open, filled_url: str) -> None:
    held = page(filled_url, "device", tenant="acme", device="cam-0042")
    revoked = page(filled_url, "device", tenant="acme", device="cam-0043")
    doors = {"hold", "reinstate"}
    assert [{one.key for one in test.button} & doors for test in (held, revoked)] == [{"reinstate"}, set()]


@pytest.mark.clickhouse
def test_of_a_row_that_is_many_devices_those_chosen_are_held(
    page: Open, lost_url: str, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = alerts.queue(Store(lost_url), ("acme",))
    test = page(lost_url, "alert", alert=one.alert)
    assert "4 devices of 40 stand for all and can be chosen here; any other is held on its own page." in told(
        test
    )
    devices = test.multiselect(key="hold_devices").options
    assert len(devices) == 4
    test.multiselect(key="hold_devices").set_value(devices[1:3]).run()
    assert test.button(key="hold_some").disabled, "nobody said why"
    test.text_input(key="comment").set_value("stolen").run()
    assert test.button(key="hold_some").label == "Hold 2 devices now"
    test.button(key="hold_some").click().run()
    assert [(device, alert, why) for _, device, alert, why, _ in sent] == [
        (device, one.alert, "stolen") for device in devices[1:3]
    ]
    # No more than response may hold by itself, however many are named.
    monkeypatch.setattr(cutting_off, "settings", lambda: SimpleNamespace(max_decisions=3))
    assert test.run().multiselect(key="hold_devices").proto.max_selections == 3


@pytest.mark.clickhouse
def test_how_several_credentials_stand_is_one_question(filled_url: str) -> None:
    found = of_devices(Store(filled_url), ("acme",), ("cam-0042", "cam-0043", "nobody"))
    assert {device: one.state for device, one in found.items()} == {"cam-0042": "held", "cam-0043": "revoked"}


def test_who_can_not_be_held_is_said_with_where_others_can() -> None:
    many = replace(ALERT, members=12)
    assert choice(ALERT, 2, 2, 20).endswith("at most 20 at once. Say why in the comment first.")
    assert choice(many, 1, 0, 20).startswith("None of the 1 device named can be held")
    assert choice(many, 1, 1, 20).endswith(
        "1 device of 12 stands for all and can be chosen here; any other is held on its own page."
    )


def test_a_hold_changes_nothing_where_there_is_one() -> None:
    assert may_be_held(None)
    assert not may_be_held(HELD)


def test_what_came_of_several_is_one_answer() -> None:
    well, bad = Answer(True, "Recorded."), Answer(False, "Nothing was changed: no.")
    assert outcome({"a": well, "b": well}).text.startswith("On the log: hold 2 devices.")
    mixed = outcome({"a": well, **dict.fromkeys("bcde", bad)})
    assert not mixed.ok
    assert mixed.text.startswith("On the log for 1 of 5 devices. b: Nothing was changed: no.")
    assert mixed.text.endswith("And 1 more.")

"""What a person does about what waits for them: nothing is chosen for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.control import Answer, Control
from tests.dashboards.test_timeline import DECISION

PROPOSALS = [replace(DECISION, decision=name, state="proposed") for name in ("first", "second")]
PAGE = "from dashboards.components import actions\nfrom tests.dashboards import test_actions\nactions.settle(test_actions.PROPOSALS)"


def test_no_proposal_is_settled_that_nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, ...]] = []

    def settle(_: Control, *arguments: str) -> Answer:
        sent.append(arguments)
        return Answer(True, "Done.")

    monkeypatch.setattr(Control, "settle", settle)
    test = AppTest.from_string(PAGE, default_timeout=60).run()
    assert [test.button(key=answer).disabled for answer in ("approve", "reject")] == [True, True]
    test.selectbox(key="proposal").set_value("second").run()
    test.button(key="approve").click().run()
    assert [arguments[:4] for arguments in sent] == [("acme", "cam-1", "second", "approve")]
    # Once it is settled and gone, a click too many meets nothing.
    monkeypatch.setattr("tests.dashboards.test_actions.PROPOSALS", PROPOSALS[:1])
    assert test.run().button(key="approve").disabled

"""The page What if: the form means what it says, the answer is shown, and asking goes through the control API."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import view
from dashboards.components.what_if_form import PRESETS, empty, variant_of
from dashboards.control import Answer, Control
from dashboards.store import Store
from detectors.variant.parsing import parse

SIDE = {
    "alert": "alert-1",
    "tenant": "acme",
    "device": "cam-0042",
    "kind": "rule.account_takeover",
    "title": "cam-0042 was taken over from <b>",
    "severity": "critical",
    "explanation": "cam-0042 refused 6 logins",
    "raised": "2026-05-01T12:00:00Z",
}
RESULT: dict[str, Any] = {
    "sentence": "1 of 4 alerts would not have been raised; cam-0042 would have kept its credential.",
    "changes": ["rules account_takeover off"],
    "since": "2026-05-01T00:00:00Z",
    "until": None,
    "alerts": {"was": 4, "would_be": 3},
    "devices": {"was": 3, "would_be": 2},
    "stages": {"was": 1, "would_be": 1},
    "alert_differences": [{"change": "lost", "was": SIDE, "verdict": "true_positive", "score": "worse"}],
    "device_differences": [
        {
            "tenant": "acme",
            "device": "cam-0042",
            "was": {"action": "hold", "state": "decided", "time": "2026-05-01T12:00:00Z", "reason": "taken"},
        }
    ],
    "gate_differences": [],
    "check": {"facts": 18, "equal": 18},
    "notes": [],
    "events": 197_394,
    "records": 1_204,
    "seconds": 4.4,
    "history_s": 169_893.0,
    "speedup": 38_612.0,
}


def told(status: str, result: dict[str, Any] | None = None, **progress: Any) -> dict[str, Any]:
    """A what-if as the control API tells it."""
    return {
        "id": "what-if-0123456789abcdef",
        "name": "",
        "changes": ["rules account_takeover off"],
        "variant": {"since": "2026-05-01T00:00:00Z"},
        "progress": {"status": status, "asked": "2026-05-01T12:00:00Z", **progress},
        "result": result,
    }


def test_an_untouched_form_changes_nothing() -> None:
    assert variant_of(empty()) == {}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_variant_that_says_something(name: str) -> None:
    assert set(PRESETS[name]) <= set(empty())
    variant = parse(variant_of(empty() | PRESETS[name]))
    assert bool(variant.told()) == (name != "Nothing changed")


def test_only_what_is_filled_in_is_changed() -> None:
    filled = {
        "rules": ["rule.credential_cloned"],
        "guesses": 3,
        "window_min": 5.0,
        "max_decisions": 2,
        "gate.margin": 0.1,
        "flows.on": False,
        "cohorts.on": False,
        "clocks.on": False,
    }
    assert variant_of(empty() | filled) == {
        "rules": {"account_takeover": {"on": False, "guesses": 3}, "attestation_failed": {"on": False}},
        "triage": {"window_s": 300.0},
        "response": {"max_decisions": 2},
        "flows": {"on": False},
        "cohorts": {"on": False},
        "clocks": {"on": False},
        "gate": {"margin": 0.1},
    }


def opened(monkeypatch: pytest.MonkeyPatch, url: str, found: dict[str, Any] | Answer | None) -> AppTest:
    """The page over a control API that knows one what-if, none, or does not answer."""
    newest = found if isinstance(found, Answer) else [found] if found else []
    monkeypatch.setattr(Control, "what_ifs", lambda _: newest)
    monkeypatch.setattr(Control, "what_if", lambda _, __: found)
    monkeypatch.setattr(view, "store", lambda: Store(url))
    test = AppTest.from_string("from dashboards.page import what_if\nwhat_if.draw()", default_timeout=60)
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> str:
    """Everything a page says."""
    return " ".join(element.value for element in test.markdown)


@pytest.mark.clickhouse
class TestPage:
    """What a person sees."""

    def test_the_answer_comes_first_and_every_difference_is_told(
        self, monkeypatch: pytest.MonkeyPatch, filled_url: str
    ) -> None:
        test = opened(monkeypatch, filled_url, told("done", RESULT))
        assert RESULT["sentence"] in test.markdown[0].value
        text = said(test)
        assert "What if rules account_takeover off" in text
        assert "was taken over from &lt;b&gt;" in text
        assert "true positive" in text
        assert "worse" in text
        assert "all 18 facts on the log" in text

    def test_one_that_runs_says_how_far_it_is_and_can_be_cancelled(
        self, monkeypatch: pytest.MonkeyPatch, filled_url: str
    ) -> None:
        cancelled: list[str] = []

        def cancel(_: Control, name: str) -> Answer:
            cancelled.append(name)
            return Answer(True, "It ends.")

        monkeypatch.setattr(Control, "cancel_what_if", cancel)
        running = told("running", records=25, total_records=100, events=1000, reached="2026-05-01T11:00:00Z")
        test = opened(monkeypatch, filled_url, running)
        assert "1,000 events so far" in said(test)
        test.button(key="cancel").click().run()
        assert cancelled == ["what-if-0123456789abcdef"]

    def test_asking_sends_the_form(self, monkeypatch: pytest.MonkeyPatch, filled_url: str) -> None:
        sent: list[dict[str, Any]] = []

        def ask(_: Control, variant: dict[str, Any]) -> tuple[Answer, str]:
            sent.append(variant)
            return Answer(True, "It runs."), ""

        monkeypatch.setattr(Control, "ask_what_if", ask)
        test = opened(monkeypatch, filled_url, None)
        assert "nothing is ever enforced" in said(test)
        test.selectbox(key="preset").set_value("No account take-over rule").run()
        test.button(key="ask").click().run()
        assert sent == [{"rules": {"account_takeover": {"on": False}}}]
        assert test.success[0].value.endswith(" · It runs.")

    def test_no_control_api_is_told(self, monkeypatch: pytest.MonkeyPatch, filled_url: str) -> None:
        answer = Answer(False, "The control API at x does not answer")
        assert "The control API at x does not answer" in said(opened(monkeypatch, filled_url, answer))

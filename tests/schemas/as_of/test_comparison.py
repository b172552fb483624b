"""Two answers side by side: everything in either is a line, what is not the same differs, and both stay what they were."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.as_of.comparison import Comparison
from schemas.as_of.moment import Moment
from schemas.as_of.question import Question, question_of
from schemas.errors import Rejected
from tests.schemas.as_of.store import Past
from tests.schemas.as_of.story import ALERT, DECIDED, late_news

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
answers = st.dictionaries(
    st.text(min_size=1, max_size=3), leaves | st.dictionaries(st.text(max_size=2), leaves)
)


def compared(then: dict[str, Any], now: dict[str, Any]) -> Comparison:
    return Comparison(Question("fleet", ("acme",)), Moment(NOW, NOW), NOW, then, now)


@given(answers, answers)
def test_equal_answers_have_no_differences_and_others_have(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert compared(one, dict(one)).differences == []
    for line in compared(one, other).lines:
        assert line.differs == (line.then != line.now)


def test_what_comes_and_goes_is_one_line_and_the_rest_is_told_apart() -> None:
    then = {"exists": True, "risk": 1, "alerts": {}, "credential": {"state": "active"}}
    now = {
        "exists": True,
        "risk": 1,
        "alerts": {"a": {"risk": 1, "kind": "k"}},
        "credential": {"state": "held"},
    }
    found = {line.path: (line.then, line.now) for line in compared(then, now).differences}
    assert found == {
        ("alerts", "a"): (None, {"risk": 1, "kind": "k"}),
        ("credential", "state"): ("active", "held"),
    }


@pytest.mark.clickhouse
def test_a_subject_is_found_by_name_decision_or_alert_and_only_where_it_may_be(past: Past) -> None:
    one, other = past.tell(late_news()), past.tell(late_news())
    assert question_of(past.ask, "device", [one], "cam") == Question("device", (one,), "cam")
    assert question_of(past.ask, "credential", [one], "", when_decided=DECIDED).name == "cam"
    assert question_of(past.ask, "alert", [one], ALERT) == Question("alert", (one,), ALERT, "cam")
    assert question_of(past.ask, "alert", [one], "event-opened").name == ALERT
    with pytest.raises(Rejected, match="name one"):
        question_of(past.ask, "device", [one, other], "cam")
    with pytest.raises(Rejected, match="no device of these tenants"):
        question_of(past.ask, "device", ["nobody"], "cam")

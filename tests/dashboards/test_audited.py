"""The auditor's sum as a sentence."""

from __future__ import annotations

from dashboards.components.audited import summary
from dashboards.queries.audit import Audit


def test_before_the_first_round_it_says_what_is_missing() -> None:
    assert "python -m streams.replay audit" in summary(None)


def test_all_equal_is_said_with_what_nobody_can_tell() -> None:
    assert (
        summary(Audit(12, 12, 0, 0, None, None))
        == "12 of 12 decided things derived again from the log are equal."
    )
    assert summary(Audit(12, 10, 0, 2, None, None)).endswith("equal; of 2 nobody can tell.")


def test_what_differs_comes_first() -> None:
    assert (
        summary(Audit(12, 11, 1, 0, None, None))
        == "1 of 12 decided things are not what the log gives, 11 are."
    )

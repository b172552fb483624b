"""Why something was found odd: each metric once, an old finding by its own numbers, and sentences that name what they know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboards.components.reasons import (
    MOST_METRICS,
    Odd,
    by_metric,
    few_days,
    how_far,
)
from dashboards.components.sentences.reasons import nearest_normal, peers, unlikely
from dashboards.queries import explanations
from dashboards.queries.detections import Detection
from dashboards.queries.explanations import Reasons
from dashboards.store import Store
from detectors.silence.parameters import GAP
from schemas.detection import Cohort, Contribution, Nearest
from tests.dashboards import seed

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Open = Callable[..., AppTest]


def finding(name: str, metric: str = "tx_kbps", score: float | None = 9.0, minutes: int = 0) -> Detection:
    """A finding without an explanation of its own."""
    numbers = 1.0 if score is not None else None
    return Detection(
        detection=name, tenant="acme", device="cam-1", time=NOW, detector="baseline", version=2, kind="k", severity="high",
        title="t", explanation="e", since=NOW + timedelta(minutes=minutes), metric=metric, actual=numbers, expected=numbers,
        low=numbers, high=numbers, score=score, p_value=None, evidence="[]",
    )  # fmt: skip


def numbers(metric: str, score: float) -> Contribution:
    return Contribution(metric=metric, actual=score, expected=0, low=-3, high=3, score=score)


def test_each_metric_is_told_once_at_its_worst_and_since_its_own_finding() -> None:
    told = {
        "a": Reasons(contributions=(numbers("tx_kbps", 9), numbers("cpu_pct", 1))),
        "b": Reasons(contributions=(numbers("cpu_pct", -30), numbers("tx_kbps", 7))),
    }
    rows = by_metric([finding("a"), finding("b", "cpu_pct", minutes=2)], told)
    assert [(one.numbers.metric, one.numbers.score) for one in rows] == [("cpu_pct", -30), ("tx_kbps", 9)]
    assert [one.since for one in rows] == [NOW + timedelta(minutes=2), NOW]


def test_a_finding_from_before_there_were_explanations_is_told_by_its_own_numbers() -> None:
    assert [one.numbers.metric for one in by_metric([finding("a")], {})] == ["tx_kbps"]
    assert by_metric([finding("rule", metric="", score=None)], {}) == []


@given(st.lists(st.tuples(st.sampled_from("abcdefghij"), st.floats(-1e6, 1e6)), max_size=30))
def test_the_furthest_come_first_and_they_are_few(told: list[tuple[str, float]]) -> None:
    reasons = Reasons(contributions=tuple(numbers(metric, score) for metric, score in told))
    scores = [abs(one.numbers.score) for one in by_metric([finding("a", metric="")], {"a": reasons})]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= MOST_METRICS


def test_what_is_said_of_peers() -> None:
    around = Cohort(
        peers=39,
        changed=0,
        model="camera",
        site="berlin",
        metric="tx_kbps",
        now=902,
        before=899,
        low=812,
        high=971,
    )
    assert peers(around) == (
        "39 peers compared (camera, berlin), all unchanged; their tx: median 902 kbit/s (812 to 971 kbit/s), 899 kbit/s expected."
    )
    assert peers(Cohort(peers=5, changed=3)) == "3 of 5 peers compared changed as well."
    assert peers(Cohort(peers=1, changed=0)) == "1 peer compared, unchanged."
    alone = msgspec.structs.replace(around, peers=1, low=902, high=902)
    assert (
        peers(alone)
        == "1 peer compared (camera, berlin), unchanged; its tx: 902 kbit/s, 899 kbit/s expected."
    )
    assert peers(Cohort(peers=0, changed=0)) == "None to compare with reported at that time."


def test_what_is_said_of_the_nearest_normal_value() -> None:
    own = Nearest(metric="tx_kbps", value=990, distance=690)
    assert nearest_normal(own) == "tx 990 kbit/s, the end of its own range so far; 690 deviations away."
    assert "usual for its peer cam-2" in nearest_normal(own, "cam-2")
    same = Nearest(metric="tx_kbps", value=990, distance=0)
    assert "has been normal for it" in nearest_normal(same)


@pytest.mark.parametrize(
    ("p_value", "said"),
    [(None, ""), (1.0, ""), (0.0, ""), (0.25, "1 in 4"), (1 / 1220, "1 in 1,220"), (0.75, "75 %")],
)
def test_how_unlikely(p_value: float | None, said: str) -> None:
    assert unlikely(p_value) == said


def test_how_far_off() -> None:
    assert how_far(Odd(numbers("cpu_pct", 2.5), None)) == "as usual"
    assert how_far(Odd(numbers("cpu_pct", -7.66), None)) == "7.66 deviations below"


def test_what_a_finding_is_about_comes_first_and_is_never_called_usual() -> None:
    told = {"stuck": Reasons(contributions=(numbers("cpu_pct", 2.5), numbers("temperature_c", 0)))}
    rows = by_metric([finding("stuck", "temperature_c")], told)
    assert [how_far(one) for one in rows] == ["in its range, odd by how it moves", "as usual"]


def test_odd_metrics_come_before_usual_ones_that_are_further_from_what_was_expected() -> None:
    skewed = Contribution(metric="packets", actual=0, expected=1, low=0, high=12, score=-4.0)
    told = {"flow": Reasons(contributions=(skewed, numbers("bytes", -3.1)))}
    rows = by_metric([finding("flow", "bytes")], told)
    assert [one.numbers.metric for one in rows] == ["bytes", "packets"]


def test_a_findings_chance_is_told_of_the_metric_it_is_about() -> None:
    told = {"flow": Reasons(contributions=(numbers("bytes", 9), numbers("packets", 8)))}
    rows = by_metric([replace(finding("flow", "bytes"), p_value=0.001)], told)
    assert [unlikely(row.numbers.p_value) for row in rows] == ["1 in 1,000", ""]


@pytest.mark.parametrize(("p_value", "explained"), [(0.2, True), (0.001, False), (1.0, False), (None, False)])
def test_a_chance_that_is_high_because_little_is_known_is_explained(
    p_value: float | None, explained: bool
) -> None:
    far = msgspec.structs.replace(numbers("cpu_pct", 9), p_value=p_value)
    assert bool(few_days([Odd(far, NOW)])) == explained
    assert not few_days([Odd(msgspec.structs.replace(numbers("cpu_pct", 1), p_value=0.2), None)])


@pytest.mark.clickhouse
class TestStored:
    """What comes out of the store and onto the page."""

    def test_reasons_are_read_as_they_were_written(self, filled: Store) -> None:
        found = explanations.of_findings(
            filled, ["acme"], ["detection-exfiltration", "detection-takeover", "detection-none"]
        )
        assert found.keys() == {"detection-exfiltration", "detection-takeover"}
        assert [one.metric for one in found["detection-exfiltration"].contributions] == [
            "tx_kbps",
            "cpu_pct",
            "temperature_c",
        ]
        assert found["detection-takeover"].expectations[0].seen == "6"
        assert explanations.of_findings(filled, ["globex"], ["detection-exfiltration"]) == {}
        assert explanations.of_findings(filled, ["acme"], []) == {}

    def test_a_finding_without_any_has_empty_ones(self, filled: Store) -> None:
        assert explanations.of_findings(filled, ["globex"], ["detection-drift"]) == {
            "detection-drift": Reasons()
        }

    def test_an_alert_says_which_metrics_what_peers_do_and_what_is_nearest(
        self, page: Open, filled_url: str
    ) -> None:
        said = " ".join(e.value for e in page(filled_url, "alert", alert=seed.TAKEN_OVER).markdown)
        assert "690 deviations above" in said
        assert "as usual" in said
        assert "9 peers compared (camera, berlin), all unchanged" in said
        assert "usual for its peer <a href=" in said
        assert "refused logins in the 10 min before one is let in" in said
        drifting = " ".join(e.value for e in page(filled_url, "alert", alert=seed.DRIFTING).markdown)
        assert "9 deviations above" in drifting


def test_peers_of_a_silent_device_are_silent_or_not() -> None:
    around = Cohort(
        peers=7, changed=2, site="berlin", metric=GAP, now=90.0, before=300.0, low=40.0, high=1200.0
    )
    assert peers(around) == (
        "2 of 7 peers compared (berlin) are silent as well; their report gap: median 90 s (40 s to 20 min), 5 min expected."
    )
    assert peers(msgspec.structs.replace(around, changed=1)).startswith(
        "1 of 7 peers compared (berlin) is silent as well"
    )
    assert peers(msgspec.structs.replace(around, changed=0)).startswith(
        "7 peers compared (berlin), none silent; their"
    )
    assert unlikely(1e-12) == "under 1 in 1,000,000,000"

"""Charts: gaps stay gaps, labels do not cover each other, and a refresh changes data, not the specification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.components.charts.latency import latencies
from dashboards.components.charts.mark import LABEL_APART, ROWS, Mark, grouped, rooms
from dashboards.components.charts.sequential_test import sequential_test
from dashboards.components.charts.series import Sample, metric_over_time, segments

START = datetime(2026, 11, 21, tzinfo=UTC)


def every(step_s: float, number: int, start: datetime = START) -> list[datetime]:
    """Times at a fixed pace."""
    return [start + timedelta(seconds=step_s * index) for index in range(number)]


@given(st.floats(0.5, 3600), st.integers(0, 200))
def test_a_steady_pace_has_no_gap(step_s: float, number: int) -> None:
    assert set(segments(every(step_s, number))) <= {0}


@given(st.integers(20, 100), st.integers(20, 100), st.floats(12, 10_000))
def test_a_pause_much_longer_than_the_pace_is_a_gap(before: int, after: int, pause_s: float) -> None:
    first = every(2, before)
    second = every(2, after, first[-1] + timedelta(seconds=pause_s))
    assert segments([*first, *second]) == [0] * before + [1] * after


def test_a_device_that_changes_its_pace_has_no_gap() -> None:
    slow = every(300, 40)
    fast = every(2, 40, slow[-1] + timedelta(seconds=300))
    assert max(segments([*slow, *fast])) <= 1
    assert set(segments(slow)) == {0}


@given(st.lists(st.integers(0, 900), max_size=12))
def test_labels_keep_their_distance_and_none_is_lost(seconds: list[int]) -> None:
    span = timedelta(seconds=900)
    marks = [Mark(START + timedelta(seconds=s), f"m{s}") for s in seconds]
    groups = grouped(marks, span)
    apart = LABEL_APART * span
    assert all(b.time - a.time >= apart for a, b in pairwise(groups))
    told = {label for group in groups for label in group.label.split(", ")}
    assert told == {mark.label for mark in marks}


@given(st.lists(st.integers(0, 899), max_size=12))
def test_no_label_reaches_into_the_next_one_of_its_row(seconds: list[int]) -> None:
    window = (START, START + timedelta(seconds=900))
    groups = grouped([Mark(START + timedelta(seconds=s), "m") for s in seconds], timedelta(seconds=900))
    early = [m.time for m in groups if m.time < START + timedelta(seconds=450)]
    late = [m.time for m in groups if m.time >= START + timedelta(seconds=450)]
    right, left = rooms(early, late, window)
    spans = [
        (i % ROWS, t, t + share * (window[1] - START))
        for i, (t, share) in enumerate(zip(early, right, strict=True))
    ]
    spans += [
        (i % ROWS, t - share * (window[1] - START), t)
        for i, (t, share) in enumerate(zip(late, left, strict=True))
    ]
    hair = timedelta(milliseconds=1)
    for row in range(ROWS):
        ends = sorted((begin, end) for number, begin, end in spans if number == row)
        assert all(a[1] <= b[0] + hair for a, b in pairwise(ends))
        assert all(window[0] - hair <= begin < end <= window[1] + hair for begin, end in ends)


def without_data(chart: Any) -> Any:
    """A chart's specification with its data taken away."""
    told = chart.to_dict()
    told.pop("datasets", None)
    return strip(told)


def strip(node: Any) -> Any:
    """Remove data and generated names, deeply."""
    if isinstance(node, dict):
        return {key: strip(value) for key, value in node.items() if key not in ("data", "name")}
    return [strip(item) for item in node] if isinstance(node, list) else node


def drawn(offset_s: int) -> Any:
    window = (START + timedelta(seconds=offset_s), START + timedelta(seconds=offset_s + 900))
    samples = [Sample(time, float(index)) for index, time in enumerate(every(4, 200, window[0]))]
    return metric_over_time(
        samples,
        metric="tx_kbps",
        window=window,
        band=(1.0, 50.0 + offset_s),
        anomalies=[samples[100]],
        marks=[Mark(window[0] + timedelta(seconds=60), "login")],
    )


def test_a_refresh_changes_only_data() -> None:
    assert without_data(drawn(0)) == without_data(drawn(3))


def test_a_series_without_any_value_can_be_drawn() -> None:
    chart = metric_over_time([], metric="cpu_pct", window=(START, START + timedelta(minutes=1)))
    assert chart.to_dict()["layer"]


def test_the_sequential_test_shows_estimate_interval_boundary_and_margin() -> None:
    times = every(1, 3)
    chart = sequential_test(times, [0.1, 0.2, 0.3], [-0.1, 0.0, 0.1], [0.4, 0.4, 0.4], margin=0.15)
    rows = [row for rows in chart.to_dict()["datasets"].values() for row in rows]
    assert {row["value"] for row in rows if "value" in row} == {0.0, 15.0}
    assert [row["estimate"] for row in rows if "estimate" in row] == [10.0, 20.0, 30.0]


def test_latencies_of_nothing_measurable_stay_on_the_logarithmic_axis() -> None:
    told = latencies(every(1, 2), [0.0, 0.4], ["a", "b"]).to_dict()
    seconds = [row["seconds"] for rows in told["datasets"].values() for row in rows]
    assert min(seconds) > 0


def test_the_moment_it_became_odd_is_a_rule_with_its_name_where_there_is_room() -> None:
    window = (START, START + timedelta(seconds=100))
    samples = [Sample(time, 1.0) for time in every(2, 50)]
    odd = [Sample(START + timedelta(seconds=60), 9.0)]
    for since, align in ((50, "left"), (95, "right")):
        chart = metric_over_time(
            samples,
            metric="tx_kbps",
            window=window,
            anomalies=odd,
            since=START + timedelta(seconds=since),
        ).to_dict()
        rules = [layer["mark"] for layer in chart["layer"] if layer["mark"]["type"] == "rule"]
        assert [rule.get("strokeDash") for rule in rules] == [None]
        texts = [layer["mark"] for layer in chart["layer"] if layer["mark"]["type"] == "text"]
        assert [(text["align"], text["baseline"]) for text in texts] == [(align, "bottom")]
    plain = metric_over_time(samples, metric="tx_kbps", window=window).to_dict()
    assert not [layer for layer in plain["layer"] if layer["mark"]["type"] == "rule"]

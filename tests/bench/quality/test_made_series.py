"""The made-up series: a pure function of the seed, labelled as the bench expects, in a folder it can read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.quality import made_series
from tests.bench.quality.made_series import KINDS, Random, Series, windows_of
from tests.bench.quality.nab_files import read
from tests.bench.quality.nab_score import probation

CHEAP = [kind for kind in KINDS if kind is not made_series.temperature]


def random(seed: int = 5) -> Random:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", CHEAP)
def test_a_series_depends_on_the_seed_only(kind: made_series.Kind) -> None:
    first, again, other = kind(random()), kind(random()), kind(random(6))
    assert first.values.tolist() == again.values.tolist()
    assert first.values.tolist() != other.values.tolist()
    assert np.isfinite(first.values).all()


@pytest.mark.parametrize("kind", CHEAP)
def test_windows_are_apart_behind_the_probation_and_a_tenth_of_the_file(kind: made_series.Kind) -> None:
    for seed in range(3):
        series: Series = kind(random(seed))
        windows = windows_of(series)
        edges = [row for window in windows for row in window]
        assert edges == sorted(set(edges))
        assert all(first > probation(len(series.values)) for first, _ in windows)
        labelled = sum(last - first + 1 for first, last in windows)
        assert labelled == pytest.approx(0.1 * len(series.values) * bool(windows), rel=0.05)


def test_the_folder_is_one_the_bench_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_series, "KINDS", {made_series.prices: 2, made_series.steady: 1})
    made_series.main(tmp_path, seed=3)
    recordings, left_out = read([tmp_path])
    assert ([one.name for one in recordings], left_out) == (
        ["prices/0.csv", "prices/1.csv", "steady/0.csv"],
        [],
    )
    series = made_series.prices(np.random.default_rng([3, 0, 0]))
    assert recordings[0].values.tolist() == series.values.tolist()
    assert list(recordings[0].windows) == windows_of(series)
    assert json.loads((tmp_path / "windows.json").read_text())["steady/0.csv"] == []

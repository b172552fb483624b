"""SKAB's scores where the answer is known, and `--kind skab` as its user runs it."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tests.bench.quality.__main__ import main
from tests.bench.quality.skab_score import PROFILES, Changes, match, rates, score, worth

STANDARD, LOW_FP, LOW_FN = PROFILES
SECONDS = np.arange(400.0)
POINTS = (100, 200)


def flags(*rows: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.isin(np.arange(400), rows)


def scored(*announced: int) -> float:
    return score([match(flags(*announced), flags(*POINTS), SECONDS)], STANDARD)


def test_silence_is_0_and_each_change_at_once_is_100() -> None:
    for profile in PROFILES:
        assert score([match(flags(), flags(*POINTS), SECONDS)], profile) == 0.0
        assert score([match(flags(*POINTS), flags(*POINTS), SECONDS)], profile) == pytest.approx(100.0)


def test_an_announcement_is_worth_less_the_later_it_comes() -> None:
    values = [scored(100 + delay, 200) for delay in range(31)]
    assert all(later < sooner for sooner, later in pairwise(values))
    assert worth(0.0, STANDARD) == pytest.approx(1.0)
    assert worth(1.0, STANDARD) == pytest.approx(-0.11)
    assert worth(0.5, STANDARD) == pytest.approx(0.445)


def test_only_the_first_of_a_window_counts_and_one_outside_costs() -> None:
    assert scored(105, 110, 125, 200) == scored(105, 200)
    assert scored(100, 200, 300) == pytest.approx(100.0 - 100 * 0.11 / 4)
    assert scored(131, 200) == pytest.approx(50.0 - 100 * 0.11 / 4)


def test_a_window_ends_where_the_next_change_is() -> None:
    assert match(flags(115), flags(100, 110), SECONDS) == Changes([5 / 30], 1, 0)


def test_a_missed_change_costs_more_where_misses_matter() -> None:
    one = [match(flags(100), flags(*POINTS), SECONDS)]
    assert score(one, LOW_FN) == pytest.approx(50.0)
    noisy = [match(flags(100, 200, 300), flags(*POINTS), SECONDS)]
    assert score(noisy, LOW_FP) < score(noisy, STANDARD) < 100.0


def test_rates_are_counted_by_rows() -> None:
    one = rates(flags(1, 2, 3), flags(2, 3, 4, 5))
    assert one == (2, 1, 2, 395)
    assert one.f1 == pytest.approx(4 / 7)
    assert one.false_alarm_rate == pytest.approx(1 / 396)
    assert one.missed_alarm_rate == 0.5


ROWS = 900


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs of a machine of three sensors; in the first, one of them falls for 100 rows."""
    root = tmp_path / "runs"
    root.mkdir()
    for number in range(2):
        values = np.random.default_rng(number).normal(10.0, 1.0, (ROWS, 3))
        lines = ["datetime;a;b;c;anomaly;changepoint"]
        for row, (a, b, c) in enumerate(values):
            bad = number == 0 and 600 <= row < 700
            stamp = f"2026-01-01 10:{row // 60:02}:{row % 60:02}"
            change = float(number == 0 and row in (600, 700))
            lines.append(f"{stamp};{a};{b - 8 * bad};{c};{float(bad)};{change}")
        (root / f"{number}.csv").write_text("\n".join(lines) + "\n")
    return root


app = typer.Typer()
app.command()(main)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def column(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["score"] for row in csv.DictReader(file)]


def test_the_figures_of_a_fault_are_good_and_of_one_line(folder: Path) -> None:
    code, out, _ = run(str(folder), "--kind", "skab", "--json")
    figures = json.loads(out)
    assert (code, out.count("\n"), figures["files"], figures["rows_scored"]) == (0, 1, 2, 2 * 500)
    assert figures["f1"] > 0.85
    assert figures["far"] < 0.05
    assert figures["changepoint"]["standard"] > 60
    assert figures["us_per_event"] > 0
    code, out, _ = run(str(folder), "--kind", "skab")
    assert code == 0
    assert "false alarms" in out


@pytest.mark.parametrize("at", [1, 399, 401, 650])
def test_no_score_changes_when_the_file_is_cut_behind_it(folder: Path, tmp_path: Path, at: int) -> None:
    run(str(folder), "--kind", "skab", "--scores", str(tmp_path / "whole"))
    for file in folder.iterdir():
        file.write_text("\n".join(file.read_text().splitlines()[: at + 1]) + "\n")
    code, _, err = run(str(folder), "--kind", "skab", "--scores", str(tmp_path / "cut"))
    assert code == 0, err
    for name in ("0.csv", "1.csv", "changepoints/0.csv", "changepoints/1.csv"):
        assert column(tmp_path / "cut" / name) == column(tmp_path / "whole" / name)[:at]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no file with the columns"),
        ("datetime;a;b\n1;2;3\n", "no file with the columns"),
        ("datetime;anomaly;changepoint\nx;0;0\n", "no column of values"),
        ("datetime;a;anomaly;changepoint\n", "it has no rows"),
        ("datetime;a;anomaly;changepoint\n2026-01-01;much;0;0\n", "line 2: a value or label is no number"),
        ("datetime;a;anomaly;changepoint\n2026-01-01;1;0\n", "line 2: a value or label is no number"),
        ("datetime;a;anomaly;changepoint\nsoon;1;0;0\n", "Invalid isoformat"),
    ],
)
def test_a_malformed_run_is_named_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "odd.csv").write_text(text)
    code, out, err = run(str(tmp_path), "--kind", "skab")
    assert (code, out) == (2, "")
    assert message in err


def test_the_figures_on_recorded_data_are_what_they_were(shared_data: Path) -> None:
    if not (shared_data / "skab").is_dir():
        pytest.skip("no recordings of the Skoltech Anomaly Benchmark")
    _, out, _ = run(str(shared_data / "skab"), "--kind", "skab", "--json")
    figures = json.loads(out)
    assert figures["f1"] >= 0.87
    assert figures["far"] <= 0.03
    assert figures["changepoint"]["standard"] >= 45

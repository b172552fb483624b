"""`python -m tests.bench.quality` as its user runs it: figures, scores, strict causality, and what it says of bad input."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tests.bench.quality.__main__ import main

app = typer.Typer()
app.command()(main)
ROWS = 1200
FILES = ("real/spike.csv", "real/step.csv")
WINDOW = [["2026-01-03 18:00:00.000000", "2026-01-04 06:00:00.000000"]]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two series, each with one anomaly at row 840 (2026-01-03 22:00), and a file without one."""
    random, root = np.random.default_rng(11), tmp_path / "recordings"
    (root / "real").mkdir(parents=True)
    for place, name in enumerate((*FILES, "real/quiet.csv")):
        values = random.normal(20.0, 1.0, ROWS)
        values[840 : 841 if place == 0 else ROWS if place == 1 else 840] += 12.0
        stamps = np.datetime64("2026-01-01T00:00:00") + np.arange(ROWS) * np.timedelta64(5, "m")
        lines = [
            f"{str(stamp).replace('T', ' ')},{value!r}"
            for stamp, value in zip(stamps, values.tolist(), strict=True)
        ]
        (root / name).write_text("\n".join(["timestamp,value", *lines]) + "\n")
    (root / "windows.json").write_text(json.dumps({**dict.fromkeys(FILES, WINDOW), "real/quiet.csv": []}))
    return root


def scored(path: Path) -> list[tuple[int, str, str]]:
    with path.open(newline="") as file:
        return [(int(row["row"]), row["timestamp"], row["score"]) for row in csv.DictReader(file)]


def test_the_figures_are_one_line_of_json(folder: Path) -> None:
    code, out, _ = run(str(folder), "--kind", "nab", "--json")
    figures = json.loads(out)
    assert (code, out.count("\n")) == (0, 1)
    assert (figures["kind"], figures["files"], figures["rows"], figures["windows"]) == ("nab", 3, 3 * ROWS, 2)
    assert set(figures["scores"]) == {"standard", "low_fp", "low_fn"}
    assert min(figures["scores"].values()) > 80
    assert [figures["per_file"][name]["caught"] for name in FILES] == [1, 1]
    assert figures["us_per_event"] > 0
    assert figures["bytes_per_series"] <= 4096
    assert figures["version"] >= 1
    assert figures["setting"]["kept"] > 0


def test_a_person_gets_a_table(folder: Path) -> None:
    code, out, _ = run(str(folder), "--kind", "nab")
    assert code == 0
    assert "real/spike.csv" in out
    assert "standard" in out


def test_one_file_of_a_folder_can_be_measured(folder: Path) -> None:
    code, out, _ = run(str(folder / FILES[1]), "--kind", "nab", "--json")
    assert (code, list(json.loads(out)["per_file"])) == (0, [FILES[1]])


@pytest.mark.parametrize("at", [1, 2, 300, 840, 841, 1199])
def test_a_score_does_not_change_when_the_file_is_cut_behind_it(
    folder: Path, tmp_path: Path, at: int
) -> None:
    run(str(folder), "--kind", "nab", "--scores", str(tmp_path / "whole"))
    for name in FILES:
        lines = (folder / name).read_text().splitlines()[: at + 1]
        (folder / name).write_text("\n".join(lines) + "\n")
    last = lines[-1].split(",")[0]
    (folder / "windows.json").write_text(json.dumps({name: [[last, last]] for name in FILES}))
    code, _, err = run(str(folder), "--kind", "nab", "--scores", str(tmp_path / "cut"))
    assert code == 0, err
    for name in FILES:
        assert scored(tmp_path / "cut" / name) == scored(tmp_path / "whole" / name)[:at]
        assert len(scored(tmp_path / "whole" / name)) == ROWS


def test_scores_do_not_depend_on_names_or_windows(folder: Path, tmp_path: Path) -> None:
    run(str(folder), "--kind", "nab", "--scores", str(tmp_path / "first"))
    (folder / FILES[0]).rename(folder / "other.csv")
    (folder / "windows.json").write_text(
        json.dumps({"other.csv": [["2026-01-02 00:00:00", "2026-01-02 01:00:00"]]})
    )
    code, _, err = run(str(folder), "--kind", "nab", "--scores", str(tmp_path / "second"))
    assert code == 0, err
    assert scored(tmp_path / "second" / "other.csv") == scored(tmp_path / "first" / FILES[0])


def test_a_missing_value_is_no_error(folder: Path) -> None:
    text = (folder / FILES[0]).read_text().splitlines()
    text[50] = text[50].split(",")[0] + ","
    (folder / FILES[0]).write_text("\n".join(text) + "\n")
    code, out, _ = run(str(folder), "--kind", "nab", "--json")
    assert (code, json.loads(out)["per_file"][FILES[0]]["missing"]) == (0, 1)


def test_what_is_left_out_is_said(folder: Path) -> None:
    (folder / FILES[0]).unlink()
    (folder / "real" / "new.csv").write_text("timestamp,value\n2026-01-01 00:00:00,1\n")
    code, out, _ = run(str(folder), "--kind", "nab", "--json")
    assert (code, json.loads(out)["left_out"]) == (
        0,
        ["real/spike.csv: no such file", "real/new.csv: no windows are given"],
    )


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("real/step.csv", "time,value\n1,2\n", "line 1: its columns are not timestamp,value"),
        (
            "real/step.csv",
            "timestamp,value\n2026-01-01 00:00:00,1\nyesterday,2\n",
            "line 3: Invalid isoformat",
        ),
        ("real/step.csv", "timestamp,value\n2026-01-01 00:00:00,much\n", "line 2: could not convert"),
        ("real/step.csv", "timestamp,value\n2026-01-01 00:00:00\n", "line 2: not enough values"),
        ("real/step.csv", "timestamp,value\n", "it has no rows"),
        ("real/step.csv", "timestamp,value\n2020-01-01 00:00:00,1\n", "no row lies in the window"),
        ("windows.json", "{", "windows.json: "),
        ("windows.json", '{"real/step.csv": [["2026-01-03"]]}', "windows.json: "),
        ("windows.json", "{}", "no file that its windows file names is there"),
        ("windows.json", '{"real/step.csv": []}', "no labelled window"),
    ],
)
def test_a_malformed_file_is_named_with_the_reason(folder: Path, file: str, text: str, message: str) -> None:
    (folder / file).write_text(text)
    code, out, err = run(str(folder), "--kind", "nab")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_overlapping_windows_are_refused(folder: Path) -> None:
    windows = [WINDOW[0], ["2026-01-04 05:00:00", "2026-01-04 07:00:00"]]
    (folder / "windows.json").write_text(json.dumps({FILES[0]: windows}))
    code, _, err = run(str(folder), "--kind", "nab")
    assert code == 2
    assert "two windows share row" in err


def test_a_missing_path_an_unknown_kind_and_no_windows_file_are_said(folder: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ((str(tmp_path / "nowhere"), "--kind", "nab"), "nowhere: no such file or folder"),
        ((str(folder), "--kind", "other"), "there is no kind 'other', only "),
        ((str(folder / "real"), "--kind", "nab"), "no windows file here"),
        ((str(folder), str(folder), "--kind", "nab"), "two of the paths hold a recording of this name"),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert message in err


def test_the_figures_on_recorded_data_are_what_they_were(shared_data: Path) -> None:
    if not (shared_data / "nab").is_dir():
        pytest.skip("no recordings of the Numenta Anomaly Benchmark")
    _, out, _ = run(str(shared_data / "nab"), "--kind", "nab", "--json")
    scores = json.loads(out)["scores"]
    assert scores["standard"] >= 68
    assert scores["low_fp"] >= 60
    assert scores["low_fn"] >= 73

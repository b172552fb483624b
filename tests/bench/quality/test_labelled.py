"""`--kind labelled` as its user runs it: figures, the rules that find columns, strict causality, and what it says of bad input."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.bench.quality.__main__ import main
from tests.bench.quality.auc import area, caught
from tests.bench.quality.labelled_files import LOOKED_AT, events, moment, table
from tests.detectors.traffic.flows import COLUMNS, made

app = typer.Typer()
app.command()(main)
ROWS = 3000


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def lines_of(label: str = "label") -> list[str]:
    flows = made(3, ROWS, 0.1)
    lines = [",".join(["device", "timestamp", *COLUMNS, "attack_cat", label])]
    for row in range(ROWS):
        fields = [flows.devices[row], str(flows.times_us[row] / 1e6), *map(repr, flows.numbers[row].tolist())]
        fields += [text[row] for text in flows.texts]
        lines.append(",".join([*fields, "x" if flows.attack[row] else "", str(int(flows.attack[row]))]))
    return lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "events"
    root.mkdir()
    (root / "flows.csv").write_text("\n".join(lines_of()) + "\n")
    return root


def column(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["score"] for row in csv.DictReader(file)]


def test_the_figures_are_one_line_of_json_and_good(folder: Path) -> None:
    code, out, err = run(str(folder), "--kind", "labelled", "--json")
    assert code == 0, err
    figures = json.loads(out)
    one = figures["per_file"]["flows.csv"]
    assert out.count("\n") == 1
    assert figures["auc"] == one["auc"] >= 0.995
    assert one["tpr_at_0.1%_fpr"] >= 0.95
    assert "attack_cat" not in one["columns"]
    assert set(COLUMNS) <= set(one["columns"])
    code, out, _ = run(str(folder), "--kind", "labelled")
    assert code == 0
    assert "flows.csv" in out


@pytest.mark.parametrize("at", [1, LOOKED_AT, LOOKED_AT + 1, 1500])
def test_no_score_changes_when_the_file_is_cut_behind_it(folder: Path, tmp_path: Path, at: int) -> None:
    run(str(folder), "--kind", "labelled", "--scores", str(tmp_path / "whole"))
    (folder / "flows.csv").write_text("\n".join(lines_of()[: at + 1]) + "\n")
    code, _, err = run(str(folder), "--kind", "labelled", "--scores", str(tmp_path / "cut"))
    assert code == 0, err
    assert column(tmp_path / "cut" / "flows.csv") == column(tmp_path / "whole" / "flows.csv")[:at]


def test_labels_change_no_score(folder: Path, tmp_path: Path) -> None:
    run(str(folder), "--kind", "labelled", "--scores", str(tmp_path / "first"))
    lines = lines_of("is_attack")
    turned = [line[:-1] + str(1 - int(line[-1])) for line in lines[1:]]
    (folder / "flows.csv").write_text("\n".join([lines[0], *turned]) + "\n")
    run(str(folder), "--kind", "labelled", "--scores", str(tmp_path / "second"))
    assert column(tmp_path / "first" / "flows.csv") == column(tmp_path / "second" / "flows.csv")


def test_labels_in_disguise_and_names_of_rows_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text(
        "id,value,type,label,type_2,subcategory,attack_cat\n" + "1,2,ddos,1,x,y,z\n" * 3
    )
    assert events(table(tmp_path / "odd.csv", "odd.csv")).columns == ["value", "type_2", "type_2 (shape)"][:2]


def test_a_zeek_log_and_a_compressed_file_are_read(tmp_path: Path) -> None:
    text = "\n".join(
        [
            "#separator \\x09",
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_p\tproto\torig_bytes\ttunnel_parents   label   detailed-label",
            "1545403816.9\tC1\t10.0.0.1\t41040\t80\ttcp\t-\t-   Benign   -",
            "1545403817.9\tC2\t10.0.0.1\t41041\t80\ttcp\t180\t-   Malicious   C&C",
        ]
    )
    with gzip.open(tmp_path / "conn.log.gz", "wt") as file:
        file.write(text + "\n")
    found = events(table(tmp_path / "conn.log.gz", "conn.log.gz"))
    assert found.devices == ["10.0.0.1"] * 2
    assert found.attack.tolist() == [False, True]
    assert found.columns[0] == "orig_bytes"
    assert "id.resp_p" in found.columns
    assert "id.orig_p" not in found.columns
    assert np.isnan(found.numbers[0, 0])
    assert found.times_us[1] - found.times_us[0] == pytest.approx(1_000_000, abs=1)


def test_a_log_that_begins_with_unanswered_attempts_has_numbers(tmp_path: Path) -> None:
    rows = ["ts,duration,remark,label", *(f"{row},-,-,1" for row in range(LOOKED_AT)), "99,0.5,odd,0"]
    (tmp_path / "log.csv").write_text("\n".join(rows) + "\n")
    found = events(table(tmp_path / "log.csv", "log.csv"))
    assert found.columns == ["duration", "remark"]
    assert found.numbers[-1, 0] == 0.5
    assert np.isnan(found.numbers[:-1]).all()


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("1545403816", 1545403816.0),
        ("1545403816000", 1545403816.0),
        ("1545403816000000", 1545403816.0),
        ("2018-12-21T14:50:16Z", 1545403816.0),
        ("2018-12-21 14:50:16", 1545403816.0),
        ("21-Dec-18 14:50:16", 1545403816.0),
    ],
)
def test_times_are_read_as_they_are_written(stamp: str, seconds: float) -> None:
    assert moment(stamp) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no rows"),
        ("a,label\n", "it has no rows"),
        ("a,b\n1,2\n", "no column is called label"),
        ("device,label\nx,0\n", "nothing but device, time and label"),
        ("a,label\n1\n", "row 2 has 1 fields, not 2"),
        ("timestamp,a,label\nsoon,1,0\n", "row 2: 'soon' is no time"),
    ],
)
def test_a_malformed_file_is_named_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "odd.csv").write_text(text)
    code, out, err = run(str(tmp_path), "--kind", "labelled")
    assert (code, out) == (2, "")
    assert message in err
    assert "odd.csv" in err


def test_a_missing_path_and_a_damaged_file_are_said(tmp_path: Path) -> None:
    assert run(str(tmp_path / "nowhere"), "--kind", "labelled")[0] == 2
    (tmp_path / "odd.csv.gz").write_bytes(b"not compressed")
    code, _, err = run(str(tmp_path), "--kind", "labelled")
    assert code == 2
    assert "odd.csv.gz" in err


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=60))
def test_the_area_is_the_share_of_pairs_in_order(events: list[tuple[int, bool]]) -> None:
    scores, attack = np.array([float(score) for score, _ in events]), np.array([bad for _, bad in events])
    pairs = [(bad > good) + 0.5 * (bad == good) for bad in scores[attack] for good in scores[~attack]]
    found = area(scores, attack)
    assert (found is None) == (not pairs)
    if found is not None:
        assert found == pytest.approx(np.mean(pairs))


def test_what_is_caught_is_above_all_but_the_allowed_share() -> None:
    scores = np.concatenate([np.arange(1000.0), [998.5, 1500.0]])
    attack = np.arange(1002) >= 1000
    assert caught(scores, attack, 0.001) == 1.0
    assert caught(scores, attack, 0.0) == 0.5
    assert caught(scores, np.zeros(1002, np.bool_), 0.001) is None

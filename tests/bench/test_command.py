"""Benchmarks answer `--help` without measuring, refuse what they don't know of, and print one JSON line where no person reads."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.command import table

FOLDER = Path(__file__).parent
PROGRAMS = [
    path
    for path in sorted((*FOLDER.glob("*.py"), *FOLDER.glob("*/__main__.py")))
    if '__name__ == "__main__"' in path.read_text()
    # The one is this file, the other a program that another starts with a broker's address.
    and path.stem not in ("test_command", "naive_agent")
]


def started(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"tests.bench.{program}", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_help_measures_nothing(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(program), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(program), run_name="__main__")
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_an_option_that_is_unknown_is_refused_before_anything_is_measured() -> None:
    done = started("edge", "--jsn")
    assert done.returncode == 2
    assert "--jsn" in done.stderr
    assert not done.stdout


def test_what_is_read_by_a_program_is_one_json_line() -> None:
    done = started("edge")
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["bench"] == "edge"


def test_what_a_person_reads_is_a_table() -> None:
    figures = {"bench": "edge", "events": 65_536, "by_kind": {"flip": 2400, "cut": 1.5}}
    assert table(figures).splitlines() == [
        "bench         edge",
        "events        65,536",
        "by_kind.flip  2,400",
        "by_kind.cut   1.5",
    ]

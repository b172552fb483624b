"""The command as a person runs it, against a real ingest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import typer
from typer.testing import CliRunner, Result

from streams.ingest.file.__main__ import main
from tests.streams.ingest.conftest import ingest

app = typer.Typer()
app.command()(main)


def run(bootstrap: str, *arguments: str, **variables: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, arguments, env={"VEDETTE_KAFKA_BOOTSTRAP": bootstrap, **variables})


def fed(bootstrap: str, home: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and outcome; `home` has the keys that open what ingest refused."""
    done = run(bootstrap, *arguments, "--json", VEDETTE_HOME=str(home))
    assert done.stdout, done.output
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.kafka
def test_what_was_fed_is_accounted_for(kafka_bootstrap: str, tmp_path: Path) -> None:
    good = "".join(f"2020-01-01 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},{n}\n" for n in range(3000))
    (tmp_path / "pump.csv.gz").write_bytes(gzip.compress(("time,value\n" + good).encode()))
    (tmp_path / "bad.csv").write_text("time,value\n2020-01-01 00:00:00,1\nnever,2\nxx\n")
    settling = mock.patch("streams.ingest.file.outcome.SETTLE_S", 0.5)
    with settling, ingest(tmp_path, "kafka", VEDETTE_KAFKA_BOOTSTRAP=kafka_bootstrap):
        code, outcome = fed(kafka_bootstrap, tmp_path, str(tmp_path / "pump.csv.gz"), "--rebase", "now")
        assert (code, outcome["accepted"], outcome["dead_lettered"], outcome["missing"]) == (0, 3000, 0, 0)
        code, outcome = fed(kafka_bootstrap, tmp_path, str(tmp_path / "bad.csv"), "--tenant", "acme")
        assert (code, outcome["sent"], outcome["accepted"], outcome["dead_lettered"]) == (1, 3, 1, 2)
        assert len(outcome["reasons"]) == 2
    code, outcome = fed(
        kafka_bootstrap, tmp_path, str(tmp_path / "bad.csv"), "--tenant", "idle", "--wait-s", "1"
    )
    assert (code, outcome["missing"]) == (3, 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "nowhere.csv: no such file"),
        (["{file}", "--time", "when"], "no column 'when'; there are: time, value"),
        (["{file}", "--mapping", "nowhere.yaml"], "nowhere.yaml"),
        (["{file}", "--speed", "-1"], "--speed"),
        (["{file}", "--tenant", "a b"], "--tenant: must be 1-64 of"),
    ],
)
def test_used_wrongly_ends_with_2_and_says_how(tmp_path: Path, arguments: list[str], says: str) -> None:
    file = tmp_path / "pump.csv"
    file.write_text("time,value\n2020-01-01,1\n")
    done = run("127.0.0.1:1", *(argument.format(file=file) for argument in arguments))
    assert says in " ".join(done.stderr.split())
    assert done.exit_code == 2
    assert not done.stdout


def test_no_kafka_ends_with_3(tmp_path: Path) -> None:
    file = tmp_path / "pump.csv"
    file.write_text("time,value\n2020-01-01,1\n")
    with mock.patch("streams.ingest.file.__main__.KAFKA_S", 0.1):
        done = run("127.0.0.1:1", str(file))
    assert done.exit_code == 3
    assert "no Kafka broker answers at 127.0.0.1:1" in done.stderr
    assert "set VEDETTE_KAFKA_BOOTSTRAP" in done.stderr

"""Settings: order of sources, and what a person reads when one is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.settings import Settings, known_variables, tell_once

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    tell_once.cache_clear()
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VEDETTE_{name.upper()}", raising=False)
    return tmp_path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    monkeypatch: pytest.MonkeyPatch, nowhere: Path
) -> None:
    (nowhere / "vedette.toml").write_text('kafka_bootstrap = "file:1"\ncontrol_port = 1234\n')
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", "env:2")
    settings = Settings.load()
    assert (settings.kafka_bootstrap, settings.control_port, settings.dashboard_port) == ("env:2", 1234, 8501)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KAFKA_BOOTSTRAP", "broker", "host:port"),
        ("CLICKHOUSE_URL", "ftp://x", "http://host:port"),
        ("INGEST_PORT", "99999", "65535"),
        ("LINGER_S", "fast", "number"),
    ],
)
def test_a_wrong_setting_is_named_with_problem_and_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"VEDETTE_{name}", value)
    with pytest.raises(SystemExit) as caught:
        Settings.load()
    printed = capsys.readouterr().err
    assert caught.value.code == 2
    assert f"VEDETTE_{name}:" in printed
    assert said in printed
    assert "To fix it" in printed


def test_an_unknown_key_in_the_file_is_refused(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nowhere / "vedette.toml").write_text('kafka_bootstrp = "file:1"\n')
    with pytest.raises(SystemExit):
        Settings.load()
    printed = capsys.readouterr().err
    assert printed.startswith("VEDETTE_KAFKA_BOOTSTRP: no such setting (kafka_bootstrp in vedette.toml)")
    assert "did you mean VEDETTE_KAFKA_BOOTSTRAP (kafka_bootstrap)?" in printed


def test_a_key_like_no_other_is_refused_without_a_guess(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (nowhere / "vedette.toml").write_text("zzz = 1\n")
    with pytest.raises(SystemExit):
        Settings.load()
    assert "did you mean" not in capsys.readouterr().err


def test_an_unknown_variable_does_nothing_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEDETTE_CHECKPOINT_SS", "secret")
    monkeypatch.setenv("VEDETTE_PORT_8443_TCP", "tcp://10.0.0.1:8443")
    assert Settings.load() == Settings.load()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "unknown settings, which do nothing: VEDETTE_CHECKPOINT_SS (did you mean VEDETTE_CHECKPOINT_S?), "
        "VEDETTE_PORT_8443_TCP; README.md lists all\n"
    )


def test_what_other_parts_read_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in known_variables():
        if name.removeprefix("VEDETTE_").lower() not in Settings.model_fields:
            monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("vedette_snapshot_s", "7")
    assert Settings.load().snapshot_s == 7
    assert capsys.readouterr().err == ""


def test_every_variable_that_is_named_anywhere_is_known() -> None:
    folders = ("schemas", "detectors", "streams", "dashboards", "infra", "tests")
    files = [ROOT / "README.md", ROOT / "Makefile"]
    for folder in folders:
        files += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sh", ".sql", ".md"}]
    here = ROOT / "tests/schemas"
    texts = [path.read_text() for path in files if here not in path.parents]
    named = {name for text in texts for name in re.findall(r"VEDETTE_[A-Z0-9_]*[A-Z0-9]", text)}
    assert named - known_variables() - {"VEDETTE_CHECKPOINT_SS"} == set()
    assert {"VEDETTE_CONFIG", "VEDETTE_STACK", "VEDETTE_SHARED_DATA", "VEDETTE_HOME"} <= named


def test_a_file_that_is_not_toml_is_one_line_with_the_place_and_without_what_is_written_there(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (nowhere / "vedette.toml").write_text("ingest_port = 1\ncontrol_token = secret\n")
    with pytest.raises(SystemExit) as caught:
        Settings.load()
    printed = capsys.readouterr().err
    assert caught.value.code == 2
    assert printed.startswith("vedette.toml: is not TOML (at line 2, column 17). To fix it,")
    assert "secret" not in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_is_named_must_be_there(
    monkeypatch: pytest.MonkeyPatch, nowhere: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("VEDETTE_CONFIG", str(nowhere / name))
    with pytest.raises(SystemExit) as caught:
        Settings.load()
    printed = capsys.readouterr().err
    assert caught.value.code == 2
    assert f"{nowhere / name}: cannot be read:" in printed
    assert "VEDETTE_CONFIG" in printed

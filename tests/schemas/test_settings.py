"""Settings: order of sources, and what a person reads when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.settings import Settings


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
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
    assert "VEDETTE_KAFKA_BOOTSTRP: no such setting" in capsys.readouterr().err


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

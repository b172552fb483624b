"""Setup's own logic; that it builds everything is shown by whoever runs these tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.setup import machine, step, system
from infra.setup.parts import parts
from infra.setup.step import SetupError, Step, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(step, "ROOT", tmp_path)
    monkeypatch.setattr(step, "BUILD", tmp_path / "build")
    (tmp_path / "lock").write_text("a==1")
    return tmp_path


def test_a_step_is_done_once_and_again_when_its_input_changes_or_its_output_is_gone(project: Path) -> None:
    output, calls = project / "out", []

    def work() -> None:
        calls.append(1)
        output.touch()

    thing = Step("thing", ("lock",), (output,), work)
    assert [thing.run(), thing.run()] == [True, False]
    (project / "lock").write_text("a==2")
    assert [thing.run(), thing.run()] == [True, False]
    output.unlink()
    assert [thing.run(), thing.run()] == [True, False]
    assert len(calls) == 3


def test_a_step_that_failed_is_not_remembered(project: Path) -> None:
    def fail() -> None:
        raise SetupError("no network")

    with pytest.raises(SetupError):
        Step("thing", ("lock",), (), fail).run()
    assert Step("thing", ("lock",), (), lambda: None).run()


def test_without_the_right_to_install_it_prints_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "missing_programs", lambda: ["mosquitto", "java"])
    monkeypatch.setattr(system, "privilege", lambda: None)
    with pytest.raises(SetupError, match=r"sudo apt-get install -y mosquitto \S*(jre)\S*"):
        system.install_system()


def test_a_failed_command_is_shown_with_what_it_said() -> None:
    with pytest.raises(SetupError, match=r"(?s)failed.*the reason"):
        run(sys.executable, "-c", "raise SystemExit('the reason')")


def test_too_little_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MEMORY_GB", 10_000)
    with pytest.raises(SetupError, match="needs 10000 GB"):
        machine.check_machine()


def test_the_lock_files_pin_everything_by_hash_and_name_no_server() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in entry and entry.endswith("\\") for entry in entries), lock


def test_a_second_setup_only_looks() -> None:
    if not (ROOT / "build/setup/installer").exists():
        pytest.skip("this clone was not built by `make setup`")
    subprocess.run([sys.executable, "-m", "infra.setup"], cwd=ROOT, check=True)
    assert json.loads((ROOT / "build/setup.json").read_text())["fresh"] is False


def test_every_step_knows_the_file_with_its_work() -> None:
    for one in parts():
        assert [name for name in one.inputs if name.startswith("infra/setup/")], one.name
        assert all((ROOT / name).is_file() for name in one.inputs), one.name

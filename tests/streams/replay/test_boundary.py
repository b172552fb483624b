"""That a replay has no way to an effect: nothing it imports, at any remove, reaches the enforcement process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.test_layout import imported

ROOT = Path(__file__).resolve().parents[3]
REPLAY = sorted((ROOT / "streams" / "replay").glob("*.py"))
# The shared parts of `streams`; every other folder is a process.
SHARED = {"log", "store", "process", "replay", "proof_log"}


def test_replay_imports_no_process() -> None:
    names = {name for path in REPLAY for name in imported(path) if name.startswith("streams.")}
    assert {name.split(".")[1] for name in names} <= SHARED
    assert names


def test_a_replay_in_memory_holds_nothing_of_enforcement_nor_of_any_process() -> None:
    modules = [f"streams.replay.{path.stem}" for path in REPLAY if path.stem != "__init__"]
    program = f"import importlib, json, sys; [importlib.import_module(m) for m in {modules}]; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
    )
    loaded = [name for name in json.loads(ran.stdout) if name.startswith(("streams.", "infra"))]
    assert {name.split(".")[1] for name in loaded} <= SHARED
    # What an effect is made with: the authority's key, the brokers' doors.
    assert not [
        name
        for name in json.loads(ran.stdout)
        if name.partition(".")[0] in ("cryptography", "paho", "joserfc")
    ]


def test_the_only_program_a_replay_starts_is_the_archive() -> None:
    started = [
        path.name for path in REPLAY if "Popen(" in path.read_text() or "subprocess.run(" in path.read_text()
    ]
    assert started == ["archive_run.py"]
    text = (ROOT / "streams/replay/archive_run.py").read_text()
    assert re.findall(r'"-m", "([a-z_.]+)"', text) == ["streams.archive"]

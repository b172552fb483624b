"""That a replay has no way to an effect: neither rebuild, verify nor the auditor imports, starts or writes what enforcement acts on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from schemas.topics import TOPICS
from tests.test_layout import imported

ROOT = Path(__file__).resolve().parents[3]
REPLAY = sorted((ROOT / "streams" / "replay").glob("*.py"))
# The shared parts of `streams`; every other folder is a process.
SHARED = {"log", "store", "process", "replay", "proof_log"}

DERIVING = sorted(path.stem for path in REPLAY if path.stem not in ("audit_process", "__main__"))


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


def test_the_only_topic_a_replay_writes_is_its_own_and_nobody_acts_on_it() -> None:
    writers = {
        path.name for path in REPLAY for name in imported(path) if name.startswith("streams.log.writer")
    }
    assert writers == {"audit_process.py"}
    assert [topic.name for topic in TOPICS.values() if "replay" in topic.writers] == ["audits"]
    (process,) = re.findall(
        r'^PROCESS = "(\w+)"$', (ROOT / "streams/replay/audit_process.py").read_text(), re.M
    )
    assert process == "replay"
    assert (
        "LogWriter(settings.kafka_bootstrap, PROCESS)"
        in (ROOT / "streams/replay/audit_process.py").read_text()
    )
    # What a worker or enforcement reads never is what a replay writes.
    readers = [
        path.relative_to(ROOT)
        for path in (ROOT / "streams").rglob("*.py")
        if path.relative_to(ROOT).parts[1] != "replay"
        and re.search(r'"audits"|schemas\.audit', path.read_text())
    ]
    assert readers == []


def test_a_worker_derived_again_has_no_writer_in_its_hands() -> None:
    text = "".join((ROOT / f"streams/replay/{name}.py").read_text() for name in DERIVING)
    assert not re.search(
        r"LogWriter|Producer|\.append_raw\(|\.produce\(|DecidingHandler|DetectionHandler|Enforcer", text
    )


def test_the_only_program_a_replay_starts_is_the_archive() -> None:
    started = [
        path.name for path in REPLAY if "Popen(" in path.read_text() or "subprocess.run(" in path.read_text()
    ]
    assert started == ["archive_run.py"]
    text = (ROOT / "streams/replay/archive_run.py").read_text()
    assert re.findall(r'"-m", "([a-z_.]+)"', text) == ["streams.archive"]

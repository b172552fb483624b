"""That no effect can leave a what-if: nothing it imports, at any remove, can write to the log or reaches a process that acts."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

from tests.test_layout import imported

ROOT = Path(__file__).resolve().parents[3]
WHAT_IF = sorted((ROOT / "streams" / "what_if").glob("*.py"))
# The shared parts of `streams` a what-if may hold; the writer of the log is not among them.
SHARED = {"streams.process", "streams.what_ifs"}
READING = {
    f"streams.log.{name}"
    for name in (
        "reader",
        "consuming",
        "record",
        "partition",
        "provenance",
        "detecting",
        "learning",
        "stretch",
    )
}
ACTING = {"cryptography", "paho", "joserfc", "faust", "httpx", "starlette"}


def loaded() -> list[str]:
    """Every module in memory once all of the what-if is imported."""
    modules = [f"streams.what_if.{path.stem}" for path in WHAT_IF if not path.stem.startswith("__")]
    modules.append("streams.what_if.__main__")
    program = f"import importlib, json, sys; [importlib.import_module(m) for m in {modules}]; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
    )
    names: list[str] = json.loads(ran.stdout)
    return names


def test_it_holds_nothing_that_writes_or_acts() -> None:
    names = loaded()
    ours = {name for name in names if name.startswith("streams.") and not name.startswith("streams.what_if.")}
    assert ours - {"streams.what_if", "streams.log"} <= SHARED | READING
    assert not [name for name in names if name.startswith("infra") or name.partition(".")[0] in ACTING]


def test_its_own_code_names_no_producer_and_starts_no_program() -> None:
    for path in [*WHAT_IF, ROOT / "streams" / "what_ifs.py"]:
        tree = ast.parse(path.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {name.rpartition(".")[2] for name in imported(path)}
        forbidden = ("Producer", "LogWriter", "Popen", "subprocess", "produce", "socket", "create_topics")
        assert not names & set(forbidden), path


def test_what_it_reads_of_the_log_names_no_producer_either() -> None:
    for name in READING:
        text = (ROOT / name.replace(".", "/")).with_suffix(".py").read_text("utf-8")
        assert "Producer" not in text

"""The layout of design and its import rule: arrows point down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "schemas": {"schemas"},
    "detectors": {"detectors", "schemas"},
    "streams": {"streams", "detectors", "schemas"},
    "dashboards": {"dashboards", "detectors", "schemas"},
    "infra": {"infra", "schemas"},
}
PROCESSES = {
    "ingest",
    "detection",
    "triage",
    "response",
    "enforcement",
    "rollout",
    "archive",
    "control",
    "replay",
    "inventory",
    "ocsf",
    "as_of",
    "privacy",
    "proof",
    "what_if",
}
# Draws from a seed it is given, with river's own generator, because its trees must be river's.
SEEDED = {"detectors/trees/half_space.py"}
IMPURE = {
    "time",
    "random",
    "secrets",
    "socket",
    "requests",
    "httpx",
    "subprocess",
    "threading",
    "asyncio",
    "os",
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_down(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if (top := name.partition(".")[0]) in {*MAY_IMPORT, "tests"} and top not in MAY_IMPORT[package]
    ]
    assert not wrong


def test_a_process_does_not_import_another_process() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("streams")
        for name in imported(path)
        if (parts := name.split("."))[0] == "streams"
        and len(parts) > 1
        and parts[1] in PROCESSES - {path.relative_to(ROOT / "streams").parts[0]}
    ]
    assert not wrong


def test_the_pure_core_has_no_clock_no_chance_and_no_input_or_output() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("detectors")
        for name in imported(path)
        if name.partition(".")[0] in IMPURE or name in ("uuid.uuid4", "uuid.uuid1")
        if not (name == "random" and str(path.relative_to(ROOT)) in SEEDED)
    ]
    assert not wrong


def test_every_package_and_public_definition_says_what_it_is() -> None:
    bare = [
        f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}"
        for package in MAY_IMPORT
        for path in modules(package)
        for tree in [ast.parse(path.read_text("utf-8"))]
        for node in [tree, *tree.body]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not getattr(node, "name", "module").startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare

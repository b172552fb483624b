"""That nothing but the enforcement process can have an effect: a replay, or any other process, can't even import one."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EFFECTS = {"CrlAuthority", "MosquittoSessions", "DynamicSecurity", "Enforcer", "Worker"}
# Who may name each: its maker, and for the parts of a class the class that has them.
MAY_NAME = {
    "CrlAuthority": {"__main__.py"},
    "MosquittoSessions": {"__main__.py"},
    "DynamicSecurity": {"sessions.py"},
    "Enforcer": {"worker.py"},
    "Worker": {"__main__.py"},
}


def named(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if "enforcement" in (node.module or "") for alias in node.names}


def test_effects_are_imported_only_where_the_process_is_put_together() -> None:
    home = ROOT / "streams" / "enforcement"
    found = {name: {path.name for path in home.glob("*.py") if name in named(path)} for name in EFFECTS}
    assert found == MAY_NAME


def test_no_other_package_imports_enforcement() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for package in ("schemas", "detectors", "streams", "dashboards", "infra")
        for path in (ROOT / package).rglob("*.py")
        if (ROOT / "streams" / "enforcement") not in path.parents and "streams.enforcement" in imports(path)
    ]
    assert wrong == []


def imports(path: Path) -> str:
    nodes = [
        n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    return "\n".join(ast.unparse(node) for node in nodes)

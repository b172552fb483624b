"""What a kind of recording offers the bench: a module in `kinds/`, named as the kind is, with the functions of `Kind` or `Simulation`."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from schemas.errors import Rejected
from tests.bench.quality import kinds


class Kind(Protocol):
    """A module of `kinds/`."""

    def measure(self, paths: list[Path], scores: Path | None) -> dict[str, Any]:
        """The figures of all recordings under the paths in one fixed setting, as JSON can hold them.

        They name the setting and its version and hold the scores, overall and per file. Where `scores` is a folder, the raw score of each
        row is written there, one `row,timestamp,score` file a recording. Rejected where a path is missing or a file is malformed.
        """

    def table(self, figures: dict[str, Any]) -> list[str]:
        """The lines a person reads."""


@runtime_checkable
class Simulation(Protocol):
    """A module of `kinds/` that makes its own data instead of reading recordings."""

    def simulate(self, devices: int = ..., days: int = ..., seed: int = ...) -> dict[str, Any]:
        """The figures, as `Kind.measure` gives them; Rejected for a size that is too small."""

    def table(self, figures: dict[str, Any]) -> list[str]:
        """The lines a person reads."""


def known_kinds() -> list[str]:
    """The kinds there are."""
    return sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))


def kind_named(name: str) -> Kind | Simulation:
    """The module of a kind; Rejected for one that isn't there."""
    if name not in known_kinds():
        raise Rejected(
            "unknown_kind", "--kind", f"there is no kind {name!r}, only {', '.join(known_kinds())}"
        )
    return cast(Kind | Simulation, importlib.import_module(f"{kinds.__name__}.{name}"))

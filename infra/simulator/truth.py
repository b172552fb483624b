"""The ground truth of a run: what was done to the fleet and what its devices saw, `demo/truth.json`, with the journal beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.simulator.journal import Journal

FILE, JOURNAL = "truth.json", "sent.arrow"


def write(folder: Path, truth: dict[str, Any], journal: Journal) -> Path:
    """Write both; the truth last and whole, because its presence says that the story is over. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    journal.save(folder / JOURNAL)
    path = folder / FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**truth, "journal": str((folder / JOURNAL).resolve())}, indent=2) + "\n")
    fresh.replace(path)
    return path

"""Where Flink is: inside the PyFlink wheel of its own virtual environment."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-flink"


def distribution() -> Path:
    """Flink's home inside the PyFlink wheel; FileNotFoundError says what to do where it isn't installed."""
    found = sorted(ENVIRONMENT.glob("lib/python3*/site-packages/pyflink/bin"))
    if not found:
        raise FileNotFoundError(f"PyFlink is not in {ENVIRONMENT}: run `make setup`")
    return found[0].parent

"""`python -m tests.fuzz TARGET --seconds N`: look for input that makes a decoder do anything but refuse (atheris, libFuzzer).

Without TARGET it names them all. What it learns is kept in build/fuzz/TARGET; input that breaks something is written beside it as
TARGET-crash-*, and belongs into tests/fuzz/corpus/TARGET together with the fix. Exit code 0: nothing found.
"""

from __future__ import annotations

from pathlib import Path

import atheris  # type: ignore[import-untyped]
import typer

CORPUS = Path(__file__).with_name("corpus")
MAX_BYTES = 4096

with atheris.instrument_imports(include=["schemas", "streams", "detectors"]):
    from schemas.errors import Fatal, Rejected
    from tests.fuzz.targets import TARGETS


def main(
    target: str = typer.Argument("", help="a decoder; none: say which there are"),
    seconds: int = typer.Option(60, min=1, help="how long"),
    learned: Path = typer.Option(Path("build/fuzz"), help="folder for what it learns and finds"),
) -> None:
    """Fuzz one decoder."""
    if target not in TARGETS:
        typer.echo(
            "\n".join(f"{name:<24} {(run.__doc__ or '').splitlines()[0]}" for name, run in TARGETS.items())
        )
        raise typer.Exit(2 if target else 0)
    run = TARGETS[target]

    def one_input(data: bytes) -> None:
        try:
            run(data)
        except (Rejected, Fatal):
            return

    kept = learned / target
    kept.mkdir(parents=True, exist_ok=True)
    seeds = [str(CORPUS / target)] if (CORPUS / target).is_dir() else []
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}",
        f"-artifact_prefix={kept}-",
        "-print_final_stats=1",
    ]
    atheris.Setup(["fuzz", *options, "-timeout=10", "-rss_limit_mb=1500", str(kept), *seeds], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    typer.run(main)

"""The command line of a benchmark: `--help`, `--json`, and an exit code that says whether it kept what it promises."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import typer

Figures = Mapping[str, Any]


def program(measure: Callable[[], Figures], kept: Callable[[Figures], bool] = lambda figures: True) -> None:
    """Measure and print: a table on a terminal, one JSON line elsewhere and with `--json`; exit code 1 where `kept` says no.

    `--help` is the docstring of the program that calls this; what it doesn't know of ends with exit code 2 before anything is measured.
    """

    def command(
        as_json: bool = typer.Option(False, "--json", help="one JSON line, as anywhere but on a terminal"),
    ) -> None:
        figures = {"bench": name(), **measure()}
        typer.echo(json.dumps(figures) if as_json or not sys.stdout.isatty() else table(figures))
        raise typer.Exit(0 if kept(figures) else 1)

    command.__doc__ = sys.modules["__main__"].__doc__
    typer.run(command)


def name() -> str:
    """What the program is called behind `tests.bench`."""
    spec = sys.modules["__main__"].__spec__
    return spec.name.removeprefix("tests.bench.").removesuffix(".__main__") if spec else "?"


def table(figures: Figures) -> str:
    """A line a figure; what has parts has a line for each."""
    flat = [line for key, value in figures.items() for line in lines(key, value)]
    width = max(len(key) for key, _ in flat)
    return "\n".join(
        f"{key:<{width}}  {value:,}" if isinstance(value, int) else f"{key:<{width}}  {value}"
        for key, value in flat
    )


def lines(key: str, value: object) -> list[tuple[str, object]]:
    """A figure's key and value, or those of its parts by their path."""
    if isinstance(value, Mapping):
        return [line for part, inner in value.items() for line in lines(f"{key}.{part}", inner)]
    return [(key, value)]

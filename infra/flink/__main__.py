"""`python -m infra.flink ROLE`: one process of a local cluster in the foreground."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from infra.flink.configuration import Ports, prepare
from infra.flink.process import command, end_leftovers, environment
from schemas.settings import Settings


def main(
    role: str = typer.Argument(help="jobmanager or taskmanager"),
    home: Path = typer.Option(Path("build"), help="folder for everything written at run time"),
) -> None:
    """Run one process of a local Flink cluster in the foreground; its ports come from the settings."""
    if role not in ("jobmanager", "taskmanager"):
        raise typer.BadParameter("must be jobmanager or taskmanager", param_hint="role")
    conf = prepare(home, Ports.of(Settings.load()))
    if role == "taskmanager":
        end_leftovers(conf)
    arguments = command("jobmanager" if role == "jobmanager" else "taskmanager")
    os.execvpe(arguments[0], arguments, environment(home, conf))  # noqa: S606  the supervisor must see the JVM itself


if __name__ == "__main__":
    typer.run(main)

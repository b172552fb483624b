"""`python -m dashboards`: becomes Streamlit with the dashboard's settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from dashboards import theme
from schemas.settings import Settings

APP = Path(__file__).with_name("app.py")


def command(port: int) -> list[str]:
    """The command that serves the dashboard on `port` of the loopback address."""
    options = theme.streamlit_settings() | {"server.port": port}
    flags = [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in options.items()
    ]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]


def serve() -> None:
    """Serve the dashboard on VEDETTE_DASHBOARD_PORT of this machine; it reads ClickHouse at VEDETTE_CLICKHOUSE_URL."""
    settings = Settings.load()
    arguments = command(settings.dashboard_port)
    os.execv(arguments[0], arguments)  # noqa: S606  the supervisor watches this process, not a child of it


if __name__ == "__main__":
    typer.run(serve)

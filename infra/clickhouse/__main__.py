"""Run the embedded ClickHouse server: `python -m infra.clickhouse --port 8123 --path build/clickhouse`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import typer
import uvicorn

from infra.clickhouse.app import Server
from infra.clickhouse.engine import Engine
from schemas.errors import Fatal


class _Uvicorn(uvicorn.Server):
    """Says in one line when it answers; at the end it waits for the queries that run, but not for long."""

    ready = ""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._queries = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.gather(super().shutdown(sockets), self._queries.stop())

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self.ready + "\n")
            sys.stdout.flush()


def main(
    port: int = typer.Option(8123, min=1, max=65535, help="port, on 127.0.0.1"),
    path: Path = typer.Option(Path("build/clickhouse"), help="folder of the store"),
    workers: int = typer.Option(16, min=1, help="queries that run at the same time"),
    queue: int = typer.Option(
        84, min=0, help="queries that wait for their turn; one more is refused (code 202)"
    ),
    password: str = typer.Option("", envvar="CLICKHOUSE_PASSWORD", help="password of the user `default`"),
) -> None:
    """Serve an embedded ClickHouse store over ClickHouse's HTTP protocol."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        engine = Engine(path)
    except Fatal as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(3) from None
    server = Server(engine, workers, queue, password)
    config = uvicorn.Config(
        server.app(),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    serving = _Uvicorn(config, server)
    serving.ready = (
        f"ClickHouse {engine.version} on http://127.0.0.1:{port}, store {path}, process {os.getpid()}"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises what it caught again when it has ended
    serving.run()
    engine.close()
    sys.stdout.flush()
    raise SystemExit(0 if serving.started else 3)


if __name__ == "__main__":
    typer.run(main)

"""A real single-node Kafka broker (KRaft) from its published jars, in the foreground.

Meant for a laptop, a demo and tests: one node, replication 1, loopback only. Production points at any Kafka instead.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / "build" / "jars" / "kafka"
CLUSTER_ID = "dmVkZXR0ZS1sb2NhbC0wMQ"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=3000
message.max.bytes=17825792
replica.fetch.max.bytes=17825792
socket.request.max.bytes=104857600
"""

LOG4J = """\
Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDOUT
"""


def free_port() -> int:
    """A loopback TCP port that is free together with the one after it; another process may still take them before you do.

    Below the range the kernel gives to outgoing connections, which could take the port in the meantime.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def java(data: Path, main: str, *arguments: str) -> list[str]:
    """The command line that runs one of Kafka's main classes with this project's jars."""
    if not any(JARS.glob("kafka_*.jar")):
        raise FileNotFoundError(f"Kafka's jars are not in {JARS}: run `make setup`")
    return [
        "java",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        f"-Dlog4j2.configurationFile={data / 'log4j2.yaml'}",
        "-cp",
        f"{JARS}/*",
        main,
        *arguments,
    ]


def prepare(data: Path, port: int, controller_port: int) -> Path:
    """Write the broker's configuration and format its storage if that was not done yet; returns the properties file."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "log4j2.yaml").write_text(LOG4J)
    properties = data / "server.properties"
    properties.write_text(PROPERTIES.format(port=port, controller_port=controller_port, data=data / "log"))
    if not (data / "log" / "meta.properties").exists():
        shutil.rmtree(data / "log", ignore_errors=True)
        arguments = ["format", "--standalone", "-t", CLUSTER_ID, "-c", str(properties)]
        subprocess.run(
            java(data, "kafka.tools.StorageTool", *arguments), check=True, stdout=subprocess.DEVNULL
        )
    return properties


@contextmanager
def broker(data: Path, port: int | None = None) -> Iterator[str]:
    """Run a broker as a child process; yields its `host:port` at once, before it answers (clients retry)."""
    port = port or free_port()
    properties = prepare(data.resolve(), port, free_port())
    with (data / "kafka.log").open("ab") as log:
        process = subprocess.Popen(
            java(data.resolve(), "kafka.Kafka", str(properties)), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def main(
    port: int = typer.Option(9092, help="port for clients, on 127.0.0.1"),
    controller_port: int = typer.Option(0, help="port of the controller; 0 takes the client port + 1"),
    data: Path = typer.Option(Path("build/kafka"), help="folder of the log"),
) -> None:
    """Run a real Kafka broker in the foreground."""
    data = data.resolve()
    properties = prepare(data, port, controller_port or port + 1)
    command = java(data, "kafka.Kafka", str(properties))
    os.execvp(command[0], command)  # noqa: S606  the supervisor must see the JVM itself


if __name__ == "__main__":
    typer.run(main)

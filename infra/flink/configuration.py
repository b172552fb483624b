"""The configuration the two processes of a cluster share, and the folder it is written to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from infra.flink.distribution import ENVIRONMENT, distribution
from schemas.settings import Settings

HOST = "127.0.0.1"
SLOTS = 2

LOG4J = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.checkpoint.name = org.apache.flink.runtime.checkpoint
logger.checkpoint.level = WARN
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5p %c{1} - %m%n
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the cluster listens, all on loopback. `rest` is the one clients use."""

    rest: int
    rpc: int
    data: int

    @property
    def url(self) -> str:
        """The REST address."""
        return f"http://{HOST}:{self.rest}"

    @classmethod
    def of(cls, settings: Settings) -> Ports:
        """The ports the settings name."""
        return cls(
            urlsplit(settings.flink_url).port or 8081, settings.flink_rpc_port, settings.flink_data_port
        )


def configuration(home: Path, ports: Ports) -> dict[str, Any]:
    """The cluster's configuration as flat keys; `env.java.opts.all` stays as the wheel has it, Java 17 does not start without it."""
    wheel = yaml.safe_load((distribution() / "conf" / "config.yaml").read_text())
    python = str(ENVIRONMENT / "bin" / "python")
    return {
        "env.java.opts.all": wheel["env"]["java"]["opts"]["all"],
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": ports.rpc,
        "jobmanager.bind-host": HOST,
        "jobmanager.memory.process.size": "640m",
        "jobmanager.memory.jvm-metaspace.size": "160m",
        "jobmanager.memory.jvm-overhead.min": "96m",
        "jobmanager.memory.off-heap.size": "64m",
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": ports.rest,
        "rest.bind-port": str(ports.rest),
        "web.tmpdir": str(home / "flink" / "tmp"),
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        # Another one with each start: at the address of one that was killed the JobManager still knows the old one, and each may take the
        # other's connection for one that only reads, so that they never meet.
        "taskmanager.rpc.port": "0",
        "taskmanager.data.port": ports.data,
        "taskmanager.data.bind-port": str(ports.data),
        "taskmanager.numberOfTaskSlots": SLOTS,
        "taskmanager.memory.process.size": "1200m",
        "taskmanager.memory.jvm-metaspace.size": "192m",
        "taskmanager.memory.network.min": "32m",
        "taskmanager.memory.network.max": "32m",
        "taskmanager.memory.managed.size": "256m",
        "blob.server.port": str(ports.rpc + 1),
        "jobmanager.execution.failover-strategy": "region",
        "heartbeat.interval": 2000,
        "heartbeat.timeout": 10000,
        "io.tmp.dirs": str(home / "flink" / "tmp"),
        "python.executable": python,
        "python.client.executable": python,
        "execution.checkpointing.dir": (home / "flink" / "checkpoints").as_uri(),
    }


def prepare(home: Path, ports: Ports) -> Path:
    """Write the configuration folder below `home` and return it. Both roles may do it at once: files are replaced whole."""
    home = home.resolve()
    conf = home / "flink" / "conf"
    for folder in (conf, home / "flink" / "tmp", home / "flink" / "checkpoints", home / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and its strings need no care about colons; Flink's script reads one flat key a line.
    lines = [f"{key}: {_scalar(value)}\n" for key, value in configuration(home, ports).items()]
    _replace(conf / "config.yaml", "".join(lines))
    _replace(conf / "log4j-console.properties", LOG4J)
    _replace(conf / "logback-console.xml", "<configuration/>\n")
    return conf


def _scalar(value: object) -> str:
    return str(
        yaml.safe_dump(value, default_style="'" if isinstance(value, str) else None, width=10**6)
    ).split("\n")[0]


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)

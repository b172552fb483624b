"""Hands the gate job to the cluster and ends: its own process, because the JVM that plans the job is not needed afterwards."""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from schemas.settings import Settings
from streams.rollout import job

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "detectors", "streams")


def pack(folder: Path) -> Path:
    """A zip of the Python code the job's functions need, for the workers' path."""
    target = folder / "vedette.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in PACKAGES:
            for source in sorted((ROOT / package).rglob("*.py")):
                archive.write(source, source.relative_to(ROOT))
    return target


def jars() -> list[Path]:
    """The connector's jar and PyFlink's own, which the cluster does not have by itself."""
    import pyflink

    connector = sorted((ROOT / "build" / "jars" / "flink").glob("flink-sql-connector-kafka-*.jar"))
    python = sorted((Path(pyflink.__file__).parent / "opt").glob("flink-python-*.jar"))
    if not connector or not python:
        raise FileNotFoundError("Flink's Kafka connector or Python jar is missing: run `make setup`")
    return [*connector, *python]


def submit(settings: Settings, code: Path) -> str:
    """Plan the job and start it on the cluster at `flink_url`; returns the job's id."""
    from pyflink.common import Configuration
    from pyflink.table import EnvironmentSettings, TableEnvironment

    cluster = urlsplit(settings.flink_url)
    chosen = {
        **job.CONFIGURATION,
        "execution.target": "remote",
        "rest.address": cluster.hostname or "127.0.0.1",
        "rest.port": str(cluster.port or 8081),
        "pipeline.jars": ";".join(jar.as_uri() for jar in jars()),
        "python.files": str(code),
    }
    # Else PyFlink, which can't tell that the target is remote, has the cluster run the Python functions in this process.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112  PyFlink's name for it
    configuration = Configuration()
    for name, value in chosen.items():
        configuration.set_string(name, value)
    builder = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration)
    environment = TableEnvironment.create(builder.build())
    job.define(environment, settings.kafka_bootstrap)
    client = environment.execute_sql(job.INSERT).get_job_client()
    return str(client.get_job_id())


def keep_in(folder: Path) -> None:
    """Have the JVM that plans the job put its temporary files here: Flink removes none of them (2.3, `ExecutionPlanUtils`)."""
    arguments = [os.environ.get("JVM_ARGS", ""), f"-Djava.io.tmpdir={folder}"]
    os.environ["JVM_ARGS"] = " ".join(arguments).strip()


def main() -> None:
    """Submit the job and print its id."""
    # The JVM may be ending still, and what it removes itself need not be there any more.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        keep_in(Path(folder))
        sys.stdout.write(submit(Settings.load(), pack(Path(folder))) + "\n")


if __name__ == "__main__":
    main()

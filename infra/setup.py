"""Builds everything Vedette needs from a fresh clone: system parts, two virtual environments, Kafka and the Flink connector.

Standard library only: it runs before anything is installed. Done work is remembered by a fingerprint of its inputs, so a second run
only compares hashes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PYTHONS = ("3.11", "3.12")
MEMORY_GB = 6
DISK_GB = 6

PORTS = {
    9092: "VEDETTE_KAFKA_BOOTSTRAP",
    8123: "VEDETTE_CLICKHOUSE_URL",
    8883: "VEDETTE_MQTT_URL",
    8081: "VEDETTE_FLINK_URL",
    8443: "VEDETTE_INGEST_PORT",
    8600: "VEDETTE_CONTROL_PORT",
    8501: "VEDETTE_DASHBOARD_PORT",
}

# The program that shows a package is there, and what apt calls it; the first name that apt knows is taken.
SYSTEM = {
    "java": ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"),
    "mvn": ("maven",),
    "mosquitto": ("mosquitto",),
    "chromium": ("chromium",),
}


class SetupError(Exception):
    """Something a person has to do first; the message says what."""


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"setup: {text}\n")
    sys.stdout.flush()


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; on failure show what it printed and raise SetupError with its name."""
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SetupError(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr)[-3000:]}")


def fingerprint(*inputs: str) -> str:
    """A hash over the contents of files of the project."""
    hasher = hashlib.sha256()
    for name in inputs:
        hasher.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return hasher.hexdigest()


def step(name: str, inputs: tuple[str, ...], outputs: tuple[Path, ...], work: Callable[[], None]) -> bool:
    """Do `work` unless it was done with the same inputs and its outputs are still there; returns whether it was done now."""
    stamp, now = BUILD / "setup" / name, fingerprint(*inputs, "infra/setup.py")
    if stamp.exists() and stamp.read_text() == now and all(output.exists() for output in outputs):
        return False
    started = time.monotonic()
    say(f"{name} ...")
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)
    say(f"{name} done in {time.monotonic() - started:.0f} s")
    return True


def check_machine() -> None:
    """Refuse early where memory or disk can't be enough; the figures are what the demo was measured to need, rounded up."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    disk_gb = shutil.disk_usage(ROOT).free / 2**30
    if memory_gb < MEMORY_GB:
        raise SetupError(
            f"this machine has {memory_gb:.1f} GB of memory; the local stack needs {MEMORY_GB} GB"
        )
    if disk_gb < DISK_GB:
        raise SetupError(
            f"{disk_gb:.1f} GB are free under {ROOT}; setup and the local stack need {DISK_GB} GB"
        )


def taken_ports() -> dict[int, str]:
    """The default ports somebody listens on already, with the setting that moves Vedette's part elsewhere."""
    taken = {}
    for port, setting in PORTS.items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                taken[port] = setting
    return taken


def warn_of_ports() -> None:
    """Say which default ports are taken; not an error yet, the stack may be running or be told other ports."""
    for port, setting in taken_ports().items():
        say(
            f"note: port {port} is in use; if not by Vedette itself, set {setting} to another one before `make demo`"
        )


def java_version() -> int:
    """The major version of the java on the path, 0 where there is none."""
    if not shutil.which("java"):
        return 0
    printed = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', printed)
    return int(found.group(1)) if found else 0


def missing_programs() -> list[str]:
    """The system programs that are not there yet (a java older than 17 counts as missing)."""
    missing = [
        program for program in SYSTEM if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    ]
    return [*missing, "java"] if "java" not in missing and java_version() < 17 else missing


def packages_for(programs: list[str]) -> list[str]:
    """The names of the Debian or Ubuntu packages with these programs, as this system's apt knows them."""
    names = [_known(SYSTEM[program]) for program in programs]
    if not _has_venv():
        names.append("python3-venv")
    return names


def _known(candidates: tuple[str, ...]) -> str:
    for name in candidates:
        shown = subprocess.run(
            ["apt-cache", "policy", name], capture_output=True, text=True, check=False
        ).stdout
        if "Candidate:" in shown and "Candidate: (none)" not in shown:
            return name
    return candidates[0]


def _has_venv() -> bool:
    return (
        subprocess.run(
            [sys.executable, "-c", "import ensurepip"], capture_output=True, check=False
        ).returncode
        == 0
    )


def install_system() -> None:
    """Install what the system lacks through apt-get, where that is allowed; else say the one command that does."""
    if not missing_programs() and _has_venv():
        return
    if not shutil.which("apt-get"):
        raise SetupError(f"install these and run again: java 17 or newer, {', '.join(missing_programs())}")
    prefix = privilege()
    if prefix is not None:
        run(*prefix, "apt-get", "update", "-qq")
    names = packages_for(missing_programs())
    if prefix is None:
        raise SetupError(
            f"run this once, then again what you ran:\n  sudo apt-get install -y {' '.join(names)}"
        )
    say(f"apt-get install {' '.join(names)}")
    run(*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", *names)


def privilege() -> list[str] | None:
    """What to put before a command so that it runs as root: nothing, sudo without a password, or None where neither works."""
    if os.geteuid() == 0:
        return []
    sudo = (
        subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if shutil.which("sudo")
        else None
    )
    return ["sudo", "-n"] if sudo is not None and sudo.returncode == 0 else None


def uv_environment() -> dict[str, str]:
    """The environment for uv: the system's certificates, and the package index pip was told to use."""
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    if "PIP_INDEX_URL" in os.environ:
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    return environment


def install_uv() -> None:
    """The installer for the rest, in an environment of its own."""
    run(sys.executable, "-m", "venv", "--clear", str(ROOT / ".tools"))
    run(str(ROOT / ".tools/bin/pip"), "install", "-q", "--require-hashes", "-r", "requirements-setup.lock")


def python_for_environments() -> str:
    """The Python the environments get: this one where it fits, else the oldest supported, which uv finds or fetches."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if running in PYTHONS else PYTHONS[0]


def install_environment(folder: str, lock: str) -> Callable[[], None]:
    """A step's work: a new virtual environment with exactly what the lock file names, hashes checked."""

    def work() -> None:
        uv = str(ROOT / ".tools/bin/uv")
        run(uv, "venv", "-q", "--clear", "--python", python_for_environments(), folder, env=uv_environment())
        arguments = ("--python", folder, "--require-hashes", "-r", lock)
        run(uv, "pip", "install", "-q", "--compile-bytecode", *arguments, env=uv_environment())

    return work


def install_jars(profile: str) -> Callable[[], None]:
    """A step's work: the jars of one profile of infra/pom.xml, through Maven."""

    def work() -> None:
        target = BUILD / "jars" / profile
        shutil.rmtree(target, ignore_errors=True)
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}")
        run("mvn", "-q", "-B", "-f", "infra/pom.xml", "-P", profile, *goal)

    return work


def compile_kernels() -> None:
    """A step's work: the worker's compiled code, so that its first start doesn't wait for it and several don't compile it at once.

    What was compiled before goes first: numba does not notice that a function it took in from another file has changed.
    """
    for stale in (ROOT / "detectors").rglob("*.nb?"):
        stale.unlink()
    run(str(ROOT / ".venv/bin/python"), "-c", "from detectors.state import compile_all; compile_all()")


def install() -> bool:
    """Run every step that isn't done; returns whether anything was."""
    jars = BUILD / "jars"
    kernels = sorted(str(one.relative_to(ROOT)) for one in (ROOT / "detectors").rglob("*.py"))
    done = [
        step("system parts", (), (), install_system) if missing_programs() or not _has_venv() else False,
        step("installer", ("requirements-setup.lock",), (ROOT / ".tools/bin/uv",), install_uv),
        *(
            step(
                f"environment {folder}",
                (lock,),
                (ROOT / folder / "bin/python",),
                install_environment(folder, lock),
            )
            for folder, lock in ((".venv", "requirements.lock"), (".venv-flink", "requirements-flink.lock"))
        ),
        *(
            step(f"{profile} jars", ("infra/pom.xml",), (jars / profile,), install_jars(profile))
            for profile in ("kafka", "flink")
        ),
        step("kernels", ("requirements.lock", *kernels), (), compile_kernels),
    ]
    return any(done)


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock that keeps two setups of one clone apart; the second waits for the first."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Set up and write `build/setup.json`; returns the exit code (0 done, 3 something is missing that only a person can add)."""
    started = time.monotonic()
    try:
        with only_one():
            check_machine()
            if not (BUILD / "setup.json").exists():
                warn_of_ports()
            fresh = install()
    except SetupError as error:
        sys.stderr.write(f"setup: {error}\n")
        return 3
    took_s = round(time.monotonic() - started, 1)
    (BUILD / "setup.json").write_text(json.dumps({"setup_s": took_s, "fresh": fresh}))
    if fresh:
        say(f"everything is there, after {took_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

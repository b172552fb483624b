"""What is built below the clone: the two virtual environments, the jars, and the worker's compiled code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable

from infra.setup.step import BUILD, ROOT, Step, run

PYTHONS = ("3.11", "3.12")
ENVIRONMENTS = {".venv": "requirements.lock", ".venv-flink": "requirements-flink.lock"}
PROFILES = ("kafka", "flink")
HERE = "infra/setup/parts.py"


def parts() -> list[Step]:
    """The steps in their order."""
    kernels = sorted(str(one.relative_to(ROOT)) for one in (ROOT / "detectors").rglob("*.py"))
    return [
        Step("installer", (HERE, "requirements-setup.lock"), (ROOT / ".tools/bin/uv",), install_uv),
        *(environment(folder, lock) for folder, lock in ENVIRONMENTS.items()),
        *(jars(profile) for profile in PROFILES),
        Step("kernels", (HERE, "requirements.lock", *kernels), (), compile_kernels),
    ]


def environment(folder: str, lock: str) -> Step:
    """A new virtual environment with exactly what the lock file names, hashes checked."""
    return Step(
        f"environment {folder}",
        (HERE, lock),
        (ROOT / folder / "bin/python",),
        install_environment(folder, lock),
    )


def jars(profile: str) -> Step:
    """The jars of one profile of infra/pom.xml."""
    return Step(
        f"{profile} jars", (HERE, "infra/pom.xml"), (BUILD / "jars" / profile,), install_jars(profile)
    )


def install_uv() -> None:
    """The installer for the rest, in an environment of its own."""
    run(sys.executable, "-m", "venv", "--clear", str(ROOT / ".tools"))
    run(str(ROOT / ".tools/bin/pip"), "install", "-q", "--require-hashes", "-r", "requirements-setup.lock")


def install_environment(folder: str, lock: str) -> Callable[[], None]:
    """A step's work: a new virtual environment with exactly what the lock file names, hashes checked."""

    def work() -> None:
        uv = str(ROOT / ".tools/bin/uv")
        run(uv, "venv", "-q", "--clear", "--python", python_for_environments(), folder, env=uv_environment())
        arguments = ("--python", folder, "--require-hashes", "-r", lock)
        run(uv, "pip", "install", "-q", "--compile-bytecode", *arguments, env=uv_environment())

    return work


def uv_environment() -> dict[str, str]:
    """The environment for uv: the system's certificates, and the package index pip was told to use."""
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    if "PIP_INDEX_URL" in os.environ:
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    return environment


def python_for_environments() -> str:
    """The Python the environments get: this one where it fits, else the oldest supported, which uv finds or fetches."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if running in PYTHONS else PYTHONS[0]


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

"""What the operating system has to have: Java, Maven, Mosquitto, Chromium and Python's venv."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from infra.setup.step import SetupError, Step, run, say

# The program that shows a package is there, and what apt calls it; the first name that apt knows is taken.
PACKAGES = {
    "java": ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"),
    "mvn": ("maven",),
    "mosquitto": ("mosquitto",),
    "chromium": ("chromium",),
}


def system_parts() -> list[Step]:
    """Nothing to do where nothing is missing."""
    lacking = missing_programs() or not has_venv()
    return [Step("system parts", ("infra/setup/system.py",), (), install_system)] if lacking else []


def install_system() -> None:
    """Install what the system lacks through apt-get, where that is allowed; else say the one command that does."""
    if not missing_programs() and has_venv():
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


def missing_programs() -> list[str]:
    """The system programs that are not there yet (a java older than 17 counts as missing)."""
    missing = [
        program for program in PACKAGES if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    ]
    return [*missing, "java"] if "java" not in missing and java_version() < 17 else missing


def java_version() -> int:
    """The major version of the java on the path, 0 where there is none."""
    if not shutil.which("java"):
        return 0
    printed = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', printed)
    return int(found.group(1)) if found else 0


def packages_for(programs: list[str]) -> list[str]:
    """The names of the Debian or Ubuntu packages with these programs, as this system's apt knows them."""
    names = [_known(PACKAGES[program]) for program in programs]
    if not has_venv():
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


def has_venv() -> bool:
    """Whether this Python can make virtual environments that have pip."""
    return (
        subprocess.run(
            [sys.executable, "-c", "import ensurepip"], capture_output=True, check=False
        ).returncode
        == 0
    )


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

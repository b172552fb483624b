"""What a process and a command say of settings that nobody knows: one line, where the rest of their words are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.streams.worker import ROOT

START = "from streams.process import start; start('quiet')"
TYPO = {"VEDETTE_CHECKPOINT_SS": "1", "VEDETTE_LOG_FORMAT": "json"}


def ran(*arguments: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VEDETTE_")}
    environment = {**kept, "VEDETTE_HOME": str(home), "VEDETTE_CONFIG": os.devnull, **settings}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, input="", capture_output=True, text=True, check=True
    )  # fmt: skip


def test_a_process_logs_what_it_does_not_know_and_nothing_beside_the_log(tmp_path: Path) -> None:
    done = ran("-c", START, home=tmp_path, **TYPO)
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (line["event"], line["level"]) == ("unknown settings, which do nothing", "warning")
    assert line["variables"] == "VEDETTE_CHECKPOINT_SS (did you mean VEDETTE_CHECKPOINT_S?)"
    assert ran("-c", START, home=tmp_path).stderr == ""


def test_a_command_says_it_on_stderr_once_and_keeps_stdout_clean(tmp_path: Path) -> None:
    done = ran("-m", "streams.privacy", "unseal", home=tmp_path, **TYPO)
    assert done.stdout == ""
    assert done.stderr.startswith("unknown settings, which do nothing: VEDETTE_CHECKPOINT_SS (did you mean")
    assert done.stderr.count("\n") == 1

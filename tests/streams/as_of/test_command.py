"""The command as a person types it, on a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.kafka import free_port
from tests.schemas.as_of.store import Past, past, past_url
from tests.schemas.as_of.story import DECIDED, late_news

__all__ = ["past", "past_url"]


def run(url: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VEDETTE_CLICKHOUSE_URL": url, "VEDETTE_HOME": str(home), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "streams.as_of", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.clickhouse
def test_what_was_known_when_it_was_decided(past: Past, past_url: str, tmp_path: Path) -> None:
    tenant = past.tell(late_news())
    told = run(past_url, tmp_path, "device", "--when-decided", DECIDED, "--tenant", tenant)
    assert told.returncode == 0, told.stderr
    marked = [line for line in told.stdout.splitlines() if line.startswith("*")]
    assert len(marked) == 1
    assert "sessions s1" in marked[0]
    assert "1 thing differs, marked with *." in told.stdout
    found = json.loads(
        run(past_url, tmp_path, "credential", "cam", "--at", DECIDED, "--tenant", tenant, "--json").stdout
    )
    assert (found["then"]["state"], found["then"]["wanted"], found["differences"]) == ("active", "held", [])
    nothing = run(past_url, tmp_path, "fleet", "--at", "2001-01-01T00:00:00Z", "--tenant", tenant)
    assert nothing.returncode == 1
    assert "Nothing was known of it then" in nothing.stdout
    wrong = run(past_url, tmp_path, "fleet", "--at", "lunch", "--tenant", tenant)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("at: is no moment: write an RFC 3339 time")


def test_a_name_that_is_missing_is_said_before_anybody_is_asked(tmp_path: Path) -> None:
    done = run(f"http://127.0.0.1:{free_port()}/default", tmp_path, "device")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("device: which one? Give its name")


def test_a_store_that_is_away_is_said(tmp_path: Path) -> None:
    gone = run(f"http://127.0.0.1:{free_port()}/default", tmp_path, "fleet")
    assert gone.returncode == 3
    assert "set VEDETTE_CLICKHOUSE_URL" in gone.stderr

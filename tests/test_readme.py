"""What the README tells a person to type works, and what it lists is complete."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemas.settings import Settings
from tests.demo import Demo

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RUN = re.findall(r"<!-- run -->\n```bash\n(.*?)```", README, flags=re.DOTALL)


def _here(block: str, demo: Demo) -> str:
    """The block with the default addresses and folder replaced by those of this demo."""
    store = urlsplit(demo.settings.clickhouse_url).port
    moved = block.replace("127.0.0.1:8123", f"127.0.0.1:{store}")
    moved = moved.replace("127.0.0.1:8600", f"127.0.0.1:{demo.settings.control_port}")
    return moved.replace("build/", f"{demo.settings.home}/")


@pytest.mark.stack
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", RUN, ids=range(len(RUN)))
def test_a_block_marked_to_be_run_works(block: str, demo: Demo) -> None:
    command = ["bash", "-euo", "pipefail", "-c", _here(block, demo)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **demo.environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    assert "Exception" not in done.stdout


def test_there_are_blocks_to_run() -> None:
    assert len(RUN) >= 3


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`make ([a-z-]+)", README)) | set(
        re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE)
    ):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_every_setting_is_listed() -> None:
    missing = [name for name in Settings.model_fields if f"`VEDETTE_{name.upper()}`" not in README]
    assert not missing


def test_every_local_file_it_links_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []

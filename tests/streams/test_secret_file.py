"""A secret's file: made once, whole, and for its owner alone, however many want it at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from streams import secret_file

MAKERS = 8


def test_of_many_at_once_one_wins_and_all_read_its_whole_text(tmp_path: Path) -> None:
    path, together = tmp_path / "secret", Barrier(MAKERS)
    texts = [str(number) * 10_000 for number in range(MAKERS)]

    def made(text: str) -> str:
        together.wait()
        secret_file.make(path, text)
        return path.read_text()

    with ThreadPoolExecutor(MAKERS) as pool:
        (found,) = set(pool.map(made, texts))
    assert found in texts
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("first")
    secret_file.make(path, "second")
    assert path.read_text() == "first"

"""Everything fuzzing ever found, and the seeds it starts from, through every decoder again: quick, and without atheris."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Fatal, Rejected
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus")
CASES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
LARGEST = 65_536


def test_every_target_has_a_corpus_and_every_corpus_a_target() -> None:
    assert {path.parent.name for path in CASES} == set(TARGETS)
    assert [path.name for path in CASES if path.stat().st_size > LARGEST] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_decoder_takes_or_refuses_it(path: Path) -> None:
    try:
        TARGETS[path.parent.name](path.read_bytes())
    except (Rejected, Fatal) as error:
        assert str(error)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_seeds_are_not_all_refused(name: str) -> None:
    """A corpus in which nothing is ever taken would not reach what lies behind the first check."""
    taken = 0
    for path in CORPUS.joinpath(name).iterdir():
        try:
            TARGETS[name](path.read_bytes())
        except (Rejected, Fatal):
            continue
        taken += 1
    assert taken > 0

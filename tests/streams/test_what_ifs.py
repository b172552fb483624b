"""The folder of what-ifs: who works on one, and who may take one up."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.variant.variant import Variant
from streams.what_ifs import WhatIfs


def test_what_is_worked_on_by_who_asked_is_never_up_for_others(tmp_path: Path) -> None:
    one, other = WhatIfs(tmp_path), WhatIfs(tmp_path)
    with one.asked(Variant()) as run:
        assert [found.id for found in other.all()] == [run.id]
        assert other.waiting() == []
        with other.held(run.id) as mine:
            assert not mine
    assert [found.id for found in other.waiting()] == [run.id]


def test_what_is_queued_waits_until_somebody_holds_it(tmp_path: Path) -> None:
    what_ifs = WhatIfs(tmp_path)
    run = what_ifs.ask(Variant())
    assert [found.id for found in what_ifs.waiting()] == [run.id]
    with what_ifs.held(run.id) as mine:
        assert mine
        assert what_ifs.waiting() == []


def test_a_look_at_the_wrong_moment_does_not_take_a_what_if_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what_ifs = WhatIfs(tmp_path)
    run = what_ifs.ask(Variant())
    looking = what_ifs.held(run.id)
    looking.__enter__()
    monkeypatch.setattr("streams.what_ifs.time.sleep", lambda _: looking.__exit__(None, None, None))
    with what_ifs.held(run.id) as mine:
        assert mine

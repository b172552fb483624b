"""The token comes from the settings or from a file only its owner can read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from schemas.errors import Fatal
from schemas.settings import Settings
from streams.control.token import allows, token_of


def test_it_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")
    token = token_of(settings)
    assert token_of(settings) == token
    assert len(token) >= 32
    assert stat.S_IMODE((tmp_path / "new" / "control.token").stat().st_mode) == 0o600


def test_the_setting_comes_first(tmp_path: Path) -> None:
    assert token_of(Settings(home=tmp_path, control_token="from-the-settings")) == "from-the-settings"
    assert not (tmp_path / "control.token").exists()


def test_a_short_one_is_refused_without_being_told(tmp_path: Path) -> None:
    (tmp_path / "control.token").write_text("hunter2")
    with pytest.raises(Fatal, match=r"control\.token: the token must be at least") as caught:
        token_of(Settings(home=tmp_path))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("Bearer secret-token", True),
        ("bearer  secret-token", True),
        ("Bearer secret", False),
        ("Bearer", False),
        ("", False),
        ("Bearer \u20ac", False),
    ],
)
def test_only_the_token_opens(header: str, allowed: bool) -> None:
    assert allows("secret-token", header) is allowed

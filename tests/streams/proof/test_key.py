"""The signing key: made once, for its owner alone, and refused when it is not what it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Fatal, Rejected
from schemas.settings import Settings
from streams.proof.key import private_key
from streams.proof_log.public_key import public_key, public_path


def test_it_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    key = private_key(settings)
    assert private_key(settings) == key
    assert (settings.home / "proof.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in settings.home.iterdir()) == ["proof.key", "proof.pub"]
    assert public_key(str(public_path(settings))) == key.public == public_key(str(key.public))


def test_a_key_that_is_not_right_is_refused_without_showing_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    text = private_key(settings).text()
    with pytest.raises(Fatal, match="VEDETTE_PROOF_ORIGIN"):
        private_key(Settings(home=tmp_path, proof_origin="elsewhere/log"))
    path = tmp_path / "proof.key"
    path.write_text(text[:-8])
    with pytest.raises(Fatal, match="not a signing key") as caught:
        private_key(settings)
    assert text[-20:-8] not in str(caught.value)
    path.chmod(0o644)
    with pytest.raises(Fatal, match="chmod 600"):
        private_key(settings)


def test_a_public_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for text in ("", str(tmp_path / "missing"), str(tmp_path / "binary"), str(tmp_path)):
        with pytest.raises(Rejected):
            public_key(text)

"""What is asked wrongly of the proofs, and the key; proofs themselves are made from a real log in tests/streams/proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.streams.control.memory import Caller, proving


@pytest.fixture
def api(tmp_path: Path) -> Caller:
    """An API whose log does not answer."""
    return proving(Settings(home=tmp_path, kafka_bootstrap="127.0.0.1:1"))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("checkpoint?size=-1", "size"),
        ("checkpoint?size=" + "9" * 40, "size"),
        ("consistency", "from"),
        ("consistency?from=latest", "from"),
        ("consistency?from=1&to=\u0661", "to"),
        ("inclusion", "origin"),
        ("inclusion?origin=a/0/1&id=x", "origin"),
        ("inclusion?origin=alerts/1", "origin"),
        (f"inclusion?origin=alerts/0/{'9' * 5000}", "origin"),
        ("inclusion?id=a%0ab", "id"),
    ],
)
def test_what_is_asked_wrongly_is_named(api: Caller, path: str, field: str) -> None:
    answer = api.get(f"/v1/proof/{path}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_the_key_is_told_once_there_is_one_and_again_only_when_it_changed(
    api: Caller, tmp_path: Path
) -> None:
    assert (api.get("/v1/proof/key").status_code, api.get("/v1/proof/key").json()["code"]) == (404, "no_key")
    (tmp_path / "proof.pub").write_text("vedette.test/log+00+key\n")
    told = api.get("/v1/proof/key")
    assert (told.text, told.headers["content-type"]) == (
        "vedette.test/log+00+key\n",
        "text/plain; charset=utf-8",
    )
    again = api.get("/v1/proof/key", If_None_Match=f'"other", {told.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    (tmp_path / "proof.pub").write_text("another\n")
    assert api.get("/v1/proof/key", If_None_Match=told.headers["etag"]).text == "another\n"


def test_no_proof_is_told_without_the_token(api: Caller) -> None:
    for path in ("key", "checkpoint", "inclusion?id=x", "consistency?from=1"):
        assert api.get(f"/v1/proof/{path}", Authorization="none").status_code == 401

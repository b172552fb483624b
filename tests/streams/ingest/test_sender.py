"""Whose key seals what was refused."""

from __future__ import annotations

import pytest

from streams.ingest.sender import UNKNOWN, sender
from tests.streams.ingest.sample import unit


def test_a_certificate_says_whose_it_is_whatever_the_message_says() -> None:
    assert sender(unit(b'{"tenant":"x","device":"y"}', "t", "cam-1")) == ("t", "cam-1")
    assert sender(unit(b"noise", "t", "cam-1")) == ("t", "cam-1")


@pytest.mark.parametrize(
    ("raw", "whose"),
    [
        (b'{"tenant":"t","device":"cam-1","time":"no","metrics":3}', ("t", "cam-1")),
        (b'{"tenant":"t","subject":"cam-1","specversion":1,"data":[]}', ("t", "cam-1")),
        (b'{"tenant":"t"}', UNKNOWN),
        (b'{"tenant":"t","device":7}', UNKNOWN),
        (b'{"tenant":"t","device":"a b"}', UNKNOWN),
        (b'{"tenant":"","device":"cam-1"}', UNKNOWN),
        (b'["tenant"]', UNKNOWN),
        (b'{"tenant":"t","device":"cam-1"', UNKNOWN),
        (b"\xff\xfe", UNKNOWN),
        (b"", UNKNOWN),
        (b"[" * 100_000, UNKNOWN),
    ],
)
def test_of_a_gateway_the_message_says_it_where_it_can_be_read(raw: bytes, whose: tuple[str, str]) -> None:
    assert sender(unit(raw)) == whose

"""Fields a type does not have, found at any depth."""

from __future__ import annotations

import msgspec
import pytest

from schemas.errors import Rejected
from schemas.registry import decode_data
from schemas.strict import unknown_field


class Inner(msgspec.Struct):
    """Nested below."""

    low: int = 0


class Outer(msgspec.Struct):
    """Something of every shape."""

    one: Inner
    maybe: Inner | None = None
    many: tuple[Inner, ...] = ()
    by_name: dict[str, list[Inner]] = {}
    plain: str = ""


GOOD = {"low": 1}
BAD = {"low": 1, "lwo": 2}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"one": GOOD, "maybe": None, "many": [GOOD], "by_name": {"any": [GOOD]}, "plain": "x"}, ""),
        ({"one": GOOD, "two": GOOD}, "data.two"),
        ({"one": BAD}, "data.one.lwo"),
        ({"one": GOOD, "maybe": BAD}, "data.maybe.lwo"),
        ({"one": GOOD, "many": [GOOD, BAD]}, "data.many[1].lwo"),
        ({"one": GOOD, "by_name": {"any": [BAD]}}, "data.by_name[...][0].lwo"),
        ({"one": GOOD, "x" * 100: 1}, "data." + "x" * 64),
        ({"one": GOOD, "a\nb": 1}, "data...."),
    ],
)
def test_the_first_unknown_field_is_named(value: object, path: str) -> None:
    assert unknown_field(value, Outer) == path


def test_who_takes_data_in_refuses_it_and_a_reader_does_not() -> None:
    value = b'{"session":"s","address":"a","nested":{"password":"hunter2"}}'
    assert decode_data("session.opened.v1", value)
    with pytest.raises(Rejected) as caught:
        decode_data("session.opened.v1", value, strict=True)
    assert (caught.value.code, caught.value.field) == ("unknown_field", "data.nested")
    assert "hunter2" not in str(caught.value)

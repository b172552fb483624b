"""Taking messages apart into units."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.ingest.unit import elements, split

values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=3), values, max_size=3)


@settings(max_examples=40)
@given(st.lists(objects, min_size=1, max_size=8))
def test_lines_come_apart(given_objects: list[dict[str, object]]) -> None:
    lines = [json.dumps(value).encode() for value in given_objects]
    assert split(b"\r\n".join(lines) + b"\n\n") == lines


@settings(max_examples=40)
@given(objects)
def test_one_pretty_object_stays_whole(value: dict[str, object]) -> None:
    payload = json.dumps(value, indent=1, allow_nan=True).encode()
    if b"NaN" not in payload and b"Infinity" not in payload:
        assert split(payload) == [payload]


@pytest.mark.parametrize(
    "payload", [b"", b"\n", b"noise\nnoise", b"\x00\n\xff", b'[{"a":1},\n{"a":2}]', b"{\n" * 5]
)
def test_what_is_no_list_of_objects_is_one_unit(payload: bytes) -> None:
    assert split(payload) == [payload]


def test_a_broken_line_among_good_ones_is_one_unit() -> None:
    assert split(b'{"a":1}\n{"a":\n{"a":3}') == [b'{"a":1}', b'{"a":', b'{"a":3}']


def test_over_the_limit_is_not_taken_apart() -> None:
    payload = b'{"a":1}\n' * 10
    assert split(payload, len(payload) - 1) == [payload]


@settings(max_examples=40)
@given(st.lists(values, max_size=6), st.sampled_from([None, 1]))
def test_elements_are_the_array(given_values: list[object], indent: int | None) -> None:
    payload = json.dumps(given_values, indent=indent).encode()
    assert [repr(json.loads(element)) for element in elements(payload)] == [
        repr(value) for value in given_values
    ]


@pytest.mark.parametrize(
    "payload", [b"[", b"[1", b"[1,]", b"[1]x", b"[NaN", b"[NaN,]", b"[NaN]]", b"[NaN 1]", b"[" * 9999]
)
def test_a_broken_array_is_one_unit(payload: bytes) -> None:
    assert elements(payload) == [payload]


def test_nan_spoils_only_its_own_element() -> None:
    assert elements(b' [{"a": 1} ,\n {"b":NaN}] ') == [b'{"a": 1}', b'{"b":NaN}']

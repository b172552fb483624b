"""What is printed can't do anything to a terminal, and still says everything."""

from __future__ import annotations

import base64
import io
import json

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from streams.dead_letters import shown
from streams.dead_letters.queue import Found
from tests.streams.dead_letters.sample import dead, found


@given(st.binary(max_size=80))
def test_a_rendering_prints(raw: bytes) -> None:
    assert all(char.isprintable() or char == "\n" for char in shown.rendering(raw))


@given(st.text(max_size=40), st.binary(max_size=40))
def test_a_letter_prints_whoever_wrote_it(text: str, raw: bytes) -> None:
    one = found(dead(raw, code=text, field=text, origin=text, tenant=text, device=text, process=text))
    assert all(char.isprintable() or char == "\n" for char in shown.details(one))
    line = shown.plain(Found([one], 1))
    assert all(char.isprintable() or char == "\t" for char in line)
    assert line.count("\t") == 8
    made = json.loads(json.dumps(shown.document(one, with_bytes=True)))
    assert base64.b64decode(made["raw_base64"]) == raw


def test_what_does_not_print_is_escaped_and_what_is_cut_is_counted() -> None:
    assert shown.rendering("\x1b[31mé\u202e\u00a0\n".encode() + b"\xff") == "\\x1b[31mé\\u202e\\xa0\n\\xff"
    assert shown.rendering(b"x" * 2500).endswith("... 500 bytes more: --bytes prints them all")


def test_markup_of_a_stranger_stays_text() -> None:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(shown.table(Found([found(dead(code="[bold]", field="[/red]"))], 1)))
    assert "[bold]" in console.export_text()


def test_sizes_are_for_people() -> None:
    assert [shown.size(n) for n in (0, 1023, 1536, 3 * 1024**2)] == ["0 B", "1023 B", "1.5 KiB", "3 MiB"]

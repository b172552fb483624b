"""The options that select letters, the same for every command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import typer

from schemas.event import parse_time
from streams.command import explained
from streams.dead_letters.letter import Selection

SETS = {
    "code": "only with this code; may be given several times, as the next four",
    "process": "only refused by this process",
    "field": "only about this field",
    "tenant": "only from this tenant, where the edge knew it",
    "device": "only from this device, where the edge knew it",
}
PLURAL = {name: "processes" if name == "process" else f"{name}s" for name in SETS}
TEXTS = {
    "since": "only refused at or after this RFC 3339 time",
    "until": "only refused before this RFC 3339 time",
}
ACTOR = typer.Option("", help="who does it; default: the user's name")
COMMENT = typer.Option("", help="why, kept with the event")
APPLY = typer.Option(False, "--apply", help="do it; else it is only said what would be done")
ALL = typer.Option(False, "--all", help="every open letter, where nothing else selects")
LIMIT = typer.Option(100, min=1, help="at most so many, the oldest")
JSON = typer.Option(False, "--json", help="one JSON document")


def selecting(command: Callable[..., None]) -> Callable[..., None]:
    """`command(selection, ...)` with options in the place of `selection`, its errors explained."""

    @functools.wraps(command)
    def run(**given: Any) -> None:
        with explained():
            sets: dict[str, Any] = {PLURAL[name]: frozenset(given.pop(name)) for name in SETS}
            times: dict[str, Any] = {
                name: parse_time(text, f"--{name}") if (text := given.pop(name)) else None for name in TEXTS
            }
            selection = Selection(ids=tuple(given.pop("ids") or ()), **sets, **times)
            command(selection, **given)

    _describe(run, command)
    return run


def _describe(run: Any, command: Callable[..., None]) -> None:
    """Let `run` look to typer as if it had the options as parameters."""
    ids = typer.Argument(None, metavar="[ID]...", help="letters by id, or the beginning of one")
    made: dict[str, tuple[Any, Any]] = {"ids": (list[str], ids)}
    made |= {name: (list[str], typer.Option([], help=told)) for name, told in SETS.items()}
    made |= {name: (str, typer.Option("", help=told)) for name, told in TEXTS.items()}
    hints = get_type_hints(command)
    _, *own = inspect.signature(command).parameters.values()
    kind = inspect.Parameter.KEYWORD_ONLY
    options = [inspect.Parameter(name, kind, default=option) for name, (_, option) in made.items()]
    run.__signature__ = inspect.Signature([*options, *(one.replace(kind=kind) for one in own)])
    run.__annotations__ = {name: type_ for name, (type_, _) in made.items()} | {
        o.name: hints[o.name] for o in own
    }
    del run.__wrapped__

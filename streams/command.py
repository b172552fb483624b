"""What the commands that people type have in common: Kafka once it answers, and errors as one line and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from schemas.errors import Fatal, Rejected, Retryable
from schemas.settings import Settings
from streams.log.topics import ensure

# A person waits: better to say soon that Kafka is down than to try for long.
KAFKA_S = 5.0


def kafka() -> str:
    """Kafka's address as the settings name it, with every topic there; Retryable where it does not answer."""
    bootstrap = Settings.load().kafka_bootstrap
    try:
        ensure(bootstrap, KAFKA_S)
    except Fatal as error:
        raise Retryable(str(error)) from None
    return bootstrap


def commands(about: str | None = None, *, runs_alone: bool = False) -> typer.Typer:
    """What commands are registered with; without one it says which there are, unless it does something alone.

    Help flows to the terminal's width, and an error nobody expected is a plain traceback.
    """
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        no_args_is_help=not runs_alone,
        help=about,
    )


@contextmanager
def explained() -> Iterator[None]:
    """Errors of the block as one line: exit code 1 for what is not there or can't be done, 2 for what was asked wrongly, 3 where Kafka
    is down."""
    try:
        yield
    except Retryable as error:
        fail(3, f"{error}; start Kafka or set VEDETTE_KAFKA_BOOTSTRAP")
    except Rejected as error:
        fail(2, str(error))
    except Fatal as error:
        fail(1, str(error))


def fail(code: int, text: str) -> NoReturn:
    """End with this exit code after saying why."""
    typer.echo(text, err=True)
    raise typer.Exit(code) from None

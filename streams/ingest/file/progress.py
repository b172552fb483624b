"""What a person sees while recordings are sent and accounted for: two bars on the standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from streams.ingest.file.outcome import Outcome
from streams.ingest.file.recording import Recording


def progress(*, quiet: bool) -> Progress:
    """The place of the bars; nothing is shown where it is `quiet`."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.fields[rows]:>9,} rows"))
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True, quiet=quiet))


def sending(shown: Progress, recordings: Sequence[Recording]) -> Callable[[int], None]:
    """A bar of how far the recordings are read; to be called with how many rows are sent."""
    bar = shown.add_task("sending", total=sum(recording.size_bytes for recording in recordings), rows=0)

    def advanced(rows: int) -> None:
        shown.update(bar, completed=sum(recording.position for recording in recordings), rows=rows)

    return advanced


def accounting(shown: Progress, sent: int) -> Callable[[Outcome], None]:
    """A bar of how many of the rows sent are accounted for; to be called with each count."""
    bar = shown.add_task("accounting", total=sent, rows=0)

    def counted(outcome: Outcome) -> None:
        done = outcome.sent - outcome.missing
        shown.update(bar, completed=done, rows=done)

    return counted

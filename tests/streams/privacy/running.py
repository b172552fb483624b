"""The processes a test needs, on threads of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas.settings import Settings
from streams.archive.archive import Archive
from streams.privacy.process import PrivacyProcess


@contextmanager
def archiving(bootstrap: str, url: str) -> Iterator[None]:
    """An archive, stopped at the end."""
    with running(lambda stop: Archive(bootstrap, url, stop).run()):
        yield


@contextmanager
def erasing(settings: Settings) -> Iterator[None]:
    """A privacy process, stopped at the end."""
    with running(lambda stop: PrivacyProcess(settings, stop).run()):
        yield


@contextmanager
def running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    """Something that works until told to stop, on a thread of its own, stopped at the end; it must not have failed."""
    stop, failures = threading.Event(), list[Exception]()

    def work() -> None:
        try:
            run(stop)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
    assert not failures, failures

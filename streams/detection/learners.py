"""Where partitions learn again: threads of their own, so that whatever else the worker waits for has its threads at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from schemas.errors import Fatal
from streams.detection.held import Held
from streams.log.detecting import INPUTS, Taken, taken
from streams.log.record import Record
from streams.log.stretch import Read


class Learners:
    """One thread for each input: roll-backs of one input take turns, as more at once would only share the interpreter."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._threads = {topic: ThreadPoolExecutor(1, f"learning-{topic}") for topic in INPUTS}

    async def taken(self, held: Held, record: Record) -> Taken:
        """What becomes of a roll-back; `held` is as it was. Ends early, with Fatal in its thread, once the partition is dropped."""
        thread, loop = self._threads[record.topic], asyncio.get_running_loop()
        return await loop.run_in_executor(thread, taken, held.state, record, self._while_wanted(held))

    def _while_wanted(self, held: Held) -> Read:
        def read(topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
            for record in self._read(topic, partition, start, end):
                if held.dropped:
                    raise Fatal("nobody wants what is learned again any more")
                yield record

        return read

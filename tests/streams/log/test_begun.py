"""A coroutine that is run at once, up to where it first waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import pytest

from streams.log.begun import Begun
from streams.log.transport import Consumer


async def double(number: int) -> int:
    return 2 * number


async def double_later(number: Awaitable[int]) -> int:
    try:
        return 2 * await number
    except ValueError:
        await asyncio.sleep(0)
        return -1


def consumer(loop: asyncio.AbstractEventLoop) -> Any:
    one = Consumer.__new__(Consumer)
    one.__dict__.update(_stopped=asyncio.Event(), _crashed=asyncio.Event(), _loop=loop)
    return one


def test_a_coroutine_that_need_not_wait_is_done_at_once() -> None:
    begun = Begun(double(2))
    assert begun.is_done
    assert begun.result == 4


def test_what_is_left_is_awaited() -> None:
    async def check() -> None:
        number = asyncio.get_running_loop().create_future()
        begun = Begun(double_later(number))
        assert not begun.is_done
        task = asyncio.ensure_future(begun)
        await asyncio.sleep(0)
        number.set_result(3)
        assert await task == 6

    asyncio.run(check())


def test_an_error_reaches_the_coroutine_and_what_it_does_about_it_counts() -> None:
    async def check() -> None:
        number = asyncio.get_running_loop().create_future()
        begun = Begun(double_later(number))
        number.set_exception(ValueError("none"))
        assert await begun == -1

    asyncio.run(check())


def test_cancelling_the_rest_cancels_the_coroutine() -> None:
    async def check() -> None:
        number = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(Begun(double_later(number)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert number.cancelled()

    asyncio.run(check())


@pytest.mark.parametrize("waits", [False, True])
def test_the_consumer_hands_a_record_over_whether_it_must_wait_or_not(waits: bool) -> None:
    async def check() -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        number = loop.create_future()
        loop.call_soon(number.set_result, 5)
        first: Coroutine[Any, Any, int] = double_later(number) if waits else double(5)
        found = await consumer(loop).wait_first(first, event.wait())
        assert (found.results, found.stopped) == ([10], False)

    asyncio.run(check())


def test_the_consumer_stops_waiting_for_a_record_where_it_is_told_to() -> None:
    async def check() -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        number = loop.create_future()
        loop.call_soon(event.set)
        found = await consumer(loop).wait_first(double_later(number), event.wait())
        assert found.results == [True]
        await asyncio.sleep(0)
        assert number.cancelled()

    asyncio.run(check())


def test_what_is_no_coroutine_is_waited_for_as_faust_does() -> None:
    async def check() -> None:
        event = asyncio.Event()
        event.set()
        found = await consumer(asyncio.get_running_loop()).wait_first(event)
        assert found.results == [True]

    asyncio.run(check())

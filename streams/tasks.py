"""Several works of an event loop that belong together."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, Final

AGAIN_S: Final = 20.0
"""Longer than any of them takes to clear up."""


async def first_to_end(*works: Coroutine[Any, Any, None]) -> None:
    """Runs all until one of them ends or fails, cancels the others, and raises what that one raised."""
    tasks = [asyncio.create_task(each) for each in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _ended(tasks)


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels them until they have ended: a library that meets a cancellation at a bad moment may lose it."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)  # what they raised has been looked at

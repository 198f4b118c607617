"""Works that belong together end together."""

import asyncio

import pytest

from streams import tasks


async def test_one_that_loses_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lost += 1
        await asyncio.sleep(60)

    async def brief() -> None:
        await asyncio.sleep(0)

    async with asyncio.timeout(10):
        await tasks.first_to_end(deaf(), brief())
    assert lost == 1


async def test_what_the_first_one_raised_is_raised() -> None:
    async def failing() -> None:
        raise LookupError("what failed")

    with pytest.raises(LookupError, match="what failed"):
        await tasks.first_to_end(asyncio.sleep(60), failing())

"""Answers that take a while: asked once at a time, kept, and never waited for without a bound."""

import asyncio

import pytest

from streams.reading import ReadError
from streams.web.memory import KEYS_MAX, Memory


class Slow:
    """Answers with the number of the question, once it may; or not at all."""

    def __init__(self) -> None:
        self.asked = 0
        self.may = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.may.wait()
        if self.error is not None:
            raise self.error
        return mine


async def test_those_who_ask_at_once_share_one_question_and_its_answer_is_kept() -> None:
    now, slow = [0.0], Slow()
    memory: Memory[int] = Memory(10, 1, lambda: now[0])
    slow.may.set()
    found = await asyncio.gather(*(memory.get("a", slow) for _ in range(5)))
    assert {each.value for each in found} == {1}
    now[0] = 9.9
    assert (await memory.get("a", slow)).value == 1
    now[0] = 10.0
    assert (await memory.get("a", slow)).value == 2
    memory.forget("a")
    assert (await memory.get("a", slow)).value == 3
    assert (await memory.get("b", slow)).value == 4, "another key is another question"


async def test_nobody_waits_longer_than_the_bound_and_the_work_goes_on() -> None:
    slow = Slow()
    memory: Memory[int] = Memory(10, 0.01)
    first = await memory.get("a", slow)
    assert (first.value, first.underway) == (None, True)
    assert (await memory.get("a", slow)).underway
    slow.may.set()
    again = await memory.get("a", slow)
    assert (again.value, again.underway, slow.asked) == (1, False, 1)


async def test_what_the_brokers_say_is_told_and_the_last_answer_stays() -> None:
    now, slow = [0.0], Slow()
    memory: Memory[int] = Memory(10, 1, lambda: now[0])
    slow.may.set()
    await memory.get("a", slow)
    now[0], slow.error = 20.0, ReadError("no brokers")
    failed = await memory.get("a", slow)
    assert (failed.value, failed.asked_at, failed.error) == (1, 0.0, "no brokers")
    slow.error = None
    assert (await memory.get("a", slow)).error is None
    now[0], slow.error = 40.0, ZeroDivisionError("a mistake of ours")
    with pytest.raises(ZeroDivisionError):
        await memory.get("a", slow)


async def test_it_keeps_so_many_keys_and_forgets_the_longest_unused() -> None:
    slow = Slow()
    slow.may.set()
    memory: Memory[int] = Memory(1000, 1)
    for number in range(KEYS_MAX + 1):
        await memory.get(str(number), slow)
    assert memory.known("0").value is None
    assert memory.known("1").value == 2

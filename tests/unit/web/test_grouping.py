"""Records that are asked for together go out together, and each waits for its own."""

import asyncio
from collections.abc import Iterable

import pytest

from streams.publish import Outgoing, PublishError
from streams.web.grouping import Grouped


class Slow:
    """Acknowledges a group when it is let."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.let = asyncio.Event()
        self.broken = False

    async def send(self, records: Iterable[Outgoing]) -> int:
        group = [each.value for each in records]
        self.groups.append(group)
        await self.let.wait()
        if self.broken:
            raise PublishError("no brokers")
        return len(group)


def _record(value: bytes) -> Outgoing:
    return Outgoing("access", b"A", value, 1)


async def test_what_comes_while_a_group_is_on_its_way_is_the_next_group() -> None:
    slow = Slow()
    sink = Grouped(slow)
    asked = [asyncio.create_task(sink.send([_record(b"0")]))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked += [asyncio.create_task(sink.send([_record(b"%d" % number)])) for number in range(1, 4)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in asked)
    asked[2].cancel()
    slow.let.set()
    await asyncio.gather(*asked, return_exceptions=True)
    assert [each.cancelled() for each in asked] == [False, False, True, False]
    assert slow.groups == [[b"0"], [b"1", b"2", b"3"]]


async def test_a_group_that_fails_fails_for_all_of_it_and_the_next_is_tried() -> None:
    slow = Slow()
    sink = Grouped(slow)
    slow.let.set()
    slow.broken = True
    failed = await asyncio.gather(*(sink.send([_record(b"x")]) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in failed] == [PublishError, PublishError]
    slow.broken = False
    assert await sink.send([_record(b"y"), _record(b"z")]) == 2
    slow.broken = True
    with pytest.raises(PublishError):
        await sink.send([_record(b"y")])

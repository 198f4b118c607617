"""Failpoints: what may be armed, and that nothing happens at a place which isn't."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from streams import failpoints
from streams.failpoints import PLACES, Armed, parse
from streams.settings import SettingsError, load


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def test_places_and_actions_are_read() -> None:
    armed = parse("sent=kill@7, restore=stop,drain=wait:50")
    assert armed == {
        "sent": Armed(signal.SIGKILL, 7, 0),
        "restore": Armed(signal.SIGSTOP, 1, 0),
        "drain": Armed(None, 1, 50),
    }


@pytest.mark.parametrize("text", ["", "sent", "sent=kill@0", "sent=explode", "sent=wait", "sent=kill,,"])
def test_what_is_no_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no failpoint: NAME=kill"):
        parse(text)


def test_an_unknown_place_is_a_wrong_setting_that_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELIGIBILITY_FAILPOINTS", "commit=kill")
    with pytest.raises(SettingsError, match="ELIGIBILITY_FAILPOINTS: no such failpoint: commit; there are sent, "):
        load()


async def test_a_place_acts_at_its_turn_and_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    failpoints.arm(parse("sent=kill@2"))
    for expected in ([], [signal.SIGKILL], [signal.SIGKILL]):
        for place in PLACES:
            await failpoints.reach(place)
        assert sent == expected


async def test_a_wait_holds_its_place_up_each_time() -> None:
    failpoints.arm(parse("sent=wait:20"))
    began = time.monotonic()
    async with asyncio.timeout(5):
        await failpoints.reach("sent")
        await failpoints.reach("sent")
    assert time.monotonic() - began >= 0.04

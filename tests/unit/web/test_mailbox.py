"""The mailbox of `eligibility up`: which messages it shows, and that it is there on an open service alone."""

from pathlib import Path

import pytest

from streams.settings import KafkaSettings
from streams.web.mailbox import MESSAGES_MAX, newest
from tests.support.core import Lane
from tests.support.events import due
from tests.support.webworld import KEYS, POLICY, World
from tests.unit.notify.world import HOUR, status
from tests.unit.notify.world import World as Notifier


def test_messages_of_all_accounts_come_newest_first_in_the_words_that_were_sent() -> None:
    told = Notifier()
    for account in ("A", "B"):
        told.change(status(1, account=account, at=told.now))
        told.round()
        told.now += HOUR
    found = newest(told.entries, "en")
    assert [each.account for each in found] == ["B", "A"]
    first, _ = told.ways["mailbox"].took
    assert (found[1].title, found[1].body) == (first.content.title, first.content.body)
    assert (found[1].channel, found[1].outcome, found[1].lang) == (first.channel, "sent", "en")
    assert found[1].at.shown == "5 Jan 2026 12:00 (Asia/Shanghai)"


def test_only_so_many_are_shown() -> None:
    told = Notifier()
    for number in range(MESSAGES_MAX + 1):
        told.change(status(1, account=f"A{number}", at=told.now))
    told.round()
    assert len(newest(told.entries, "zh")) == MESSAGES_MAX


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/A"])
@pytest.mark.parametrize("who", KEYS)
async def test_a_service_with_keys_has_no_mailbox(world: World, path: str, who: str) -> None:
    assert (await world.get(path, who)).status_code == 404
    assert world.topic.records == []
    page = await world.get("/accounts/A?lang=en", "support", Accept="text/html")
    assert "/mailbox" not in page.text


async def test_an_open_services_customer_page_leads_to_the_mailbox(tmp_path: Path) -> None:
    world = World(tmp_path, Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")), open=True).ready()
    page = await world.get("/accounts/A?lang=en", "nobody", Accept="text/html")
    assert 'href="/mailbox/A?lang=en"' in page.text
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    world.service.settings = world.service.settings.model_copy(update={"kafka": nowhere})
    assert (await world.get("/mailbox/A", "nobody", Accept="text/html")).status_code == 503, "no brokers"
    assert [each["data"]["what"] for each in world.topic.of("access")][-1] == "GET /mailbox/{id}"
    await world.close()

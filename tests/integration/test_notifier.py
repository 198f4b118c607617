"""The notifier on the real broker: one message for each change that matters, whoever is killed, in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.instants import instant_text
from schemas.notices import (
    NoticeAttempted,
    NoticeEvent,
    NoticePlanned,
    NoticeSettled,
    parse_notice,
)
from schemas.references import reference
from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.local.probe import free_port
from streams.notify.messages import content
from streams.settings import KafkaSettings, NotifierSettings, Settings
from tests.contracts.golden import golden
from tests.support.broker import committed, producer
from tests.support.monitor import get
from tests.support.processes import eligibility
from tests.support.receiver import SECRET, Receiver, receiver

PARTITIONS = 2
ROOT = Path(__file__).parents[2]
DAY = 86_400_000
AT = 1_767_600_000_000  # 2026-01-05T08:00:00Z


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str, hook: Receiver) -> Settings:
    made = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=topic_prefix,
        application_id=f"{topic_prefix}app",
        partitions=PARTITIONS,
        session_timeout_s=1.0,
        heartbeat_s=0.3,
        notifier=NotifierSettings(
            channels=["webhook"],
            webhook_url=hook.url,
            webhook_secret=SECRET,
            quiet_from="00:00",
            quiet_until="00:00",
            language="en",
        ),
    )
    await admin.apply(made)
    return made


def status(account: str, sequence: int, product: str = "jiebei", **changes: Any) -> tuple[str, dict[str, Any]]:
    event = golden("eligibility.status.changed")
    id = f"{account}/{product}/{sequence}"
    data = event["data"] | {
        "account_id": account,
        "product": product,
        "sequence": sequence,
        "reference": reference(id),
        "recorded_at": instant_text(AT + sequence),
        **changes,
    }
    return "status", event | {"id": id, "subject": account, "data": data}


def event(kind: str, topic: str, account: str, id: str, **data: Any) -> tuple[str, dict[str, Any]]:
    stated = {"specversion": "1.0", "id": id, "source": "/t", "type": kind, "subject": account}
    return topic, stated | {"time": instant_text(AT), "data": data}


async def put(settings: Settings, *rows: tuple[str, dict[str, Any]]) -> None:
    bootstrap = settings.kafka.bootstrap_servers or ""
    name = f"{settings.topic_prefix}test"
    async with producer(bootstrap, transactional_id=name) as sender, sender.transaction():
        for topic, document in rows:
            account = document["subject"]
            await sender.send_and_wait(
                settings.topic_prefix + topic,
                orjson.dumps(document),
                account.encode(),
                partition_of(account, PARTITIONS),
                timestamp_ms=AT,
            )


@contextmanager
def running(settings: Settings, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A notifier as a process; killed at the end."""
    notifier = settings.notifier
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ELIGIBILITY_")} | {
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers or "",
        "ELIGIBILITY_TOPIC_PREFIX": settings.topic_prefix,
        "ELIGIBILITY_APPLICATION_ID": settings.application_id,
        "ELIGIBILITY_PARTITIONS": str(PARTITIONS),
        "ELIGIBILITY_SESSION_TIMEOUT_S": "1",
        "ELIGIBILITY_HEARTBEAT_S": "0.3",
        "ELIGIBILITY_NOTIFIER__CHANNELS": orjson.dumps(notifier.channels).decode(),
        "ELIGIBILITY_NOTIFIER__WEBHOOK_URL": notifier.webhook_url or "",
        "ELIGIBILITY_NOTIFIER__WEBHOOK_SECRET": SECRET,
        "ELIGIBILITY_NOTIFIER__QUIET_FROM": "00:00",
        "ELIGIBILITY_NOTIFIER__QUIET_UNTIL": "00:00",
        "ELIGIBILITY_NOTIFIER__LANGUAGE": "en",
        **more,
    }
    command = [sys.executable, "-m", "streams.cli", "notifier"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def ledger(settings: Settings) -> list[NoticeEvent]:
    rows = await committed(settings.kafka.bootstrap_servers or "", f"{settings.topic_prefix}notices", range(PARTITIONS))
    return [parse_notice(orjson.loads(row.value or b"")) for row in rows]


async def until_told(settings: Settings, count: int) -> list[NoticeEvent]:
    """The ledger, once so many messages are settled."""
    async with asyncio.timeout(60):
        while True:
            found = await ledger(settings)
            if sum(isinstance(each.data, NoticeSettled) for each in found) >= count:
                return found
            await asyncio.sleep(0.1)


async def test_whenever_it_is_killed_each_change_is_accepted_once_and_in_order(
    settings: Settings, hook: Receiver
) -> None:
    accounts, products = [f"A{number}" for number in range(4)], ["p", "q", "r"]
    for product, failpoint in zip(products, ("accepted=kill", "sent=kill@2", "committed=kill@3"), strict=True):
        await put(settings, *(status(account, 1, product=product) for account in accounts))
        with running(settings, ELIGIBILITY_FAILPOINTS=failpoint) as process:
            _, said = await asyncio.to_thread(process.communicate, None, 60)
            assert process.returncode == -signal.SIGKILL, said.decode()
    with running(settings) as process:
        found = await until_told(settings, len(accounts) * len(products))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    assert hook.wrong == []
    for account in accounts:
        told = [each["notices"] for each in hook.accepted if each["account_id"] == account]
        assert told == [[f"{account}/{product}/1"] for product in products]
    assert any(len(each) > 1 for each in hook.bodies.values()), "a kill came between send and commit"
    assert all(len(set(each)) == 1 for each in hook.bodies.values()), "sent again, it says the same"
    sent = [each.data for each in found if isinstance(each.data, NoticeSettled)]
    assert [each.outcome for each in sent] == ["sent"] * len(hook.accepted)
    _made_again(found)


async def test_its_probes_say_when_its_partitions_have_caught_up(settings: Settings) -> None:
    await put(settings, status("A0", 1))
    port = free_port("127.0.0.1")
    with running(settings, ELIGIBILITY_MONITOR_ADDRESS=f"127.0.0.1:{port}") as process:
        await until_told(settings, 1)
        async with asyncio.timeout(20):
            while (await asyncio.to_thread(get, port, "/readyz")) != (200, "ok\n"):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)
        assert await asyncio.to_thread(get, port, "/healthz") == (200, "ok\n")
        assert f"eligibility_notifier_partitions {PARTITIONS}.0" in (await asyncio.to_thread(get, port, "/metrics"))[1]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0


async def test_preferences_retries_and_reopened_notices_reach_a_running_notifier(
    settings: Settings, hook: Receiver, tmp_path: Path
) -> None:
    hook.answers += [503, 503, 204, 410]
    plain = Settings(**settings.model_dump(include={"kafka", "topic_prefix", "application_id", "partitions"}))
    english, chinese = "A0", "A1"
    with running(settings, ELIGIBILITY_NOTIFIER__LAST_RESORT="0") as process:
        wish = {"id": "w", "type": "eligibility.preferences.changed", "data": {"language": "zh"}}
        _, frame = event("choice.made", "preferences", chinese, "w", choice="close")
        await put(settings, ("preferences", frame | wish), status(english, 1))
        await until_told(settings, 1)
        await put(settings, status(chinese, 1))
        await until_told(settings, 2)
        shown = await eligibility(plain, "notices", "stuck", cwd=tmp_path)
        assert "A1/jiebei/1: webhook: HTTP 410" in shown.stdout
        done = await eligibility(plain, "notices", "resend", "A1/jiebei/1", "--by", "ops-7", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        await until_told(settings, 3)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    assert [(each["account_id"], each["language"]) for each in hook.accepted] == [(english, "en"), (chinese, "zh")]
    again = await eligibility(plain, "notices", "again", chinese, cwd=tmp_path)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "2 messages made again, 0 different")
    clocks = await eligibility(plain, "notices", "clocks", "--json", cwd=tmp_path)
    assert orjson.loads(clocks.stdout)["laws"]["adverse"]["overdue"] == 0


def _made_again(found: list[NoticeEvent]) -> None:
    planned = {each.data.notice: each.data for each in found if isinstance(each.data, NoticePlanned)}
    attempted = [each.data for each in found if isinstance(each.data, NoticeAttempted)]
    assert attempted
    for each in attempted:
        told = [planned[name] for name in each.notices]
        assert content(told, each.language, each.zone, each.template) == each.content

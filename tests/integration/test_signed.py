"""Keys, signing and overrides as people use them: the command line, a worker, the real broker."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.instants import instant_text
from streams.local import admin
from streams.messages import now_ms
from streams.settings import KafkaSettings, Settings
from tests.support.processes import REAL, eligibility, workers

POLICY = """
policy: my-credit
version: 1
effective_from: 2026-01-01T00:00:00+08:00
products:
  small-loan:
    name: {zh: 小额贷, en: Small Loan}
    provider: my-bank
    rules:
      - {id: m, fact: repayment.missed_count, window: 1m, at_most: 0, else: NOT_OPEN, reason: REP-03}
"""
PEOPLE = {
    "root": [],
    "li": ["policy-author", "policy-operator", "override-proposer"],
    "wang": ["policy-approver", "override-approver"],
}


class Desk:
    """Where people make keys, write events and send them."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self.settings = settings
        self.directory = directory
        self._count = 0

    async def call(self, *arguments: str, code: int = 0) -> str:
        done = await eligibility(self.settings, *arguments, cwd=self.directory)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def write(self, type: str, data: dict[str, Any], subject: str = "A1") -> str:
        """A file with one event that happens now."""
        self._count += 1
        document = {"specversion": "1.0", "id": f"s{self._count}", "source": "/desk", "type": type, "subject": subject}
        name = f"{self._count}.ndjson"
        text = json.dumps({**document, "time": instant_text(now_ms()), "data": data}) + "\n"
        (self.directory / name).write_text(text, encoding="utf-8")
        return name

    async def status(self) -> str:
        found = json.loads(await self.call("status", "A1", "--wait", "30", "--json"))
        return str(json.dumps(found))


@pytest.fixture
async def desk(bootstrap: str, topic_prefix: str, tmp_path: Path) -> Desk:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    first = Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=1)
    found = Desk(first, tmp_path)
    public = {name: (await found.call("keys", "new", f"{name}.pem")).strip() for name in PEOPLE}
    (tmp_path / "policy.yaml").write_text(POLICY, encoding="utf-8")
    keys = [{"public_key": public[name], "holder": name, "roles": roles} for name, roles in PEOPLE.items() if roles]
    listed = found.write("trust.listed", {"by": "the board", "keys": keys}, "trust")
    signed = await found.call("keys", "sign", "--key", "root.pem", listed)
    (tmp_path / "trust.ndjson").write_text(signed, encoding="utf-8")
    found.settings = first.model_copy(update={"trust_root": public["root"]})
    await admin.apply(found.settings)
    return found


async def test_a_signed_override_opens_what_the_rules_keep_closed_and_an_unsigned_one_is_a_dead_letter(
    desk: Desk,
) -> None:
    settings = desk.settings.model_copy(update={"activation_delay_ms": 0})
    desk.settings = settings
    await desk.call("send", "trust.ndjson")
    assert "two keys" in await desk.call("send", "--policy", "policy.yaml", "--key", "li.pem", "trust.ndjson", code=2)
    first = desk.write("repayment.missed", {})
    await desk.call("send", "--policy", "policy.yaml", "--key", "li.pem", "--key", "wang.pem", first)
    with workers(desk.directory, settings) as group:
        group.start(REAL)
        assert '"NOT_OPEN"' in await desk.status()
        step = {"override_id": "O1", "by": "li"}
        asked = {**step, "product": "small-loan", "status": "OPEN", "reason": "paid at the counter"}
        await desk.call("send", desk.write("override.proposed", asked))
        await desk.call("send", "--key", "li.pem", desk.write("override.proposed", asked))
        await desk.call("send", "--key", "li.pem", desk.write("override.approved", {**step, "by": "wang"}))
        await desk.call("send", "--key", "wang.pem", desk.write("override.approved", {**step, "by": "wang"}))
        found = ""
        for _ in range(60):
            found = await desk.status()
            if '"OPEN"' in found:
                break
        assert '"OPEN"' in found
        letters = await desk.call("dead-letters", "list", "--json")
    assert letters.count("signingkey") >= 2
    assert letters.count("invalid_event") >= 2

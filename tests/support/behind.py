"""What is behind a desk, made by hand: a lane's dead letters and records, lags and notices as they are put in."""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas.notices import NoticeEvent
from schemas.topics import BROADCAST
from streams.audit.findings import Finding
from streams.audit.lane import LaneResult
from streams.audit.logs import Position
from streams.audit.report import Report
from streams.deadletters.families import origin
from streams.deadletters.letters import Letter, NoLetterError, Place
from streams.deadletters.resend import Decision, Outcome, Wishes, decide
from streams.inspection.lag import LaneLag
from streams.notify.asking import Standing, messages
from streams.notify.laws import Clocks, merged
from streams.query.log import Log
from streams.reading import ReadError
from streams.settings import Settings
from streams.web.behind import Rejected
from streams.web.elsewhere import Evidence, Told, evidence_of
from tests.support.core import Lane
from tests.support.events import ms

SETTINGS = Settings(partitions=1, topic_prefix="t.")
TAKEN = ms("2026-11-20 01:30")


class Known:
    """All that is behind a lane; `refused` is what the brokers say instead of every answer."""

    def __init__(self, lane: Lane | None = None) -> None:
        self.lane = lane or Lane()
        self.lag = [LaneLag(0, 0, 0, 0.0, {})]
        self.entries: list[NoticeEvent] = []
        self.findings: list[Finding] = []
        self.refused: str | None = None
        self.sent: list[Place] = []
        self.asked: Counter[str] = Counter()

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        if self.refused is not None:
            raise ReadError(self.refused)

    async def lags(self) -> list[LaneLag]:
        self._ask("lags")
        return self.lag

    async def rejected(self) -> Rejected:
        self._ask("rejected")
        found = self._letters()
        return Rejected(found[::-1], Counter(each.origin.code or "other" for each in found))

    async def standing(self, at: int) -> Standing:
        self._ask("standing")
        return Standing(at, *merged([self._clocks(None)], at))

    async def evidence(self, account: str, at: int, disclosed: bool) -> Evidence:
        self._ask("evidence")
        records = [each for each in self.lane.sources if each.topic in BROADCAST or each.key == account.encode()]
        log = Log(account, 0, 1, records, self.lane.settings)
        return evidence_of(log, at, "eligibility.", disclosed, self.lane.policy)

    async def told(self, account: str) -> Told:
        self._ask("told")
        mine = [each for each in self.entries if each.subject == account]
        return Told(messages(mine), self._clocks(account).all())

    async def verified(self, lane: int) -> dict[str, Any]:
        self._ask("verified")
        counts = Counter(each.kind for each in self.findings)
        first = min(self.findings, key=lambda each: each.order, default=None)
        by_account = {each.account: each for each in reversed(self.findings) if each.account is not None}
        matched = {name: len(rows) for name, rows in self.lane.outputs.items()}
        result = LaneResult(
            lane, 0, len(self.lane.blocks), "ab" * 32, TAKEN, len(self.lane.sources), matched, {}, counts, 0,
            self.findings, first, by_account, None,
        )  # fmt: skip
        return Report(Position(TAKEN, 1, {}, "cluster"), [result]).document()

    async def resent(self, places: list[Place], now: int, dry: bool) -> list[Decision]:
        self._ask("resent")
        decisions = [decide(each, 1, SETTINGS, Wishes(now)) for each in await self.letters(places)]
        found = [
            Decision(each.letter, Outcome.ALREADY, "t.inquiries/0/9", None) if each.letter.place in self.sent else each
            for each in decisions
        ]
        self.sent += [] if dry else [each.letter.place for each in found if each.outcome is Outcome.SENT]
        return found

    async def letters(self, places: list[Place]) -> list[Letter]:
        self._ask("letters")
        known = {each.place: each for each in self._letters()}
        for place in places:
            if place not in known:
                raise NoLetterError(f"no dead letter at {place}")
        return [known[place] for place in places]

    def _letters(self) -> list[Letter]:
        return [
            Letter("t.dead-letters", Place(0, offset), each.timestamp, each.key, each.value, each.headers,
                   origin(each.headers))
            for offset, each in enumerate(self.lane.outputs["dead-letters"])
        ]  # fmt: skip

    def _clocks(self, account: str | None) -> Clocks:
        clocks = Clocks()
        for each in self.entries:
            if account in (None, each.subject):
                clocks.take(each)
        return clocks

"""A notifier of one partition in memory: planner, book, clocks and sender, with channels that answer as told."""

import asyncio
from typing import Any

from schemas.instants import instant_text
from schemas.notices import NoticeAttempted, NoticeEvent, NoticeSettled, entry, parse_notice
from schemas.preferences import PreferencesData
from schemas.references import reference
from schemas.status import StatusEvent, parse_status
from streams.notify.book import Book
from streams.notify.channels import Said
from streams.notify.hours import Quiet
from streams.notify.laws import Clocks
from streams.notify.metrics import Metrics
from streams.notify.plans import Planner
from streams.notify.sending import Outside, Sender
from streams.notify.wishes import Wishes, wishes
from streams.settings import NotifierSettings
from tests.contracts.golden import golden

HOUR, DAY = 3_600_000, 86_400_000
NOON = 1_767_585_600_000  # 2026-01-05T04:00:00Z, 12:00 in Shanghai


def status(
    sequence: int, word: str = "NOT_OPEN", account: str = "A", product: str = "p", **changes: Any
) -> StatusEvent:
    """A status event; OPEN ones without reasons."""
    event = golden("eligibility.status.changed.open" if word == "OPEN" else "eligibility.status.changed")
    id = f"{account}/{product}/{sequence}"
    data = event["data"] | {
        "account_id": account,
        "product": product,
        "sequence": sequence,
        "reference": reference(id),
        "recorded_at": instant_text(changes.pop("at", NOON)),
        "status": word,
        **changes,
    }
    return parse_status(event | {"id": id, "subject": account, "data": data})


class Way:
    """A channel that answers what is told, then that it has the message."""

    def __init__(self, *answers: Said) -> None:
        self.answers = list(answers)
        self.took: list[NoticeAttempted] = []

    async def send(self, account: str, message: NoticeAttempted, address: str | None, at: int) -> Said:
        said = self.answers.pop(0) if self.answers else Said("sent")
        if said.answer == "sent":
            self.took.append(message)
        return said


class World:
    """One partition; `entries` is its ledger."""

    def __init__(self, since: int = 0, settings: NotifierSettings | None = None, **ways: Way) -> None:
        self.now = NOON
        self.entries: list[NoticeEvent] = []
        self.said: dict[str, PreferencesData] = {}
        self.ways: Any = ways or {"mailbox": Way()}
        self.settings = settings or NotifierSettings(attempts=3)
        self.since = since
        self._begin()

    def _begin(self) -> None:
        self.book, self.clocks = Book(), Clocks()
        self.planner = Planner(self.book, self.wishes_of, self.since)
        outside = Outside(self.ways, Metrics())
        self.sender = Sender(self.book, self.wishes_of, self.settings, outside, lambda: 0.5)

    def wishes_of(self, account: str) -> Wishes:
        channels = tuple(self.settings.channels)
        otherwise = Wishes("en", "Asia/Shanghai", channels, {}, Quiet("22:00", "08:00"), None, frozenset())
        return wishes(self.said.get(account), otherwise)

    def prefer(self, account: str = "A", **said: Any) -> None:
        self.said[account] = PreferencesData.model_validate(said)

    def change(self, event: StatusEvent) -> None:
        self.take(event.subject, self.planner.status(event, self.now))

    def take(self, account: str, named: Any) -> None:
        for name, data in named:
            self.entries.append(entry(account, name, self.now, data))
            self.book.take(self.entries[-1])
            self.clocks.take(self.entries[-1])

    def round(self) -> list[NoticeSettled]:
        """One round of sending."""
        for account, message in self.sender.messages(self.now):
            self.take(account, [(message.message, message)])
        settled = asyncio.run(self.sender.send(self.now))
        for account, each in settled:
            self.take(account, [(each.message, each)])
        return [each for _, each in settled]

    def until(self, at: int, step: int = HOUR // 2) -> None:
        """Rounds up to an instant."""
        while self.now < at:
            self.now = min(self.now + step, at)
            self.round()

    def crash(self) -> None:
        """All is forgotten but the ledger, read as it is written."""
        self.entries = [parse_notice(each.document()) for each in self.entries]
        self._begin()
        for each in self.entries:
            self.book.take(each)
            self.clocks.take(each)
        self.take_lost()

    def take_lost(self) -> None:
        for account, each in self.sender.lost():
            self.take(account, [(each.message, each)])

    def messages(self) -> list[list[str]]:
        """The notices of each message that was accepted, in order."""
        attempted = {each.data.message: each.data for each in self.entries if isinstance(each.data, NoticeAttempted)}
        settled = [each.data for each in self.entries if isinstance(each.data, NoticeSettled)]
        return [attempted[each.message].notices for each in settled if each.outcome == "sent"]

"""What is to be told, from status changes and from what customers asked for. Pure: entries of the ledger come out.

status change ──▶ planned, in place of what waits for the same product; dropped where it is as they know it
dispute, review, explanation: asked ──▶ awaited; answered ──▶ planned
identity document ──▶ planned for 60 days before it expires; dropped when it is renewed
"""

from collections.abc import Callable, Iterator
from typing import Final

from schemas.event import Event
from schemas.instants import DAY_MS, date_text, parse_date
from schemas.notices import (
    Answer,
    Expiry,
    Law,
    NoticeAwaited,
    NoticeData,
    NoticeDropped,
    NoticePlanned,
    Why,
)
from schemas.status import StatusEvent
from streams.client.notices import picture
from streams.notify.book import Book, Waiting
from streams.notify.hours import day_begins
from streams.notify.laws import DAYS, DOCUMENT_DAYS_AHEAD, DOCUMENT_ROOM_DAYS
from streams.notify.wishes import Wishes

_MATERIAL: Final = frozenset({"status", "terms", "side"})

Named = tuple[str, NoticeData]
"""What an entry is called, and what it says."""


class Planner:
    """Plans for the accounts of one book. What it gives is to be written, and taken into the book, in order."""

    def __init__(self, book: Book, wishes_of: Callable[[str], Wishes], since: int) -> None:
        """`since` (ms): changes before are as the customers know them."""
        self._book, self._wishes_of, self._since = book, wishes_of, since

    def status(self, event: StatusEvent, now: int) -> Iterator[Named]:
        """A status change."""
        data, key = event.data, (event.subject, event.data.product)
        if data.sequence <= self._book.sequence(key) or data.recorded_at < self._since:
            return
        waiting, known = self._book.waiting(key), self._book.known(key)
        if waiting is None and not _is_material(event, known is not None, known == picture(data)):
            return
        if waiting is not None:
            same = known == picture(data)
            yield _dropped(waiting.planned, "withdrawn" if same else "replaced")
            if same:
                return
        wished = self._wishes_of(event.subject)
        planned = self._of_status(event, waiting, wished, now)
        yield planned.notice, planned
        if planned.law is None and planned.product in wished.muted:
            yield _dropped(planned, "muted")

    def event(self, event: Event, at: int, now: int) -> Iterator[Named]:
        """What a customer asked, what they were answered, or an identity document; learnt of at `at`."""
        account, data = event.subject, event.data
        match event.type:
            case "identity.verified" if data.document_expires_on is not None:
                yield from self._document(account, event.id, data.document_expires_on, at, now)
            case "identity.revoked":
                yield from self._undone(account, "withdrawn")
            case "fact.corrected" if data.corrects == self._book.document(account):
                day = _day(data.data.get("document_expires_on"))
                if day is None:
                    yield from self._undone(account, "renewed")
                else:
                    yield from self._document(account, data.corrects, day, at, now)
            case "fact.suppressed" if data.suppresses == self._book.document(account):
                yield from self._undone(account, "withdrawn")
            case "dispute.opened":
                yield from self._asked(account, "dispute", data.dispute_id, at)
            case "review.requested":
                yield from self._asked(account, "review", data.review_id, at)
            case "explanation.requested":
                yield from self._asked(account, "explanation", data.request_id, at)
            case "dispute.closed":
                yield from self._answered(event, "dispute", data.dispute_id, data.outcome, now)
            case "review.decided":
                yield from self._answered(event, "review", data.review_id, None, now)
            case "explanation.given":
                yield from self._answered(event, "explanation", data.request_id, None, now)

    def _of_status(self, event: StatusEvent, waiting: Waiting | None, wished: Wishes, now: int) -> NoticePlanned:
        data = event.data
        law: Law | None = "adverse" if data.adverse else None
        clock = event.id if data.adverse else None
        due_at = data.recorded_at + DAYS["adverse"] * DAY_MS if data.adverse else None
        if waiting is not None and waiting.planned.clock is not None:
            # The clock of what was to be told first runs on.
            law, clock, due_at = waiting.planned.law, waiting.planned.clock, waiting.planned.due_at
        return NoticePlanned.model_construct(
            notice=event.id,
            law=law,
            clock=clock,
            due_at=due_at,
            product=data.product,
            send_at=wished.send_at(self._book.free_at((event.subject, data.product), now)),
            digest=wished.digest is not None,
            status=event,
        )

    def _asked(self, account: str, law: Law, id: str, at: int) -> Iterator[Named]:
        clock = f"{account}/{law}/{id}"
        if self._book.clock_due(clock) is None and at >= self._since:
            yield clock, NoticeAwaited.model_construct(clock=clock, law=law, due_at=at + DAYS[law] * DAY_MS)

    def _answered(self, event: Event, law: Law, id: str, outcome: str | None, now: int) -> Iterator[Named]:
        clock = f"{event.subject}/{law}/{id}"
        due_at, notice = self._book.clock_due(clock), f"{clock}/answer"
        if due_at is None or self._book.has_planned(notice):
            return
        wished = self._wishes_of(event.subject)
        yield (
            notice,
            NoticePlanned.model_construct(
                notice=notice,
                law=law,
                clock=clock,
                due_at=due_at,
                product=None,
                send_at=wished.send_at(now),
                digest=wished.digest is not None,
                answer=Answer(event_id=event.id, request_id=id, outcome=outcome),
            ),
        )

    def _document(self, account: str, event_id: str, day: int, at: int, now: int) -> Iterator[Named]:
        notice = f"{account}/document/{event_id}/{date_text(day)}"
        wished = self._wishes_of(account)
        if self._book.has_planned(notice):
            return
        yield from self._undone(account, "renewed")
        if day_begins(day + 1, wished.zone) <= max(now, self._since):
            return
        ahead = day_begins(day - DOCUMENT_DAYS_AHEAD, wished.zone)
        room = DOCUMENT_ROOM_DAYS * DAY_MS
        due_at = max(ahead, max(at, self._since) + room)
        yield (
            notice,
            NoticePlanned.model_construct(
                notice=notice,
                law="document",
                clock=notice,
                due_at=due_at,
                product=None,
                send_at=wished.send_at(max(now, ahead - room)),
                digest=wished.digest is not None,
                expiry=Expiry.model_construct(event_id=event_id, expires_on=day),
            ),
        )

    def _undone(self, account: str, why: Why) -> Iterator[Named]:
        waiting = self._book.waiting_document(account)
        if waiting is not None:
            yield _dropped(waiting.planned, why)


def _is_material(event: StatusEvent, is_known: bool, is_same: bool) -> bool:
    """Whether a customer is told: what they can do has changed (decision 0095)."""
    if is_known:
        return not is_same
    return event.data.previous is None or not _MATERIAL.isdisjoint(event.data.changed)


def _dropped(planned: NoticePlanned, why: Why) -> Named:
    return planned.notice, NoticeDropped(notice=planned.notice, why=why)


def _day(text: object) -> int | None:
    try:
        return parse_date(text)
    except ValueError:
        return None

"""Facts on inquiries, identity, the account, choices, security, reviews and the policy's calendar (policy.md)."""

from collections.abc import Callable, Iterator
from datetime import date

from streams.reference.calendar import (
    DAY,
    EPOCH_DAY,
    NEVER,
    as_date,
    birthday,
    month_length,
    parse_day,
    years_between,
)
from streams.reference.facts import (
    UNKNOWN,
    Fact,
    Frame,
    MomentsOf,
    Query,
    Steps,
    Value,
    ValueOf,
    counted,
    leaving,
    no_moments,
)
from streams.reference.history import Known, Record

INQUIRIES = ("inquiry.recorded", "inquiry.withdrawn")
IDENTITY = ("identity.verified", "identity.failed", "identity.revoked")
OPENED = ("account.opened", "account.updated")
RESTRICTED = ("account.restricted", "account.unrestricted")
CLOSED = ("account.opened", "account.closed")
FLAGS = ("security.flagged", "security.cleared")
DISPUTES = ("dispute.opened", "dispute.closed")
REVIEWS = ("review.requested", "review.decided")


def inquiries(known: Known) -> list[Record]:
    """Inquiries in force: amended ones once, withdrawn ones left out."""
    withdrawn = {record.data["inquiry_id"] for record in known.of("inquiry.withdrawn")}
    newest: dict[str, Record] = {}
    nameless = []
    for record in known.of("inquiry.recorded"):
        key = record.data.get("inquiry_id")
        if key is None:
            nameless.append(record)
        elif key not in newest or (record.order > newest[key].order and content(record) != content(newest[key])):
            newest[key] = record
    return known.usable(nameless + [record for key, record in newest.items() if key not in withdrawn])


def content(record: Record) -> tuple[object, ...]:
    """What an inquiry says: the same said again changes nothing (M7)."""
    return record.data["kind"], record.data.get("institution"), record.data.get("outcome") == "refused"


def hard(known: Known, query: Query) -> list[Record]:
    return [r for r in inquiries(known) if r.data["kind"] == "hard"]


def soft(known: Known, query: Query) -> list[Record]:
    return [r for r in inquiries(known) if r.data["kind"] == "soft"]


def refused(known: Known, query: Query) -> list[Record]:
    return [r for r in inquiries(known) if r.data.get("outcome") == "refused"]


def named_hard(known: Known, query: Query) -> list[Record]:
    return [r for r in hard(known, query) if r.data.get("institution") is not None]


def institutions_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    inside = [r for r in named_hard(known, query) if frame.inside(r.time, query.window, at)]
    return Value(len({r.data["institution"] for r in inside}), inside)


def verification(known: Known) -> Record | None:
    """The newest verification, unless it is revoked: a revocation undoes all up to it (0002, 8)."""
    revoked, newest = known.newest("identity.revoked"), known.newest("identity.verified")
    return newest if newest and (revoked is None or newest.order > revoked.order) else None


def level_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = verification(known)
    return Value(newest.data["level"], [newest]) if newest else UNKNOWN


def document_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = verification(known)
    if newest is None or newest.data.get("document_expires_on") is None:
        return UNKNOWN
    return Value(parse_day(newest.data["document_expires_on"]) - frame.calendar.day_of(at), [newest])


def document_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    newest = verification(known)
    if newest is not None and newest.data.get("document_expires_on") is not None:
        for days in steps:
            yield frame.calendar.start_of(parse_day(newest.data["document_expires_on"]) - days)


def failed(known: Known, query: Query) -> list[Record]:
    """The newest failure of each item, where no verification in force is newer."""
    verified = verification(known)
    newest = known.newest_by_key("item", "identity.failed").values()
    return [r for r in newest if verified is None or r.order > verified.order]


def opened_day(known: Known, frame: Frame) -> tuple[int, Record] | None:
    """The local day since which the account is open: opened_on, else the day of account.opened."""
    given = known.newest_with("opened_on", *OPENED)
    if given is not None:
        return parse_day(given.data["opened_on"]), given
    opened = known.newest("account.opened")
    return (frame.calendar.day_of(opened.time), opened) if opened else None


def age_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    since = opened_day(known, frame)
    return Value(max(0, frame.calendar.day_of(at) - since[0]), [since[1]]) if since else UNKNOWN


def age_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    since = opened_day(known, frame)
    if since:
        for days in steps:
            yield frame.calendar.start_of(since[0] + days)


def years_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    born = known.newest_with("born_on", *OPENED)
    return Value(years_between(parse_day(born.data["born_on"]), frame.calendar.day_of(at)), [born]) if born else UNKNOWN


def years_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    born = known.newest_with("born_on", *OPENED)
    if born:
        for years in steps:
            day = birthday(parse_day(born.data["born_on"]), years) if years >= 0 else None
            if day is not None:
                yield frame.calendar.start_of(day)


def given(name: str) -> Callable[[Known, Query, Frame, int], Value]:
    """The newest value of an optional field of account.opened and account.updated."""

    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        newest = known.newest_with(name, *OPENED)
        return Value(newest.data[name], [newest]) if newest else UNKNOWN

    return value


def segment_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    """An event's own segment comes first, then the policy's."""
    own = known.newest_with("segment", *OPENED)
    return Value(own.data["segment"], [own]) if own else frame.segment_of(known, at)


def restricted_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    """Restricted while any state is."""
    states = known.newest_by_key("state", *RESTRICTED).values()
    active = [r for r in states if r.kind == "account.restricted"]
    return Value(bool(active), active)


def closed_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = known.newest(*CLOSED)
    return Value(newest is not None and newest.kind == "account.closed", [newest] if newest else [])


def limit_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = known.newest("credit.limit_set", where=lambda r: r.data.get("product") == query.product)
    return Value(newest.amount(), [newest]) if newest and frame.home(newest) else UNKNOWN


def consent_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = known.newest("consent.changed", where=lambda r: query.scope in (None, r.data["scope"]))
    return Value(newest.data["granted"], [newest]) if newest else UNKNOWN


def choice(known: Known, query: Query) -> Record | None:
    """The newer of the choices for this product and for all (0002, 12)."""
    return known.newest("choice.made", where=lambda r: r.data.get("product") in (None, query.product))


def choice_end(record: Record, frame: Frame) -> int:
    """Until when a choice pauses: `close` without end, `reopen` not at all."""
    if record.data["choice"] == "reopen":
        return -NEVER
    until = record.data.get("until")
    return NEVER if record.data["choice"] == "close" or until is None else frame.calendar.end_of(until)


def choice_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = choice(known, query)
    return Value(at < choice_end(newest, frame), [newest]) if newest else Value(False, [])


def choice_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    newest = choice(known, query)
    if newest:
        yield choice_end(newest, frame)


def open_flags(known: Known) -> list[Record]:
    return [r for r in known.newest_by_key("flag", *FLAGS).values() if r.kind == "security.flagged"]


def flags_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    flags = open_flags(known)
    return Value(len(flags), flags)


def still_open(name: str, opening: str, closing: str) -> Callable[[Known, Query, Frame, int], Value]:
    """How many of these keys have been opened and not closed since."""

    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        newest = known.newest_by_key(name, opening, closing).values()
        still = [r for r in newest if r.kind == opening]
        return Value(len(still), still)

    return value


def overdue(name: str, opening: str, closing: str) -> tuple[ValueOf, MomentsOf]:
    """How many that are open were asked for longer ago than they may take to be answered."""

    def asked(known: Known, frame: Frame) -> list[tuple[int, Record]]:
        newest = known.newest_by_key(name, opening, closing).values()
        return [(r.time + frame.answer_days * DAY, r) for r in newest if r.kind == opening]

    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        late = [record for deadline, record in asked(known, frame) if deadline <= at]
        return Value(len(late), late)

    def moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
        return (deadline for deadline, _ in asked(known, frame))

    return value, moments


def review_days(frame: Frame, first: int, last: int) -> Iterator[int]:
    """Review days between two local days, both included (0002, 14)."""
    assert frame.review_months is not None
    start = as_date(frame.effective_day)
    begin = as_date(first)
    base = start.year * 12 + start.month - 1
    index = begin.year * 12 + begin.month - 1
    index -= (index - base) % frame.review_months
    while True:
        year, month = index // 12, index % 12 + 1
        if year > 9998:
            return
        day = date(year, month, min(frame.review_day, month_length(year, month))).toordinal() - EPOCH_DAY
        if day > last:
            return
        if day >= first:
            yield day
        index += frame.review_months


def since_review_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    if frame.review_months is None:
        return UNKNOWN
    today = frame.calendar.day_of(at)
    last = max(review_days(frame, today - 31 * frame.review_months - 31, today))
    return Value(today - last, [])


def since_review_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    if frame.review_months is not None:
        first = frame.calendar.day_of(at) - 31 * frame.review_months - 31
        for day in review_days(frame, first, frame.calendar.day_of(max(at, frame.horizon))):
            yield frame.calendar.start_of(day)
            for days in steps:
                yield frame.calendar.start_of(day + days)


def next_review_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    if frame.review_months is None:
        return UNKNOWN
    today = frame.calendar.day_of(at)
    return Value(min(review_days(frame, today + 1, today + 31 * frame.review_months + 62)), [])


def next_review_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    """Review days up to the last date that the fact is compared with; it only grows."""
    if frame.review_months is not None:
        for day in review_days(frame, frame.calendar.day_of(at), max(steps)):
            yield frame.calendar.start_of(day)


def history_moments(months_since: Callable[[Known], Record | None]) -> MomentsOf:
    def moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
        first = months_since(known)
        if first:
            for months in steps:
                if months >= 0:
                    yield frame.calendar.plus_months(first.time, months)

    return moments


def first_event(known: Known) -> Record | None:
    return min(known.events, key=lambda r: r.order, default=None)


def history_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    first = first_event(known)
    if first is None:
        return UNKNOWN
    local, begin = frame.calendar.local(at), frame.calendar.local(first.time)
    months = (local.year - begin.year) * 12 + local.month - begin.month + 1
    while months > 0 and frame.calendar.plus_months(first.time, months) > at:
        months -= 1
    return Value(months, [first])


FACTS = {
    "inquiries.hard_count": Fact("count", "int", INQUIRIES, *counted(hard)),
    "inquiries.soft_count": Fact("count", "int", INQUIRIES, *counted(soft)),
    "inquiries.refused_count": Fact("count", "int", INQUIRIES, *counted(refused)),
    "inquiries.institutions": Fact("count", "int", INQUIRIES, institutions_value, leaving(named_hard)),
    "identity.level": Fact("count", "int", IDENTITY, level_value, no_moments),
    "identity.document_days_left": Fact("days", "int", IDENTITY, document_value, document_moments),
    "identity.failed_items": Fact("count", "int", IDENTITY, *counted(failed)),
    "account.age_days": Fact("days", "int", OPENED, age_value, age_moments),
    "account.years_old": Fact("years", "int", OPENED, years_value, years_moments),
    "account.region": Fact(None, "text", OPENED, given("region"), no_moments),
    "account.segment": Fact(None, "text", (), segment_value, no_moments),
    "account.student": Fact(None, "bool", OPENED, given("student"), no_moments),
    "account.restricted": Fact(None, "bool", RESTRICTED, restricted_value, no_moments),
    "account.closed": Fact(None, "bool", CLOSED, closed_value, no_moments),
    "account.limit": Fact("amount", "amount", ("credit.limit_set",), limit_value, no_moments),
    "consent.granted": Fact(None, "bool", ("consent.changed",), consent_value, no_moments),
    "choice.paused": Fact(None, "bool", ("choice.made",), choice_value, choice_moments),
    "security.flags": Fact("count", "int", FLAGS, flags_value, no_moments),
    "history.months": Fact("months", "int", (), history_value, history_moments(first_event)),
    "disputes.open": Fact("count", "int", DISPUTES, still_open("dispute_id", *DISPUTES), no_moments),
    "reviews.open": Fact("count", "int", REVIEWS, still_open("review_id", *REVIEWS), no_moments),
    "disputes.overdue": Fact("count", "int", DISPUTES, *overdue("dispute_id", *DISPUTES)),
    "reviews.overdue": Fact("count", "int", REVIEWS, *overdue("review_id", *REVIEWS)),
    "policy.days_since_review": Fact("days", "int", (), since_review_value, since_review_moments, periodic=True),
    "next_review_on": Fact(None, "date", (), next_review_value, next_review_moments),
}

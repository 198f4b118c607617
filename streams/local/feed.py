"""What `eligibility up` feeds: real card histories moved to the present, then events generated of what they lack."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from schemas.instants import DAY_MS, date_text, instant_text, parse_date, parse_instant
from streams.files import FileEvent, history_order, read_events
from streams.local.operations import Operations
from streams.messages import outgoing
from streams.publish import Outgoing

GENERATED: Final = "/generated"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\S+")
_OPERATION_EVERY: Final = 8
_IN_FOCUS: Final = 12


class History(NamedTuple):
    """The card histories, moved by whole days: records in order, the accounts, and the last record's instant."""

    records: list[Outgoing]
    accounts: list[str]
    days: int
    begin: int
    end: int


def card_histories(now: int) -> History:
    """The histories of the real card data, their last event at most a day before `now` (ms since the epoch).

    Record timestamps are the moved event times. Only times and dates move: ids and names stay as they are.
    """
    with resources.as_file(resources.files("streams.local") / "data" / "taiwan_1000.ndjson.gz") as path:
        events = history_order(read_events([Path(path)]))
    days = (now - events[-1].recorded) // DAY_MS
    records = [_moved(event, days) for event in events]
    begin, end = (events[place].recorded + days * DAY_MS for place in (0, -1))
    return History(records, sorted({event.event.subject for event in events}), days, begin, end)


def _moved(event: FileEvent, days: int) -> Outgoing:
    document = orjson.loads(event.value)
    for name in ("time", "recordedtime"):
        if name in document:
            document[name] = _moved_text(document[name], days)
    document["data"] = {name: _moved_text(value, days) for name, value in document["data"].items()}
    return Outgoing(event.topic, event.key, orjson.dumps(document), event.recorded + days * DAY_MS)


def _moved_text(value: Any, days: int) -> Any:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return date_text(parse_date(value) + days)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return instant_text(parse_instant(value) + days * DAY_MS)
    return value


class Generated(NamedTuple):
    """One generated event, and what happened in words."""

    record: Outgoing
    event_id: str
    subject: str
    words: str


@dataclass(slots=True)
class _Person:
    """What the generator remembers of an account, so that its events make a story."""

    account: str
    score: int
    steps: list[Callable[["Generator", "_Person", int], "_Told"]]
    inquiries: list[str] = field(default_factory=list)
    override: str = ""
    dispute: dict[str, str] = field(default_factory=dict)


class _Told(NamedTuple):
    kind: str
    data: dict[str, Any]
    words: str


class Generator:
    """Events of the kinds that the card data lacks, seeded: the same seed tells the same stories.

    A few accounts at a time are in focus, so that a person can follow what their events lead to. Event ids begin with
    `run`: two runs on the same topics are not each other's duplicates.
    """

    def __init__(self, seed: int, accounts: Sequence[str], run: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._accounts = list(accounts)
        self._run = run
        self._count = 0
        self._operations = Operations()
        self._focus = [self._meet() for _ in range(min(_IN_FOCUS, len(accounts)))]

    def next(self, at: int) -> Generated:
        """The next event, happening at `at` (ms since the epoch)."""
        self._count += 1
        if self._count % _OPERATION_EVERY == 0:
            operation = self._operations.next(at, self.new_id())
            return self._event(at, operation.subject, _Told(operation.kind, operation.data, operation.words))
        place = self.random.randrange(len(self._focus))
        if self.random.random() < 1 / 12:
            self._focus[place] = self._meet()
        person = self._focus[place]
        told = person.steps.pop(0)(self, person, at) if person.steps else self._anything(person, at)
        return self._event(at, person.account, told)

    def new_id(self) -> str:
        """An id that no other event of this run has."""
        return f"gen-{self._run}-{self._count}"

    def _event(self, at: int, subject: str, told: _Told) -> Generated:
        event_id = self.new_id()
        record = outgoing(told.kind, event_id, GENERATED, subject, at, told.data)
        return Generated(record, event_id, subject, told.words)

    def _meet(self) -> _Person:
        account = self.random.choice(self._accounts)
        return _Person(account, self.random.randint(570, 680), [_region, _verified, _scored])

    def _anything(self, person: _Person, at: int) -> _Told:
        step = self.random.choices(_STEPS, _WEIGHTS)[0]
        return step(self, person, at)


_REGIONS: Final = ("CN-11", "CN-31", "CN-32", "CN-33", "CN-44", "CN-50", "CN-51", "CN-62", "CN-65")
_BANKS: Final = ("river-bank", "hill-bank", "coast-credit", "plain-finance", "lake-bank", "city-loans")
_PRODUCTS: Final = ("instalments", "cash", "bank-loan")
_OVERRIDE_MS: Final = 60_000
_FACTORS: Final = ("short history", "many lenders", "high use of limits", "few payments seen", "recent late payment")


def _region(generator: Generator, person: _Person, at: int) -> _Told:
    region = generator.random.choice(_REGIONS)
    return _Told("account.updated", {"region": region}, f"lives in {region}")


def _verified(generator: Generator, person: _Person, at: int) -> _Told:
    days = generator.random.choice((3, 20, 200, 1500, 3000))
    expires = date_text(at // DAY_MS + days)
    data = {"level": generator.random.choice((2, 2, 3)), "method": "face", "document_expires_on": expires}
    return _Told("identity.verified", data, f"proved who they are; the document is valid until {expires}")


def _failed(generator: Generator, person: _Person, at: int) -> _Told:
    item = generator.random.choice(("face", "document-number", "phone"))
    person.steps.append(_verified)
    return _Told("identity.failed", {"item": item, "reason": "no match"}, f"could not be identified by {item}")


def _scored(generator: Generator, person: _Person, at: int) -> _Told:
    person.score = min(max(person.score + generator.random.randint(-30, 30), 500), 750)
    data = {
        "provider": "zhima",
        "value": person.score,
        "valid_until": date_text(at // DAY_MS + 31),
        "factors": sorted(generator.random.sample(_FACTORS, 2)),
    }
    return _Told("score.updated", data, f"has a new score: {person.score}")


def _asked(generator: Generator, person: _Person, at: int) -> _Told:
    institution = generator.random.choice(_BANKS)
    inquiry = generator.new_id()
    person.inquiries.append(inquiry)
    data = {"kind": "hard", "inquiry_id": inquiry, "institution": institution, "purpose": "loan"}
    outcome = generator.random.choices(("granted", "refused", None), (5, 2, 3))[0]
    if outcome is not None:
        data["outcome"] = outcome
    ending = {"granted": " and got it", "refused": " and was refused"}.get(outcome or "", "")
    return _Told("inquiry.recorded", data, f"asked {institution} for a loan{ending}")


def _looked(generator: Generator, person: _Person, at: int) -> _Told:
    data = {"kind": "soft", "institution": generator.random.choice(_BANKS), "purpose": "offer"}
    return _Told("inquiry.recorded", data, f"was looked up by {data['institution']} for an offer (soft)")


def _withdrew(generator: Generator, person: _Person, at: int) -> _Told:
    if not person.inquiries:
        return _asked(generator, person, at)
    inquiry = person.inquiries.pop(generator.random.randrange(len(person.inquiries)))
    return _Told("inquiry.withdrawn", {"inquiry_id": inquiry}, "had an inquiry withdrawn")


def _overruled(generator: Generator, person: _Person, at: int) -> _Told:
    person.override = generator.new_id()
    person.steps.insert(0, _agreed)
    product = generator.random.choice(_PRODUCTS)
    data = {"override_id": person.override, "by": "clerk Li", "product": product, "status": "OPEN"}
    data |= {"reason": "known to the branch", "until": instant_text(at + _OVERRIDE_MS)}
    return _Told("override.proposed", data, f"is known to clerk Li, who proposes to open {product} for a minute")


def _agreed(generator: Generator, person: _Person, at: int) -> _Told:
    data = {"override_id": person.override, "by": "clerk Wang"}
    return _Told("override.approved", data, "has clerk Wang's agreement: the override holds until its end")


def _disputed(generator: Generator, person: _Person, at: int) -> _Told:
    about, what = "INQ-01", "the inquiries that count against them"
    if person.inquiries:  # an inquiry's id is that of its event
        about, what = person.inquiries[-1], "their last inquiry, which does not count while it is looked into"
    person.dispute = {"dispute_id": generator.new_id(), "about": about}
    person.steps.append(_answered)
    return _Told("dispute.opened", person.dispute, f"disputes {what}")


def _answered(generator: Generator, person: _Person, at: int) -> _Told:
    return _Told("dispute.closed", person.dispute | {"outcome": "nothing was wrong"}, "had their dispute answered")


_STEPS: Final = (_asked, _looked, _withdrew, _scored, _failed, _verified, _region, _overruled, _disputed)
_WEIGHTS: Final = (8, 1, 2, 4, 1, 1, 1, 2, 1)

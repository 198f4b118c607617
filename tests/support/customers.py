"""Accounts in the states that a customer may meet, under the delivered demo policy, each with what its page must hold.

All are as of NOW, 20 November 2026, 10:00 in Shanghai, so that pages and pictures are the same whenever they are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from schemas.policy import load_policy
from streams.query.replica import Replica
from streams.web.store import Received
from streams.web.view import View
from tests.support import events as e
from tests.support.core import Lane
from tests.support.events import Event
from tests.support.web import filled

AT = "2026-11-20 02:00"
NOW = e.ms(AT)
ALWAYS = frozenset(
    {
        "status", "availability", "side", "provider", "terms", "change", "checks", "history", "what-if", "rights",
        "reference", "feedback",
    }
)  # fmt: skip
"""What every page says, whatever holds."""


class State(NamedTuple):
    """A history of one account under a part of the demo policy, and what its page says beside ALWAYS.

    `said`: words that must be on the page, in English.
    """

    about: str
    products: tuple[str, ...]
    events: Sequence[Event]
    points: frozenset[str]
    said: tuple[str, ...]
    corrected: bool = False


def _at(text: str) -> str:
    return f"2026-{text} 02:00"


def _obligations(at: str, balance: str) -> Event:
    return e.obligations(at, monthly_payment="2400.00", lenders=2, total_limit="60000.00", balance=balance)


HISTORY = (
    e.opened("2024-03-01", born_on="1990-05-17", region="CN-31", opened_on="2024-03-01", student=False),
    e.verified("2024-03-01", 2, "2034-03-01"),
    e.consent("2024-03-01", granted=True, scope="credit-report"),
    e.income("2026-10-01", "12000.00", verified=True),
    _obligations("2026-10-01", "15000.00"),
    e.score("2026-11-06", 688, factors=["on-time-payments"]),
)
_REASONS = frozenset({"reasons", "remedy", "path"})
_OVERDUE = e.due("2026-10-20", on="2026-11-05", amount="1280.00", loan="card", number=11)


def _inquiries(count: int, month: int) -> Iterator[Event]:
    for day in range(1, count + 1):
        yield e.inquiry(f"2026-{month:02d}-{day + 1:02d}", f"q{month}-{day}")


def _maintenance(name: str, begin: str, end: str) -> Event:
    return e.event(_at("11-17"), "maintenance.planned", window_id=name, from_=begin, until=end).of("cash")


STATES: dict[str, State] = {
    "open": State("open", ("instalments", "cash"), (), frozenset(), ("You can use this service.", "50000.00 CNY")),
    "several-reasons": State(
        "closed for several reasons",
        ("cash",),
        (
            _OVERDUE,
            *_inquiries(9, 9),
            *_inquiries(6, 11),
            e.verified("2026-02-01", 2, "2026-11-01"),
            e.score("2026-11-19", 548, factors=["late-payments", "many-inquiries"]),
        ),
        _REASONS | {"effect"},
        ("14 days late", "548", "expired on 1 November 2026", "4 others remain", "How this works"),
    ),
    "limited": State(
        "limited by debts",
        ("cash",),
        (_obligations(_at("11-16"), "57000.00"),),
        _REASONS | {"effect"},
        ("limited", "You use 95% of your credit limits", "up to 2000.00 CNY", "after this the service opens"),
    ),
    "under-review": State(
        "a detail is being checked",
        ("cash",),
        (e.failed(_at("11-18"), "phone"),),
        _REASONS,
        ("under review", "phone"),
    ),
    "override": State(
        "decided by a person",
        ("cash",),
        (
            e.override(_at("11-10"), "LIMITED", until="2026-12-31T00:00:00Z", product="cash"),
            e.override_approved(_at("11-11")),
        ),
        frozenset({"reasons", "path"}),
        ("A person decided this",),
    ),
    "dispute": State(
        "a dispute is open",
        ("cash",),
        (_OVERDUE.named("due-11"), e.dispute(_at("11-12"), "due-11")),
        _REASONS | {"case"},
        ("Your dispute is being checked", "you get an answer by"),
    ),
    "maintenance": State(
        "open, but in maintenance",
        ("cash",),
        (
            _maintenance("W", "2026-11-20T01:00:00Z", "2026-11-20T05:00:00Z"),
            _maintenance("V", "2026-11-27T17:00:00Z", "2026-11-27T21:00:00Z"),
        ),
        frozenset(),
        ("expected back about 20 Nov 2026 13:00", "says nothing about you", "Maintenance is planned"),
    ),
    "observation": State(
        "observed after something overdue was paid",
        ("cash",),
        (_OVERDUE, e.paid(_at("11-15"), "1280.00", "card", 11)),
        _REASONS,
        ("observation period", "Only time is needed", "becomes “under review” on"),
    ),
    "only-time": State(
        "only time opens it",
        ("instalments",),
        tuple(_inquiries(7, 11)),
        _REASONS,
        ("7 lender inquiries", "Only time is needed", "Waiting opens it", "it opens on 2 Dec 2026"),
    ),
    "not-changeable": State(
        "the law decides",
        ("instalments", "cash"),
        (e.updated(_at("11-01"), student=True),),
        _REASONS | {"alternatives"},
        ("The law decides this", "not offered to students", "Instalment Purchases"),
    ),
    "limited-disclosure": State(
        "its details can't be told",
        ("cash",),
        (e.flagged(_at("11-19")),),
        frozenset({"reasons"}),
        ("confirm first that it is you",),
    ),
    "mixed": State(
        "one open, one not; an earlier message was wrong",
        ("instalments", "bank-loan"),
        (e.updated(_at("10-15"), region="CN-54"),),
        _REASONS | {"alternatives", "correction"},
        ("not offered in Tibet", "We told you something that was not right", "Steady Loan"),
        corrected=True,
    ),
}  # fmt: skip


def policy(products: Sequence[str]) -> dict[str, Any]:
    """The demo policy with some of its products."""
    text = files("streams.local").joinpath("policies/default.yaml").read_text(encoding="utf-8")
    document = load_policy(text).document()
    document["products"] = {name: document["products"][name] for name in products}
    return document


def lane_of(state: State) -> Lane:
    """A lane that has told everything up to NOW."""
    history = sorted((*HISTORY, *state.events), key=lambda each: each.recorded)
    return Lane(policy(state.products)).feed(*history).tick(AT)


def view_of(state: State, directory: Path) -> tuple[View, Replica]:
    """What a status service knows of it."""
    lane = lane_of(state)
    view, replica = filled(directory, lane)
    rows = [
        Received("availability", 0, place, row.key or b"", row.value)
        for place, row in enumerate(lane.outputs["availability"])
    ]
    if state.corrected:
        rows.append(Received("corrections", 0, 0, e.ACCOUNT.encode(), orjson.dumps(_correction(lane))))
    view.store.write(rows, {})
    view.ready.set()
    replica.ready.set()
    return view, replica


def _correction(lane: Lane) -> dict[str, Any]:
    """What the corrector would have told of a status event: that the other of two should have been said."""
    first, second = [each for each in lane.statuses if each["data"]["product"] == "bank-loan"][-2:]
    picture = {name: first["data"][name] for name in ("status", "terms", "reasons")}
    other = {name: second["data"][name] for name in ("status", "terms", "reasons")}
    data = {
        "account_id": e.ACCOUNT, "product": "bank-loan", "sequence": 1, "corrects": first["id"],
        "reference": first["data"]["reference"], "said": picture, "should": other, "since": "2026-10-02T00:00:00Z",
        "until": second["time"], "checked_until": second["time"], "facts": [], "facts_more": 0,
    }  # fmt: skip
    return {
        "specversion": "1.0",
        "id": f"{e.ACCOUNT}/bank-loan/corrected/1",
        "source": "/eligibility",
        "type": "eligibility.status.corrected",
        "subject": e.ACCOUNT,
        "time": second["time"],
        "data": data,
    }

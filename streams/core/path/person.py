"""Facts of identity and account inverted: what a person does for a limit to hold."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from streams.core.calendar import from_date, to_date
from streams.core.facts.counts import FailedItems
from streams.core.path.asked import Asked, Inverse, Need, Ways
from streams.core.state import effective_verification

DOCUMENT_DAYS: Final = 3_650
"""A renewed document is valid for ten years, as most are."""


def _verify(asked: Asked, level: int, expires_on: int | None) -> Ways:
    verified = effective_verification(asked.state)
    level = max(level, 0 if verified is None else verified.level)
    if expires_on is None and verified is not None:
        expires_on = verified.expires_on
    if 1 <= level <= 3:
        fields = {"level": level} | ({} if expires_on is None else {"document_expires_on": expires_on})
        yield [Need("verify", "identity.verified", (), fields)]


def _level(asked: Asked) -> Ways:
    yield from _verify(asked, asked.least() or 1, None)


def _document(asked: Asked) -> Ways:
    least = asked.least()
    if least is not None:
        yield from _verify(asked, 1, asked.today + DOCUMENT_DAYS + max(least, 0))


def _failed_items(asked: Asked) -> Ways:
    assert isinstance(asked.fact, FailedItems), "failed items"
    if asked.most() is not None:
        yield from _verify(asked, 1, None)


# The account


def _restricted(asked: Asked) -> Ways:
    if asked.limit.holds(False):
        on = sorted(name for name, entry in asked.state.standing.restrictions.items() if entry.value)
        yield [Need("lift", "account.unrestricted", (name,), {"state": name}) for name in on]


def _consent(asked: Asked) -> Ways:
    scope = asked.fact.arguments.scope
    for granted in (True, False):
        if asked.limit.holds(granted):
            yield [Need("consent", "consent.changed", (scope,), {"scope": scope, "granted": granted})]


def _region(asked: Asked) -> Ways:
    for name, operand in asked.limit.operators:
        if name == "one_of" and isinstance(operand, tuple):
            yield from _stated(asked, "region", operand[0])


def _student(asked: Asked) -> Ways:
    yield from _stated(asked, "student", False)


def _years_old(asked: Asked) -> Ways:
    """The latest day of birth that is early enough."""
    least, today = asked.least() or 0, to_date(asked.today)
    if least < today.year:
        day = 28 if (today.month, today.day) == (2, 29) else today.day
        yield from _stated(asked, "born_on", from_date(today.replace(year=today.year - least, day=day)))


def _stated(asked: Asked, name: str, value: Any) -> Ways:
    """What isn't known of a person can be stated; what is known is as it is."""
    if name not in asked.state.standing.profile:
        yield [Need("state", "account.updated", (), {name: value})]


def _paused(asked: Asked) -> Ways:
    product = asked.fact.arguments.product
    if asked.limit.holds(False):
        fields = {"choice": "reopen"} | ({"product": product} if product else {})
        yield [Need("reopen", "choice.made", (product,), fields)]


def _flags(asked: Asked) -> Ways:
    if asked.most() is not None:
        up = sorted(name for name, entry in asked.state.standing.flags.items() if entry.value is not None)
        yield [Need("clear", "security.cleared", (name,), {"flag": name}) for name in up]


INVERSES: Final = MappingProxyType[str, Inverse](
    {
        "identity.level": _level,
        "identity.document_days_left": _document,
        "identity.failed_items": _failed_items,
        "account.restricted": _restricted,
        "consent.granted": _consent,
        "choice.paused": _paused,
        "account.region": _region,
        "account.student": _student,
        "account.years_old": _years_old,
        "security.flags": _flags,
    }
)
"""By fact."""

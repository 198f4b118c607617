"""Compare the product with the reference interpreter on one history, and shrink what differs."""

import json
from collections.abc import Callable
from typing import Any

from streams.audit.replay import replay_events
from streams.audit.second import compared
from streams.reference.calendar import parse_instant
from streams.reference.interpreter import interpret
from tests.reference import generate

Event = dict[str, Any]
Outcome = list[dict[str, Any]]
Document = dict[str, Any]


def by_reference(events: list[Event], policy: Document, until: int | None) -> Outcome:
    """The reference's status events: account, product, sequence, time and data."""
    return [
        {"subject": status["account"], "time": status["time"], "data": status["data"]}
        for status in interpret(events, policy, until)
    ]


def by_product(events: list[Event], policy: Document, until: int | None) -> Outcome:
    """The product's status events in the same form, without what isn't compared."""
    return [compared(status) for status in replay_events(events, policy, until)]


def differ(events: list[Event], policy: Document, until: int | None = None) -> bool:
    return by_reference(events, policy, until) != by_product(events, policy, until)


def shrink(
    events: list[Event], policy: Document, until: int | None, still: Callable[..., bool] = differ
) -> tuple[list[Event], Document]:
    """Fewer events, rules and products that still differ."""
    events = _fewer_accounts(events, policy, until, still)
    policy = _fewer_rules(events, policy, until, still)
    size = max(1, len(events) // 2)
    while size >= 1:
        place = 0
        while place < len(events):
            fewer = events[:place] + events[place + size :]
            if fewer and still(fewer, policy, until):
                events = fewer
            else:
                place += size
        size //= 2
    return events, _fewer_rules(events, policy, until, still)


def _fewer_accounts(
    events: list[Event], policy: Document, until: int | None, still: Callable[..., bool]
) -> list[Event]:
    for account in sorted({event["subject"] for event in events}):
        alone = [event for event in events if event["subject"] == account]
        if still(alone, policy, until):
            return alone
    return events


def _fewer_rules(events: list[Event], policy: Document, until: int | None, still: Callable[..., bool]) -> Document:
    policy = json.loads(json.dumps(policy))
    for name in list(policy["products"]):
        fewer = policy | {"products": {n: p for n, p in policy["products"].items() if n != name}}
        if fewer["products"] and still(events, fewer, until):
            policy = fewer
    for product in policy["products"].values():
        for rule in list(product["rules"]):
            kept = product["rules"]
            product["rules"] = [r for r in kept if r is not rule]
            if rule["id"] in {other for r in product["rules"] for other in r.get("superseded_by", [])} or not _still(
                events, policy, until, still
            ):
                product["rules"] = kept
    return policy


def _still(events: list[Event], policy: Document, until: int | None, still: Callable[..., bool]) -> bool:
    try:
        return still(events, policy, until)
    except ValueError:
        return False


def first_difference(events: list[Event], policy: Document, until: int | None = None) -> str:
    """What differs first, in words for a test's message."""
    reference, product = by_reference(events, policy, until), by_product(events, policy, until)
    for place, (left, right) in enumerate(zip(reference, product, strict=False)):
        if left != right:
            fields = [name for name in left["data"] if left["data"][name] != right["data"].get(name)]
            return (
                f"status {place} differs in {fields or 'time or subject'}\n"
                f"reference: {json.dumps(left, sort_keys=True)}\nproduct:   {json.dumps(right, sort_keys=True)}"
            )
    longer, more = ("reference", reference) if len(reference) > len(product) else ("product", product)
    extra = more[min(len(reference), len(product)) :][:1]
    return f"{len(reference)} statuses by the reference, {len(product)} by the product; only {longer}: {extra}"


def report(events: list[Event], policy: Document, until: int | None = None) -> str:
    """The minimal history and policy with the first difference."""
    events, policy = shrink(events, policy, until)
    events = sorted(events, key=lambda event: parse_instant(event.get("recordedtime", event["time"])))
    lines = "\n".join(json.dumps(event) for event in events)
    return f"{first_difference(events, policy, until)}\n\npolicy:\n{json.dumps(policy, indent=1)}\n\nevents:\n{lines}"


def check_seed(seed: int, accounts: int, events: int) -> tuple[int, str]:
    """How many events were compared, and a report where something differs (else empty)."""
    history, policy = generate.history(seed, accounts, events), generate.policy(seed)
    until = generate.until(seed, history)
    return len(history), report(history, policy, until) if differ(history, policy, until) else ""

"""The product's status events seen as W1 sees them: what an account's status is right after each of its events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from schemas.instants import parse_instant
from tests.bench.w1.expected import Change, Event

STATUS: Final = {"OPEN": "eligible", "LIMITED": "restricted", "NOT_OPEN": "ineligible"}
ORDER: Final = (
    "OVERDUE_30",
    "OVERDUE",
    "INQUIRIES_30D",
    "INQUIRIES_180D",
    "IDENTITY_UNVERIFIED",
    "IDENTITY_EXPIRED",
)


def projected(events: Iterable[Event], statuses: Iterable[dict[str, Any]]) -> Iterator[Change]:
    """Every change that W1 would have emitted for `events` (in time order), as the status events have it.

    W1 looks at an account at its events only; the product's timers move it in between. `statuses` are the values of
    status events under the W1 policy, those of one account in their order.
    """
    pictures: dict[str, list[tuple[int, str, list[str]]]] = defaultdict(list)
    for value in statuses:
        data = value["data"]
        rules = {reason["rule"] for reason in data["reasons"]}
        picture = STATUS[data["status"]], [rule for rule in ORDER if rule in rules]
        pictures[data["account_id"]].append((parse_instant(data["recorded_at"]), *picture))
    for rows in pictures.values():
        rows.reverse()  # the next one is at the end
    shown: dict[str, tuple[str | None, list[str]]] = {}
    told: dict[str, tuple[int, str | None, list[str]]] = {}
    for event in events:
        account, at = event["account_id"], parse_instant(event["occurred_at"])
        waiting = pictures[account]
        while waiting and waiting[-1][0] <= at:
            _, status, reasons = waiting.pop()
            shown[account] = status, reasons
        sequence, previous, reasons = told.get(account, (0, None, []))
        now = shown.get(account, (None, []))
        if now != (previous, reasons):
            told[account] = sequence + 1, *now
            yield {
                "account_id": account,
                "sequence": sequence + 1,
                "status": now[0],
                "previous": previous,
                "reasons": now[1],
                "as_of": event["occurred_at"],
                "event_id": event["id"],
            }

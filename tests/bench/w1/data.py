"""W1's events: a year of repayments, inquiries and verifications of many accounts, drawn with a fixed seed.

``python -m tests.bench.w1.data OUT [EVENTS] [ACCOUNTS] [--contract]`` writes them one a line, as account id TAB event;
with ``--contract`` as the product's CloudEvents. The order of the draws is part of the data: the same seed gives the
same bytes on every machine.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

SEED = 7
EVENTS = 1_000_000
ACCOUNTS = 100_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
YEAR_SECONDS = 365 * 86_400
BANKS = 40

Event = dict[str, Any]


class Bill(NamedTuple):
    """An installment that no payment was drawn for yet; ``amount`` in minor units."""

    installment: int
    amount: int


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def draw(dice: random.Random, number: int, account: str, at: datetime, bills: list[Bill]) -> Event:
    """The fields of one event beside its id, account and time."""
    share = dice.random()
    loan = f"L{account[1:]}"
    if share < 0.40:
        bill = Bill(number, dice.randrange(5_000, 200_000))
        due_on = at + timedelta(days=dice.randrange(0, 20))
        bills.append(bill)
        return {
            "type": "repayment.due",
            "loan_id": loan,
            "installment": bill.installment,
            "amount": bill.amount,
            "due_on": f"{due_on:%Y-%m-%d}",
        }
    if share < 0.75 and bills:
        # One payment in ten leaves its bill in the list: it will be paid again, a surplus.
        paid = bills.pop(0) if dice.random() < 0.9 else bills[0]
        return {
            "type": "repayment.received",
            "loan_id": loan,
            "installment": paid.installment,
            "amount": paid.amount,
        }
    if share < 0.90:
        institution = f"BANK{dice.randrange(BANKS)}"
        kind = "hard" if dice.random() < 0.7 else "soft"
        return {"type": "inquiry.recorded", "institution": institution, "kind": kind}
    level = dice.choice([1, 2, 2, 3])
    expires = at + timedelta(days=dice.randrange(-30, 900))
    return {"type": "identity.verified", "level": level, "document_expires_on": f"{expires:%Y-%m-%d}"}


def events(count: int = EVENTS, accounts: int = ACCOUNTS, seed: int = SEED) -> Iterator[Event]:
    """W1's events in the order of time, ``account_id`` among their fields."""
    dice = random.Random(seed)
    bills: dict[str, list[Bill]] = defaultdict(list)
    for number in range(count):
        account = f"A{dice.randrange(accounts):07d}"
        at = FIRST + timedelta(seconds=int(number * YEAR_SECONDS / count))
        event = {"id": f"E{number:09d}", "account_id": account, "type": "", "occurred_at": instant(at)}
        yield event | draw(dice, number, account, at, bills[account])


def cloud_event(event: Event) -> Event:
    """The same event as the product's contract writes it: amounts as decimal texts in CNY."""
    data = {name: value for name, value in event.items() if name not in ("id", "account_id", "type", "occurred_at")}
    if "amount" in data:
        data |= {"amount": f"{data['amount'] / 100:.2f}", "currency": "CNY"}
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": "/w1",
        "type": event["type"],
        "subject": event["account_id"],
        "time": event["occurred_at"],
        "data": data,
    }


def lines(count: int, accounts: int, contract: bool) -> Iterator[str]:
    """The file's lines with their ends."""
    for event in events(count, accounts):
        if contract:
            yield json.dumps(cloud_event(event), separators=(",", ":")) + "\n"
        else:
            yield f"{event['account_id']}\t{json.dumps(event, separators=(',', ':'))}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write W1's events.")
    parser.add_argument("out", type=Path)
    parser.add_argument("events", nargs="?", type=int, default=EVENTS)
    parser.add_argument("accounts", nargs="?", type=int, default=ACCOUNTS)
    parser.add_argument("--contract", action="store_true", help="as the product's CloudEvents, without the key")
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") as file:
        file.writelines(lines(given.events, given.accounts, given.contract))


if __name__ == "__main__":
    main()

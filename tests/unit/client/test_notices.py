"""Which changes are told to a customer: what they can do has changed, three times a day at most, the last always."""

import json
from pathlib import Path

import pytest

from schemas.status import StatusEvent, parse_status
from streams.client import Notices

GOLDEN = Path(__file__).parents[2] / "golden" / "contracts" / "eligibility.status.changed.json"
HOUR = 3_600_000


def event(status: str, side: str | None = "time", product: str = "jiebei", account: str = "A") -> StatusEvent:
    some = parse_status(json.loads(GOLDEN.read_text(encoding="utf-8")))
    data = {"status": status, "side": side, "product": product, "account_id": account}
    return some.model_copy(update={"data": some.data.model_copy(update=data)})


def test_what_changes_nothing_that_one_can_do_is_no_news() -> None:
    notices = Notices()
    assert notices.take(event("LIMITED"), 0)
    assert not notices.take(event("LIMITED"), 1)
    assert notices.take(event("LIMITED", side="customer"), 2)


def test_the_fourth_change_of_a_day_waits_and_the_newest_is_told() -> None:
    notices = Notices()
    told = [notices.take(event(status), at * HOUR) for at, status in enumerate(["LIMITED", "NOT_OPEN", "LIMITED"])]
    assert told == [True, True, True]
    assert notices.next_due() is None
    assert not notices.take(event("NOT_OPEN"), 3 * HOUR)
    assert not notices.take(event("UNDER_REVIEW"), 4 * HOUR)
    assert notices.next_due() == 24 * HOUR
    assert notices.due(24 * HOUR - 1) == []
    assert [each.data.status for each in notices.due(24 * HOUR)] == ["UNDER_REVIEW"]
    assert notices.due(25 * HOUR) == []
    assert not notices.take(event("LIMITED"), 24 * HOUR + 1)
    assert notices.take(event("NOT_OPEN"), 26 * HOUR)


def test_what_has_become_again_what_is_known_is_not_told() -> None:
    notices = Notices(per_day=1)
    assert notices.take(event("LIMITED"), 0)
    assert not notices.take(event("NOT_OPEN"), HOUR)
    assert not notices.take(event("LIMITED"), 2 * HOUR)
    assert notices.next_due() is None


def test_accounts_and_products_count_by_themselves() -> None:
    notices = Notices(per_day=1)
    assert notices.take(event("LIMITED"), 0)
    assert notices.take(event("LIMITED", product="cash"), 0)
    assert notices.take(event("LIMITED", account="B"), 0)


def test_at_least_one_change_is_told() -> None:
    with pytest.raises(AssertionError):
        Notices(per_day=0)

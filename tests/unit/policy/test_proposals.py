"""Lanes take no policy that the check refuses: the first problem is the dead letter's field, in every lane the same."""

from typing import Any

from tests.support.core import Lane, digest
from tests.support.events import activated, approved, inquiry, proposed
from tests.unit.policy.written import OVERDUE, policy

Document = dict[str, Any]

SOUND = policy(OVERDUE, policy="p", effective_from="2025-01-01T00:00:00Z")


def in_force(lane: Lane, document: Document, at: str) -> Lane:
    known = digest(document)
    return lane.feed(proposed(at, document, known), approved(at, known), activated(at, known))


def test_a_sound_proposal_is_taken_and_comes_into_force() -> None:
    lane = in_force(Lane(), SOUND, "2025-01-01").feed(inquiry("2025-01-02"))
    assert lane.rejected() == []
    assert lane.told() == ["2025-01-02 OPEN"]


def test_an_unsound_proposal_is_refused_at_its_first_problem() -> None:
    document = policy(OVERDUE.replace("at_most: 0", "at_least: 0"), effective_from="2025-01-01T00:00:00Z")
    for number in (0, 1):
        lane = Lane(number=number, partitions=2).feed(proposed("2025-01-01", document, digest(document)))
        expected = ["invalid_event data.document.products.loan.rules[0].at_least"] if number == 0 else []
        assert lane.rejected() == expected, "every lane refuses it, lane 0 says so"


def test_a_product_of_the_policy_activated_last_may_not_vanish() -> None:
    later = SOUND | {"version": 8, "products": {"card": SOUND["products"]["loan"]}}
    lane = in_force(Lane(), SOUND, "2025-01-01").feed(proposed("2025-01-02", later, digest(later)))
    assert lane.rejected() == ["invalid_event data.document.products.loan"]
    withdrawn = SOUND["products"]["loan"] | {"withdrawn": True}
    later = later | {"products": {**later["products"], "loan": withdrawn}}
    assert in_force(lane.restart(), later, "2025-01-03").rejected() == ["invalid_event data.document.products.loan"]

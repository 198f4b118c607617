"""What people decided otherwise: decision 0086, each entry as rows of a table."""

import pytest

from tests.support.core import Lane, Row, check, names, policy, product, rule
from tests.support.events import (
    choice,
    closed,
    decided,
    inquiry,
    missed,
    opened,
    override,
    override_approved,
    override_revoked,
    review_requested,
    updated,
)

MISSED = rule("m", "repayment.missed_count", "NOT_OPEN", window="30d", at_most=0)
HARD = rule("h", "inquiries.hard_count", window="30d", at_most=0)
STUDENT = rule("s", "account.student", "NOT_OPEN", "LEG-04", is_=False)
OLD = rule("y", "account.years_old", "LIMITED", "LEG-01", at_least=18)
ASKED = rule("r", "reviews.open", "UNDER_REVIEW", "POL-03", at_most=0)
PAUSED = rule("p", "choice.paused", "NOT_OPEN", "CHO-01", is_=False)

OVERRIDES = [
    Row(
        "an override takes effect when another person approves it, and lapses by itself",
        policy(MISSED),
        [missed("2025-01-01"), override("2025-01-02", "OPEN", "2025-01-10T00:00:00Z"), override_approved("2025-01-03")],
        [
            "2025-01-01 NOT_OPEN m=1/0 next:2025-01-31,OPEN,m cause:event,e1",
            "2025-01-03 OPEN next:2025-01-10,NOT_OPEN,human-override cause:review,e3",
            "2025-01-10 NOT_OPEN m=1/0 next:2025-01-31,OPEN,m cause:time",
        ],
        until="2025-01-20",
        show=("next", "cause"),
    ),
    Row(
        "a date holds through its local day",
        policy(MISSED, zone="Asia/Shanghai"),
        [missed("2025-01-01"), override("2025-01-02", "OPEN", "2025-01-10"), override_approved("2025-01-03")],
        ["2025-01-01 NOT_OPEN m=1/0", "2025-01-03 OPEN", "2025-01-10 16:00 NOT_OPEN m=1/0"],
        until="2025-01-20",
    ),
    Row(
        "a stricter override has a reason of its own, with who decided as evidence and its end",
        policy(MISSED),
        [
            opened("2025-01-01"),
            override("2025-01-02", "LIMITED", "2025-01-10T00:00:00Z"),
            override_approved("2025-01-03"),
        ],
        [
            "2025-01-01 OPEN side:- adverse:false",
            "2025-01-03 LIMITED human-override=-/-[REV-01;2025-01-03;2025-01-10;e2+e3;reason=as agreed] "
            "side:unknown adverse:true",
            "2025-01-10 OPEN side:- adverse:false",
        ],
        until="2025-01-20",
        show=("code", "since", "clears", "evidence", "values", "side", "adverse"),
    ),
    Row(
        "it ends when it is revoked; approving it again then does nothing",
        policy(MISSED),
        [
            missed("2025-01-01"),
            override("2025-01-02", "OPEN"),
            override_approved("2025-01-03"),
            override_revoked("2025-01-04"),
            override_approved("2025-01-05"),
        ],
        ["2025-01-01 NOT_OPEN m=1/0", "2025-01-03 OPEN", "2025-01-04 NOT_OPEN m=1/0"],
    ),
    Row(
        "proposed anew it has to be approved anew",
        policy(MISSED),
        [
            missed("2025-01-01"),
            override("2025-01-02", "OPEN"),
            override_approved("2025-01-03"),
            override("2025-01-04", "LIMITED"),
            override_approved("2025-01-05"),
        ],
        [
            "2025-01-01 NOT_OPEN m=1/0",
            "2025-01-03 OPEN",
            "2025-01-04 NOT_OPEN m=1/0",
            "2025-01-05 LIMITED human-override=-/-",
        ],
    ),
    Row(
        "it is about its product alone; the others tell of it as an alternative",
        policy(products={"a": product(MISSED), "b": product(MISSED)}),
        [missed("2025-01-01"), override("2025-01-02", "OPEN"), override_approved("2025-01-03")],
        [
            "2025-01-01 a NOT_OPEN m=1/0",
            "2025-01-01 b NOT_OPEN m=1/0",
            "2025-01-03 a OPEN",
        ],
    ),
    Row(
        "rules go on being judged meanwhile: since is when the rule failed",
        policy(MISSED),
        [
            opened("2025-01-01"),
            override("2025-01-01", "OPEN", "2025-01-10T00:00:00Z"),
            override_approved("2025-01-02"),
            missed("2025-01-05"),
        ],
        ["2025-01-01 OPEN", "2025-01-10 NOT_OPEN m=1/0[2025-01-05]"],
        until="2025-01-20",
        show=("since",),
    ),
    Row(
        "of several the one approved last holds, then the one before",
        policy(MISSED),
        [
            missed("2025-01-01"),
            override("2025-01-02", "OPEN", "2025-01-20T00:00:00Z"),
            override_approved("2025-01-02"),
            override("2025-01-03", "LIMITED", "2025-01-10T00:00:00Z", key="P"),
            override_approved("2025-01-03", key="P"),
        ],
        [
            "2025-01-01 NOT_OPEN m=1/0 next:2025-01-31,OPEN,m",
            "2025-01-02 OPEN next:2025-01-20,NOT_OPEN,human-override",
            "2025-01-03 LIMITED human-override=-/- next:2025-01-10,OPEN,human-override",
            "2025-01-10 OPEN next:2025-01-20,NOT_OPEN,human-override",
            "2025-01-20 NOT_OPEN m=1/0 next:2025-01-31,OPEN,m",
        ],
        until="2025-01-21",
        show=("next",),
    ),
]

PRECEDENCE = [
    Row(
        "a legal block is not overridden",
        policy(STUDENT, MISSED),
        [
            updated("2025-01-01", student=True),
            missed("2025-01-02"),
            override("2025-01-03", "OPEN"),
            override_approved("2025-01-04"),
            updated("2025-01-05", student=False),
        ],
        ["2025-01-01 NOT_OPEN s=true/false", "2025-01-02 NOT_OPEN s=true/false m=1/0", "2025-01-05 OPEN"],
    ),
    Row(
        "one that is weaker than what the person decided is",
        policy(OLD, HARD),
        [
            updated("2025-01-01", born_on="2008-01-01"),
            override("2025-01-03", "NOT_OPEN"),
            override_approved("2025-01-04"),
        ],
        ["2025-01-01 LIMITED y=17/18", "2025-01-04 NOT_OPEN human-override=-/-"],
    ),
    Row(
        "when time ends a legal block, the override speaks from then on, as announced",
        policy(OLD, MISSED),
        [
            updated("2025-01-01", born_on="2007-01-10"),
            missed("2025-01-02"),
            override("2025-01-03", "OPEN", "2025-01-15T00:00:00Z"),
            override_approved("2025-01-04"),
        ],
        [
            "2025-01-01 LIMITED y=17/18 next:2025-01-10,OPEN,y",
            "2025-01-02 NOT_OPEN y=17/18 m=1/0 next:2025-02-01,OPEN,m",
            "2025-01-10 OPEN next:2025-01-15,NOT_OPEN,human-override",
            "2025-01-15 NOT_OPEN m=1/0 next:2025-02-01,OPEN,m",
        ],
        until="2025-01-20",
        show=("next",),
    ),
    Row(
        "a closed account stays closed",
        policy(MISSED),
        [
            closed("2025-01-01", by="lender"),
            override("2025-01-02", "OPEN"),
            override_approved("2025-01-03"),
            opened("2025-01-04"),
            missed("2025-01-05"),
        ],
        ["2025-01-01 NOT_OPEN account-closed=true/false", "2025-01-04 OPEN"],
    ),
    Row(
        "an override goes before a review, and a review before the rules",
        policy(MISSED),
        [
            missed("2025-01-01"),
            decided("2025-01-02", "LIMITED"),
            override("2025-01-03", "OPEN", "2025-01-10T00:00:00Z"),
            override_approved("2025-01-04"),
        ],
        [
            "2025-01-01 NOT_OPEN m=1/0",
            "2025-01-02 LIMITED human-review=-/-",
            "2025-01-04 OPEN",
            "2025-01-10 LIMITED human-review=-/-",
        ],
        until="2025-01-20",
    ),
    Row(
        "the customer's own choice is a rule like others, until a person decides",
        policy(PAUSED),
        [choice("2025-01-01", "pause", until="2025-01-10T00:00:00Z"), decided("2025-01-02", "OPEN", "2025-01-05")],
        ["2025-01-01 NOT_OPEN p=true/false", "2025-01-02 OPEN", "2025-01-06 NOT_OPEN p=true/false", "2025-01-10 OPEN"],
        until="2025-01-20",
    ),
]

REVIEWS = [
    Row(
        "under review while a person looks at it, where the policy says so; then as decided, until its end",
        policy(ASKED, HARD),
        [
            inquiry("2025-01-01"),
            review_requested("2025-01-02"),
            decided("2025-01-05", "OPEN", "2025-01-10T00:00:00Z"),
        ],
        [
            "2025-01-01 LIMITED h=1/0",
            "2025-01-02 UNDER_REVIEW r=1/0 h=1/0",
            "2025-01-05 OPEN",
            "2025-01-10 LIMITED h=1/0",
        ],
        until="2025-01-20",
    ),
    Row(
        "a newer decision replaces an older one",
        policy(MISSED),
        [missed("2025-01-01"), decided("2025-01-02", "OPEN"), decided("2025-01-03", "NOT_OPEN", key="S")],
        ["2025-01-01 NOT_OPEN m=1/0", "2025-01-02 OPEN", "2025-01-03 NOT_OPEN human-review=-/-"],
    ),
    Row(
        "one that ended before it was learnt of does nothing",
        policy(MISSED),
        [missed("2025-01-01"), decided("2025-01-05", "OPEN", "2025-01-03")],
        ["2025-01-01 NOT_OPEN m=1/0"],
        until="2025-01-20",
    ),
]

ROWS = [*OVERRIDES, *PRECEDENCE, *REVIEWS]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_interventions(row: Row) -> None:
    check(row)


def test_nobody_approves_an_override_of_their_own() -> None:
    lane = Lane(policy(MISSED)).feed(
        missed("2025-01-01"), override("2025-01-02", "OPEN", by="li"), override_approved("2025-01-03", by="li")
    )
    assert lane.rejected() == ["invalid_event data.by"]
    assert lane.told() == ["2025-01-01 NOT_OPEN m=1/0"]
    assert lane.feed(override_approved("2025-01-04", by="wang")).told()[1:] == ["2025-01-04 OPEN"]


def test_nor_proposes_one_that_they_approved_already() -> None:
    early = override("2025-01-03", "OPEN", by="wang").happened("2025-01-02")
    lane = Lane(policy(MISSED)).feed(missed("2025-01-01"), override_approved("2025-01-02 12:00", by="wang"), early)
    assert lane.rejected() == ["invalid_event data.by"]
    assert lane.feed(override("2025-01-04", "OPEN").happened("2025-01-02")).told()[1:] == ["2025-01-04 OPEN"]

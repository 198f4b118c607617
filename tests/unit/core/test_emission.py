"""Semantics, "Evaluation and emission": E1 to E7, E11 to E13, E17 and E18, and what record 0002 adds (20 to 43).

Policies over time (E8 to E10, E14, E15) are in test_policies, rejects of broadcasts (E16) in test_blocks.
"""

import pytest

from tests.support.core import Document, Lane, Row, check, composite, limit, names, policy, product, rule, run, told
from tests.support.events import (
    choice,
    closed,
    consent,
    court,
    due,
    event,
    failed,
    flagged,
    inquiry,
    missed,
    ms,
    note,
    obligations,
    opened,
    paid,
    reported,
    restricted,
    revoked,
    rfc,
    score,
    spent,
    unrestricted,
    updated,
    verified,
)

MISSED = rule("m", "repayment.missed_count", window="30d", at_most=0)
HARD = rule("h", "inquiries.hard_count", window="30d", at_most=0)
OVERDUE = rule("o", "repayment.days_past_due", reason="REP-01", at_most=0)
PAUSED = rule("p", "choice.paused", reason="CHO-01", is_=False)
SCORE = rule("s", "score.value", reason="SCO-01", at_least=600, reopen_at_least=605)
OBSERVED = rule(
    "m",
    "repayment.missed_count",
    window="1d",
    at_most=0,
    observe={"days": 10, "else": "UNDER_REVIEW", "reason": "REP-04"},
)


def strong(rule_: Document, effect: str) -> Document:
    return rule_ | {"else": effect}


E1_TO_E3 = [
    Row(
        "E1 the first event emits one status for each product, open ones too",
        policy(products={"a": product(MISSED), "b": product(HARD)}),
        [missed("2025-01-01")],
        ["2025-01-01 a LIMITED m=1/0 previous:-", "2025-01-01 b OPEN previous:-"],
        show=("previous",),
    ),
    Row(
        "31 the first time everything but an empty list has changed",
        policy(products={"a": product(MISSED), "b": product(HARD)}),
        [missed("2025-01-01")],
        ["2025-01-01 a LIMITED m=1/0 changed:status,side,terms,reasons", "2025-01-01 b OPEN changed:status,terms"],
        show=("changed",),
    ),
    Row(
        "E2 the strongest effect holds, all reasons are listed",
        policy(MISSED, strong(HARD, "UNDER_REVIEW"), strong(OVERDUE, "NOT_OPEN")),
        [missed("2025-01-01"), inquiry("2025-01-02"), due("2025-01-02", on="2025-01-02")],
        [
            "2025-01-01 LIMITED m=1/0",
            "2025-01-02 UNDER_REVIEW h=1/0 m=1/0",
            "2025-01-03 NOT_OPEN o=1/0 h=1/0 m=1/0",
        ],
        until="2025-01-05",
    ),
    Row(
        "E3 legal, own choice, security, current overdue, identity, then the rest",
        policy(
            rule("rest", "repayment.missed_count", effect="NOT_OPEN", reason="REP-03", at_most=0),
            rule("idn", "identity.failed_items", reason="IDN-03", at_most=0),
            rule("due", "repayment.days_past_due", reason="REP-01", at_most=0),
            rule("sec", "security.flags", reason="SEC-01", at_most=0),
            rule("cho", "choice.paused", reason="CHO-01", is_=False),
            rule("leg", "legal.court_records", reason="LEG-03", at_most=0),
        ),
        [
            missed("2025-01-01"),
            failed("2025-01-01"),
            due("2025-01-01", on="2024-12-31"),
            flagged("2025-01-01", disclosure="full"),
            choice("2025-01-01", "pause"),
            court("2025-01-01"),
        ],
        [
            "2025-01-01 NOT_OPEN rest=1/0",
            "2025-01-01 NOT_OPEN due=1/0 rest=1/0",
            "2025-01-01 NOT_OPEN due=1/0 idn=1/0 rest=1/0",
            "2025-01-01 NOT_OPEN sec=1/0 due=1/0 idn=1/0 rest=1/0",
            "2025-01-01 NOT_OPEN cho=true/false sec=1/0 due=1/0 idn=1/0 rest=1/0",
            "2025-01-01 NOT_OPEN leg=1/0 cho=true/false sec=1/0 due=1/0 idn=1/0 rest=1/0",
        ],
    ),
    Row(
        "E3 the rest by effect",
        policy(MISSED, strong(HARD, "NOT_OPEN")),
        [missed("2025-01-01"), inquiry("2025-01-02")],
        ["2025-01-01 LIMITED m=1/0", "2025-01-02 NOT_OPEN h=1/0 m=1/0"],
    ),
    Row(
        "E3 by distance: the farthest from its limit first",
        policy(HARD, rule("m", "repayment.missed_count", at_most=0), rule("x", "inquiries.soft_count", at_most=0)),
        [missed("2025-01-01"), missed("2025-01-01"), inquiry("2025-01-02"), inquiry("2025-01-02", kind="soft")],
        [
            "2025-01-01 LIMITED m=1/0",
            "2025-01-01 LIMITED m=2/0",
            "2025-01-02 LIMITED m=2/0 h=1/0",
            "2025-01-02 LIMITED m=2/0 h=1/0 x=1/0",  # the last two by the order of the document
        ],
    ),
    Row(
        "E3 the distance is relative to the limit, at least 1",
        policy(
            rule("big", "score.value", at_least=600),  # 60 / 600
            rule("small", "repayment.missed_count", at_most=4),  # 1 / 4
        ),
        [score("2025-01-01", 540), *[missed("2025-01-02")] * 5],
        ["2025-01-01 LIMITED big=540/600", "2025-01-02 LIMITED small=5/4 big=540/600"],
    ),
    Row(
        "25 where clearing one alone changes nothing, distance decides; a reason without a number has distance 0",
        policy(
            rule("w", "delinquency.written_off", is_=False),
            rule("m", "repayment.missed_count", at_most=0),
        ),
        [reported("2025-01-01", months=0, written_off=True), missed("2025-01-02")],
        ["2025-01-01 LIMITED w=true/false", "2025-01-02 LIMITED m=1/0 w=true/false"],
    ),
    Row(
        "E4 the side is the class of the first reason",
        policy(HARD | {"reason": "INQ-01"}, PAUSED),
        [inquiry("2025-01-01"), choice("2025-01-02", "pause"), note("2025-02-10")],
        [
            "2025-01-01 LIMITED h=1/0 side:time",
            "2025-01-02 LIMITED p=true/false h=1/0 side:choice",
            "2025-01-31 LIMITED p=true/false side:choice",
        ],
        show=("side",),
    ),
]

E5_TO_E7 = [
    Row(
        "E5 a value that time alone moves gives no event",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), note("2025-01-20")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED o=1/0"],
        until="2025-03-01",
    ),
    Row(
        "E5 the same event type that leaves the value alone gives none either",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-08", on="2025-02-01", number=2)],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "E5 a value that an event changed is told, at its value of that instant",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-08", on="2025-01-03", number=2)],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED o=1/0", "2025-01-08 LIMITED o=5/0"],
        until="2025-01-20",
    ),
    Row(
        "30 back to what was last sent: none",
        policy(rule("s", "score.value", at_least=600)),
        [score("2025-01-01", 500, valid_until="2025-01-10"), score("2025-01-05", 500), score("2025-01-06", 501)],
        ["2025-01-01 LIMITED s=500/600", "2025-01-06 LIMITED s=501/600"],
    ),
    Row(
        "E5 another limit is another reason",
        policy(
            rule("m", "repayment.missed_count", at_most=0, to="2025-02-01"),
            rule("m", "repayment.missed_count", at_most=1, from_="2025-02-01", to="2025-03-01"),
            rule("m", "repayment.missed_count", at_most=2, from_="2025-03-01"),
        ),
        [missed("2025-01-01"), missed("2025-01-02")],
        [
            "2025-01-01 LIMITED m=1/0 changed:status,side,terms,reasons",
            "2025-01-02 LIMITED m=2/0 changed:reasons",
            "2025-02-01 LIMITED m=2/1 changed:reasons",
            "2025-03-01 OPEN changed:status,side,terms,reasons",
        ],
        until="2025-04-01",
        show=("changed",),
    ),
    Row(
        "E5 other terms of the same status are told",
        policy(products={"a": product(MISSED, terms={"LIMITED": {"new_draws": True, "max_amount": "500.00"}})}),
        [missed("2025-01-01")],
        ["2025-01-01 LIMITED m=1/0 terms:currency=CNY,max_amount=500.00,new_draws=true"],
        show=("terms",),
    ),
    Row(
        "28 terms default to new draws where open, none elsewhere",
        policy(MISSED),
        [note("2025-01-01"), missed("2025-01-02")],
        ["2025-01-01 OPEN terms:new_draws=true", "2025-01-02 LIMITED m=1/0 terms:new_draws=false"],
        show=("terms",),
    ),
    Row(
        "40 time alone never reorders reasons, though one's distance grows",
        policy(rule("m", "repayment.missed_count", at_most=0), rule("dpd", "repayment.days_past_due", at_most=0)),
        [missed("2025-01-01"), due("2025-01-01", on="2024-12-31"), note("2025-01-20")],
        ["2025-01-01 LIMITED m=1/0", "2025-01-01 LIMITED m=1/0 dpd=1/0"],
        until="2025-02-01",
    ),
    Row(
        "40 when something else differs the order is taken anew",
        policy(rule("m", "repayment.missed_count", at_most=0), rule("dpd", "repayment.days_past_due", at_most=0)),
        [missed("2025-01-01"), due("2025-01-01", on="2024-12-31"), missed("2025-01-20")],
        [
            "2025-01-01 LIMITED m=1/0",
            "2025-01-01 LIMITED m=1/0 dpd=1/0",
            "2025-01-20 LIMITED dpd=20/0 m=2/0",
        ],
    ),
    Row(
        "E7 alternatives are the other open products, after all are evaluated",
        policy(
            products={
                "a": product(MISSED),
                "b": product(HARD, provider="other", adds_inquiry=True),
                "c": product(MISSED | {"at_most": 1}),
            }
        ),
        [missed("2025-01-01"), missed("2025-01-02")],
        [
            "2025-01-01 a LIMITED m=1/0 alternatives:b,c",
            "2025-01-01 b OPEN alternatives:c",
            "2025-01-01 c OPEN alternatives:b",
            "2025-01-02 a LIMITED m=2/0 alternatives:b",
            "2025-01-02 c LIMITED m=2/1 alternatives:b",
            "2025-01-31 c OPEN alternatives:b",
            "2025-02-01 a OPEN alternatives:b,c",
        ],
        until="2025-02-10",
        show=("alternatives",),
    ),
    Row(
        "35 causes: event, review, time",
        policy(rule("d", "disputes.open", at_most=0), HARD),
        [
            inquiry("2025-01-01"),
            note("2025-01-02"),
        ],
        ["2025-01-01 LIMITED h=1/0 cause:event,e1", "2025-01-31 OPEN cause:time"],
        until="2025-02-01",
        show=("cause",),
    ),
]

E11_TO_E13 = [
    Row(
        "E11 after closing: not open with ACC-04 alone, until it is opened; events are folded meanwhile",
        policy(MISSED),
        [missed("2025-01-01"), closed("2025-01-02", by="lender"), missed("2025-01-03"), opened("2025-01-04")],
        [
            "2025-01-01 LIMITED m=1/0[POL-03;2025-01-01]",
            "2025-01-02 NOT_OPEN account-closed=true/false[ACC-04;2025-01-02]",
            "2025-01-04 LIMITED m=2/0[POL-03;2025-01-01]",
        ],
        show=("code", "since"),
    ),
    Row(
        "24 a closed account has no next change",
        policy(MISSED),
        [missed("2025-01-01"), closed("2025-01-02")],
        ["2025-01-01 LIMITED m=1/0 next:2025-01-31,OPEN,m", "2025-01-02 NOT_OPEN account-closed=true/false next:-"],
        until="2025-03-01",
        show=("next",),
    ),
    Row(
        "24 a withdrawn product: POL-04 alone, nothing else of it",
        policy(products={"a": product(MISSED, withdrawn=True)}),
        [missed("2025-01-01")],
        ["2025-01-01 NOT_OPEN withdrawn=-/-[POL-04]"],
        show=("code",),
    ),
    Row(
        "24 withdrawn comes before closed",
        policy(products={"a": product(MISSED, withdrawn=True)}),
        [closed("2025-01-01")],
        ["2025-01-01 NOT_OPEN withdrawn=-/-"],
    ),
    Row(
        "E12, 23 an observation starts when the failure clears, lasts whole days, its end exclusive",
        policy(OBSERVED),
        [missed("2025-01-01 12:00")],
        [
            "2025-01-01 12:00 LIMITED m=1/0[POL-03;2025-01-01 12:00;2025-01-02 12:00;count]",
            "2025-01-02 12:00 UNDER_REVIEW m=-/10[REP-04;2025-01-02 12:00;2025-01-12 12:00;days]",
            "2025-01-12 12:00 OPEN",
        ],
        until="2025-02-01",
        show=("code", "since", "clears", "unit"),
    ),
    Row(
        "E12 and starts again with a new failure",
        policy(OBSERVED),
        [missed("2025-01-01"), missed("2025-01-05")],
        [
            "2025-01-01 LIMITED m=1/0",
            "2025-01-02 UNDER_REVIEW m=-/10",
            "2025-01-05 LIMITED m=1/0",
            "2025-01-06 UNDER_REVIEW m=-/10",
            "2025-01-16 OPEN",
        ],
        until="2025-02-01",
    ),
    Row(
        "E13 since is the first instant of the unbroken failure",
        policy(rule("m", "repayment.missed_count", at_most=0)),
        [missed("2025-01-01"), missed("2025-01-05")],
        ["2025-01-01 LIMITED m=1/0[2025-01-01]", "2025-01-05 LIMITED m=2/0[2025-01-01]"],
        show=("since",),
    ),
    Row(
        "E13 at most 16 event ids of evidence, the newest, the rest counted",
        policy(rule("m", "repayment.missed_count", at_most=16)),
        [missed(f"2025-01-{day:02d}") for day in range(1, 18)],
        [
            "2025-01-01 OPEN",
            "2025-01-17 LIMITED m=17/16[e2+e3+e4+e5+e6+e7+e8+e9+e10+e11+e12+e13+e14+e15+e16+e17+1]",
        ],
        show=("evidence",),
    ),
    Row(
        "E13 the newest by event time, not by arrival",
        policy(rule("m", "repayment.missed_count", at_most=1)),
        [missed("2025-01-05").happened("2025-01-01"), missed("2025-01-06").happened("2024-12-01")],
        ["2025-01-05 OPEN", "2025-01-06 LIMITED m=2/1[e2+e1]"],
        show=("evidence",),
    ),
]

RULES = [
    Row(
        "19 since starts anew when the kind of failing changes",
        policy(rule("s", "score.value", at_least=600, unknown="LIMITED", unknown_reason="SCO-02")),
        [score("2025-01-01", 500, valid_until="2025-01-10")],
        ["2025-01-01 LIMITED s=500/600[POL-03;2025-01-01]", "2025-01-11 LIMITED s=-/600[SCO-02;2025-01-11]"],
        until="2025-02-01",
        show=("code", "since"),
    ),
    Row(
        "19 an unknown value in between doesn't reset hysteresis",
        policy(SCORE),
        [score("2025-01-01", 599, valid_until="2025-01-10"), score("2025-01-20", 604), score("2025-01-21", 605)],
        ["2025-01-01 LIMITED s=599/600", "2025-01-11 OPEN", "2025-01-20 LIMITED s=604/605", "2025-01-21 OPEN"],
    ),
    Row(
        "19 an unknown value in between starts no observation",
        policy(
            rule("s", "score.value", at_least=600, observe={"days": 10, "else": "UNDER_REVIEW", "reason": "REP-04"})
        ),
        [score("2025-01-01", 599, valid_until="2025-01-10"), score("2025-01-20", 600)],
        [
            "2025-01-01 LIMITED s=599/600",
            "2025-01-11 OPEN",
            "2025-01-20 UNDER_REVIEW s=-/10",
            "2025-01-30 OPEN",
        ],
        until="2025-03-01",
    ),
    Row(
        "19 a rule that is void by its dates loses its memory",
        policy(
            rule("s", "score.value", at_least=600, reopen_at_least=605, to="2025-01-10"),
            rule("s", "score.value", at_least=600, reopen_at_least=605, from_="2025-01-20"),
        ),
        [score("2025-01-01", 599), score("2025-01-05", 602), note("2025-02-01")],
        ["2025-01-01 LIMITED s=599/600", "2025-01-05 LIMITED s=602/605", "2025-01-10 OPEN"],
    ),
    Row(
        "20 once failed, it holds again only from the reopening limit; the limit shown is the one it breaks",
        policy(SCORE),
        [score("2025-01-01", 600), score("2025-01-02", 599), score("2025-01-03", 604), score("2025-01-04", 605)],
        [
            "2025-01-01 OPEN",
            "2025-01-02 LIMITED s=599/600",
            "2025-01-03 LIMITED s=604/605",
            "2025-01-04 OPEN",
        ],
    ),
    Row(
        "20 never failed, the reopening limit says nothing",
        policy(SCORE),
        [score("2025-01-01", 600)],
        ["2025-01-01 OPEN"],
    ),
    Row(
        "21 several operators must all hold; the first that doesn't is shown",
        policy(rule("s", "score.value", at_least=600, at_most=800)),
        [score("2025-01-01", 900), score("2025-01-02", 800), score("2025-01-03", 599)],
        ["2025-01-01 LIMITED s=900/800", "2025-01-02 OPEN", "2025-01-03 LIMITED s=599/600"],
    ),
    Row(
        "21 all: one part that fails decides even where another is unknown",
        policy(
            composite("c", all_=[limit("score.value", at_least=600), limit("repayment.missed_count", at_most=0)]),
        ),
        [missed("2025-01-01")],
        ["2025-01-01 LIMITED c=1/0[repayment.missed_count]"],
        show=("fact",),
    ),
    Row(
        "21 any: unknown where no part holds and one is unknown; the first unknown part is shown",
        policy(
            composite(
                "c",
                any_=[
                    limit("repayment.missed_count", at_most=0),
                    limit("score.value", at_least=600),
                    limit("income.monthly", at_least="1.00"),
                ],
                unknown="UNDER_REVIEW",
                unknown_reason="SCO-02",
            ),
        ),
        [missed("2025-01-01"), score("2025-01-02", 600)],
        ["2025-01-01 UNDER_REVIEW c=-/600[score.value]", "2025-01-02 OPEN"],
        show=("fact",),
    ),
    Row(
        "21 any: all parts fail, the first in document order is shown",
        policy(
            composite("c", any_=[limit("score.value", at_least=600), limit("repayment.missed_count", at_most=0)]),
        ),
        [missed("2025-01-01"), score("2025-01-02", 500)],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED c=500/600[score.value]"],
        show=("fact",),
    ),
    Row(
        "22 silent while another one fails, whose own silence doesn't matter",
        policy(
            HARD | {"superseded_by": ["m"]},
            MISSED | {"superseded_by": ["o"]},
            OVERDUE,
        ),
        [inquiry("2025-01-10"), missed("2025-01-11"), due("2025-01-12", on="2025-01-12"), paid("2025-01-14")],
        [
            "2025-01-10 LIMITED h=1/0",
            "2025-01-11 LIMITED m=1/0",
            "2025-01-13 LIMITED o=1/0",
            "2025-01-14 LIMITED m=1/0",
        ],
    ),
    Row(
        "22 an observation silences nothing",
        policy(HARD | {"superseded_by": ["m"]}, OBSERVED),
        [inquiry("2025-01-10"), missed("2025-01-11")],
        [
            "2025-01-10 LIMITED h=1/0",
            "2025-01-11 LIMITED m=1/0",
            "2025-01-12 UNDER_REVIEW m=-/10 h=1/0",
            "2025-01-22 LIMITED h=1/0",
        ],
        until="2025-02-01",
    ),
    Row(
        "41 a reason that will fall silent hasn't cleared; one that is silent goes on",
        policy(
            HARD | {"superseded_by": ["o"]},
            OVERDUE | {"else": "NOT_OPEN"},
            rule("m", "repayment.missed_count", at_most=0),
        ),
        [missed("2025-01-09"), due("2025-01-10", on="2025-01-12"), inquiry("2025-01-10")],
        [
            "2025-01-09 LIMITED m=1/0[-]",
            "2025-01-10 LIMITED h=1/0[2025-02-09] m=1/0[-]",
            "2025-01-13 NOT_OPEN o=1/0[-] m=1/0[-]",
        ],
        until="2025-02-20",
        show=("clears",),
    ),
    Row(
        "33 next change is the first other status; because is the first rule in the document that changes then",
        policy(
            HARD | {"id": "z", "else": "NOT_OPEN"},
            strong(MISSED, "NOT_OPEN"),
            rule("x", "repayment.missed_count", window="60d", at_most=0),
        ),
        [missed("2025-01-01"), inquiry("2025-01-01")],
        [
            "2025-01-01 NOT_OPEN m=1/0 x=1/0 next:2025-01-31,LIMITED,m",
            "2025-01-01 NOT_OPEN z=1/0 m=1/0 x=1/0 next:2025-01-31,LIMITED,z",
            "2025-01-31 LIMITED x=1/0 next:2025-03-02,OPEN,x",
            "2025-03-02 OPEN next:-",
        ],
        until="2025-04-01",
        show=("next",),
    ),
    Row(
        "33 reasons may change before the status does",
        policy(MISSED, rule("x", "repayment.missed_count", window="60d", at_most=0)),
        [missed("2025-01-01")],
        [
            "2025-01-01 LIMITED m=1/0[2025-01-31] x=1/0[2025-03-02] next:2025-03-02,OPEN,x",
            "2025-01-31 LIMITED x=1/0[2025-03-02] next:2025-03-02,OPEN,x",
            "2025-03-02 OPEN next:-",
        ],
        until="2025-04-01",
        show=("clears", "next"),
    ),
    Row(
        "43 under observation a rule of several facts names its first one",
        policy(
            composite(
                "c",
                any_=[limit("score.value", at_least=600), limit("repayment.missed_count", window="1d", at_most=0)],
                observe={"days": 1, "else": "LIMITED", "reason": "REP-04"},
            )
        ),
        [score("2025-01-01", 500), missed("2025-01-02")],
        [
            "2025-01-01 OPEN",
            "2025-01-02 LIMITED c=500/600[score.value]",
            "2025-01-03 LIMITED c=-/1[score.value]",
            "2025-01-04 OPEN",
        ],
        until="2025-02-01",
        show=("fact",),
    ),
]

SAID = [
    Row(
        "26 adverse: a closing by the lender is, by the customer not",
        policy(MISSED),
        [closed("2025-01-01", by="lender"), opened("2025-01-02"), closed("2025-01-03", by="customer")],
        [
            "2025-01-01 NOT_OPEN account-closed=true/false adverse:true",
            "2025-01-02 OPEN adverse:false",
            "2025-01-03 NOT_OPEN account-closed=true/false adverse:false",
        ],
        show=("adverse",),
    ),
    Row(
        "26 adverse: one reason that counts is enough, being overdue now isn't one",
        policy(OVERDUE, strong(HARD, "LIMITED") | {"reason": "INQ-01"}),
        [due("2025-01-01", on="2024-12-31"), inquiry("2025-01-02")],
        ["2025-01-01 LIMITED o=1/0 adverse:false", "2025-01-02 LIMITED o=2/0 h=1/0 adverse:true"],
        show=("adverse",),
    ),
    Row(
        "29 texts and lists",
        policy(rule("r", "account.region", one_of=["CN-31", "CN-44"]), rule("q", "account.region", none_of=["US-NY"])),
        [updated("2025-01-01", region="US-NY")],
        ['2025-01-01 LIMITED r=US-NY/["CN-31","CN-44"] q=US-NY/["US-NY"]'],
    ),
    Row(
        "29 dates as text",
        policy(rule("r", "next_review_on", before="2025-02-06"), reviews={"every": "1m", "day": 6}),
        [note("2025-01-01"), note("2025-01-07")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED r=2025-02-06/2025-02-06"],
    ),
    Row(
        "38 a security flag is told with code and category only, unless every open one says full",
        policy(rule("f", "security.flags", reason="SEC-01", at_most=0)),
        [
            flagged("2025-01-01", "device"),
            flagged("2025-01-02", "place", "full"),
            flagged("2025-01-03", "device", "full"),
            flagged("2025-01-04", "place", "limited"),
        ],
        [
            "2025-01-01 LIMITED ?=-/-[SEC-01;-;-;]",
            "2025-01-03 LIMITED f=2/0[SEC-01;2025-01-01;-;e2+e3]",
            "2025-01-04 LIMITED ?=-/-[SEC-01;-;-;]",
        ],
        show=("code", "since", "clears", "evidence"),
    ),
    Row(
        "8, 42 a revoked verification is undone, and no longer clears failed items",
        policy(
            rule("i", "identity.failed_items", at_most=0),
            rule("l", "identity.level", at_least=2, unknown="NOT_OPEN", unknown_reason="IDN-01"),
        ),
        [
            failed("2025-01-01"),
            verified("2025-01-02"),
            revoked("2025-01-03"),
        ],
        [
            "2025-01-01 NOT_OPEN l=-/2 i=1/0",
            "2025-01-02 OPEN",
            "2025-01-03 NOT_OPEN l=-/2 i=1/0",
        ],
    ),
]

ROWS = [*E1_TO_E3, *E5_TO_E7, *E11_TO_E13, *RULES, *SAID]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_emission(row: Row) -> None:
    check(row)


def currents(lane: Lane) -> list[str]:
    """One line for each write of `current`: when, status, next change."""
    found = []
    for row, value in zip(lane.outputs["current"], lane.currents, strict=True):
        assert row.key is not None
        at = "refreshed " + value["refreshedat"] if "refreshedat" in value else "changed"
        line = told([value], "next", "clears", "alternatives")[0]
        found.append(f"{row.key.decode()} {at}: {line}")
        assert row.timestamp == ms(line.partition(" LIMITED")[0].partition(" OPEN")[0]) or "refreshedat" in value
    return found


def test_e6_current_is_written_with_each_status_event() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01")).tick("2025-02-10")
    assert currents(lane) == [
        "A/a changed: 2025-01-01 LIMITED h=1/0[2025-01-31] next:2025-01-31,OPEN,h alternatives:-",
        "A/a changed: 2025-01-31 OPEN next:- alternatives:-",
    ]


def test_e6_and_when_what_lies_ahead_moved_while_it_is_not_open() -> None:
    document = policy(
        rule("m", "repayment.missed_count", at_most=0),
        rule("x", "identity.document_days_left", effect="NOT_OPEN", at_least=0),
    )
    lane = Lane(document).feed(missed("2025-01-01"), verified("2025-01-02", expires="2025-02-01"))
    lane.feed(verified("2025-01-03", expires="2025-03-01"), note("2025-01-04")).tick("2025-02-10")
    assert currents(lane) == [
        "A/a changed: 2025-01-01 LIMITED m=1/0[-] next:- alternatives:-",
        "A/a refreshed 2025-01-02T00:00:00Z: 2025-01-01 LIMITED m=1/0[-] next:2025-02-02,NOT_OPEN,x alternatives:-",
        "A/a refreshed 2025-01-03T00:00:00Z: 2025-01-01 LIMITED m=1/0[-] next:2025-03-02,NOT_OPEN,x alternatives:-",
    ]


def test_e6_a_refresh_keeps_the_event_it_refreshes() -> None:
    shown = policy(
        products={
            "a": product(rule("m", "repayment.missed_count", at_most=0)),
            "b": product(rule("h", "inquiries.hard_count", window="30d", at_most=0)),
        }
    )
    lane = Lane(shown).feed(missed("2025-01-01"), inquiry("2025-01-05")).tick("2025-03-01")
    assert currents(lane) == [
        "A/a changed: 2025-01-01 LIMITED m=1/0[-] next:- alternatives:b",
        "A/b changed: 2025-01-01 OPEN next:- alternatives:-",
        "A/a refreshed 2025-01-05T00:00:00Z: 2025-01-01 LIMITED m=1/0[-] next:- alternatives:-",
        "A/b changed: 2025-01-05 LIMITED h=1/0[2025-02-04] next:2025-02-04,OPEN,h alternatives:-",
        "A/a refreshed 2025-02-04T00:00:00Z: 2025-01-01 LIMITED m=1/0[-] next:- alternatives:b",
        "A/b changed: 2025-02-04 OPEN next:- alternatives:-",
    ]
    refreshed = lane.currents[2]
    assert (refreshed["id"], refreshed["data"]["cause"], refreshed["data"]["previous"]) == (
        "A/a/1",
        {"kind": "event", "event_id": "e1"},
        None,
    )


def test_e6_an_open_product_is_not_refreshed() -> None:
    document = policy(products={"a": product(MISSED), "b": product(HARD)})
    lane = Lane(document).feed(note("2025-01-01"), inquiry("2025-01-05"))
    assert [line for line in currents(lane) if line.startswith("A/a")] == [
        "A/a changed: 2025-01-01 OPEN next:- alternatives:b"
    ]


def test_e17_the_record_timestamp_of_a_status_is_its_time_of_a_refresh_its_instant() -> None:
    document = policy(products={"a": product(MISSED | {"window": "90d"}), "b": product(HARD)})
    lane = Lane(document).feed(missed("2025-01-01"), inquiry("2025-01-05").happened("2025-01-02"))
    assert [row.timestamp for row in lane.outputs["status"]] == [ms("2025-01-01"), ms("2025-01-01"), ms("2025-01-05")]
    assert [row.timestamp for row in lane.outputs["current"]][2:] == [ms("2025-01-05"), ms("2025-01-05")]
    assert [row.key for row in lane.outputs["status"]] == [b"A"] * 3


def test_e18_the_cause_header_names_the_record() -> None:
    lane = Lane(policy(HARD)).feed(note("2024-12-01"), inquiry("2025-01-01"), inquiry("2025-01-02")).tick("2025-02-10")
    headers = [row.headers for row in lane.outputs["status"]]
    assert headers == [
        (("eligibility-cause", b"t.reviews/0/0"),),
        (("eligibility-cause", b"t.inquiries/0/0"),),
        (("eligibility-cause", b"t.inquiries/0/1"),),
        (),  # a timer
    ]
    assert all(row.headers == () for row in lane.outputs["current"])


def test_e19_maintenance_is_no_status_event() -> None:
    lane = Lane(policy(HARD)).feed(
        inquiry("2025-01-01"),
        event("2025-01-02", "maintenance.planned", window_id="w").of("a"),
        event("2025-01-03", "maintenance.started", window_id="w", until="2025-01-04").of("*"),
        event("2025-01-03", "incident.started", incident_id="i").of("a"),
        event("2025-01-03", "provider.paused", provider="lender").of("a"),
    )
    assert (len(lane.statuses), len(lane.currents), lane.rejected()) == (1, 1, [])


def test_37_references_are_for_the_phone() -> None:
    status = run(policy(HARD), [inquiry("2025-01-01")])[0]["data"]
    assert len(status["reference"]) == 10
    assert set(status["reference"]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_34_whatever_the_own_status() -> None:
    document = policy(products={"a": product(), "b": product(), "c": product(MISSED)})
    lines = told(run(document, [missed("2025-01-01")]), "alternatives")
    assert lines == [
        "2025-01-01 a OPEN alternatives:b",
        "2025-01-01 b OPEN alternatives:a",
        "2025-01-01 c LIMITED m=1/0 alternatives:a,b",
    ]


def test_4_what_nobody_told_is_unknown() -> None:
    facts = [
        "identity.level", "identity.document_days_left", "account.limit", "account.age_days", "account.years_old",
        "score.value", "score.age_days", "income.monthly", "capacity.debt_to_income", "capacity.utilisation",
        "capacity.lenders", "capacity.total_limit", "capacity.balance", "delinquency.months_past_due",
        "policy.days_since_review",
    ]  # fmt: skip
    for fact in facts:
        document = policy(rule("r", fact, at_most=0, unknown="UNDER_REVIEW", unknown_reason="SCO-02"))
        (line,) = told(run(document, [note("2025-01-01")]))
        assert line.startswith("2025-01-01 UNDER_REVIEW r=-/0"), fact


def test_4_counts_sums_and_worst_values_are_0() -> None:
    facts = [
        "repayment.days_past_due", "repayment.late_count", "repayment.worst_days_past_due", "repayment.received_count",
        "repayment.missed_count", "delinquency.worst_months", "inquiries.hard_count", "inquiries.soft_count",
        "inquiries.institutions", "inquiries.refused_count", "identity.failed_items", "security.flags",
        "legal.court_records", "spending.months_active", "disputes.open", "reviews.open", "history.months",
    ]  # fmt: skip
    for fact in facts:
        lines = told(run(policy(rule("r", fact, below=0)), [note("2025-01-01")]))
        assert lines == ["2025-01-01 LIMITED r=0/0"], fact
    for fact in ("repayment.amount_overdue", "repayment.open_amount", "spending.amount"):
        assert told(run(policy(rule("r", fact, below=0)), [note("2025-01-01")])) == ["2025-01-01 LIMITED r=0.00/0.00"]
    for fact in ("account.restricted", "account.closed", "choice.paused"):
        assert told(run(policy(rule("r", fact, is_=True)), [note("2025-01-01")])) == [
            "2025-01-01 LIMITED r=false/true"
        ], fact


def test_restrictions_stand_until_each_is_lifted() -> None:
    document = policy(rule("r", "account.restricted", is_=False))
    events = [
        restricted("2025-01-01", "frozen"),
        restricted("2025-01-02", "watched"),
        unrestricted("2025-01-03", "frozen"),
        unrestricted("2025-01-04", "watched"),
    ]
    assert told(run(document, events)) == ["2025-01-01 LIMITED r=true/false", "2025-01-04 OPEN"]


def test_1_late_news_of_an_earlier_time_change_nothing() -> None:
    document = policy(
        rule("c", "consent.granted", scope="report", is_=True), rule("s", "spending.months_active", at_most=9)
    )
    events = [
        consent("2025-01-10", False),
        consent("2025-01-11", True).happened("2025-01-09"),
        spent("2025-01-12", "1.00"),
    ]
    assert told(run(document, events)) == ["2025-01-10 LIMITED c=false/true"]


def test_1_each_field_by_itself() -> None:
    document = policy(rule("u", "capacity.utilisation", at_most="0.9"), rule("r", "account.region", one_of=["CN-31"]))
    events = [
        obligations("2025-01-01", balance="95.00", total_limit="100.00"),
        obligations("2025-01-02", lenders=3),
        updated("2025-01-03", region="US-NY"),
        updated("2025-01-04", student=True),
        obligations("2025-01-05", balance="90.00").happened("2025-01-01 12:00"),
    ]
    assert told(run(document, events)) == [
        "2025-01-01 LIMITED u=0.9500/0.9000",
        '2025-01-03 LIMITED u=0.9500/0.9000 r=US-NY/["CN-31"]',
        '2025-01-05 LIMITED r=US-NY/["CN-31"]',
    ]


def test_rfc_and_short_are_each_others_inverse() -> None:
    assert rfc(ms("2025-01-05 08:00:00.001")) == "2025-01-05T08:00:00.001Z"

"""Every refusal that the default policy can give says why, with a value or a date, and what comes of it: something to
do, a date, or why it can't be changed. In both languages, as `eligibility status` says it.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.instants import instant_text
from schemas.policy import PolicyDocument, load_policy
from schemas.reasons import LANGUAGES, REASONS, Language, unchangeable
from schemas.status import StatusData, StatusReason, parse_status
from streams.audit.replay import replay_events
from streams.cli.words import paragraphs
from tests.support.events import (
    Event,
    choice,
    closed,
    consent,
    court,
    due,
    event,
    failed,
    flagged,
    income,
    inquiry,
    missed,
    obligations,
    opened,
    paid,
    reported,
    restricted,
    score,
    verified,
)

DEFAULT = Path(__file__).parents[2] / "streams" / "local" / "policies" / "default.yaml"
NOTHING_TO_DO = {"wait", "wait-window", "wait-observation", "await-opening", "await-review", "await-service"}
NOTHING_TO_DO |= {"see-alternatives", "other-provider"}
"""Remedies that change nothing about the reason itself."""
BECAUSE: dict[Language, str] = {"en": "can't be changed because", "zh": "无法改变,因为"}

SOUND = (
    opened("2025-06-01", opened_on="2022-01-01", born_on="1990-05-01", region="CN-31", student=False),
    verified("2025-06-01", 2, "2030-01-01"),
    consent("2025-06-01", True, "credit-report"),
    score("2026-01-05", 700, factors=["paid on time"]),
    income("2025-06-01", "10000.00", verified=True),
    obligations("2025-06-01", monthly_payment="1000.00", lenders=1, total_limit="20000.00", balance="1000.00"),
)
THEN = "2026-01-10"


def late(*days: int) -> list[Event]:
    """Instalments that were due on days of 2025 and paid so many days late."""
    found = []
    for number, count in enumerate(days, 1):
        on = f"2025-{number:02d}-10"
        when = f"2025-{number + (10 + count) // 28:02d}-{(10 + count) % 28 + 1:02d}"
        found += [due(f"2025-{number:02d}-01", on, number=number), paid(when, "100.00", "L", number)]
    return found


CASES: dict[str, Sequence[Event]] = {
    "unknown": [event("2026-01-02", "support.noted", note_id="N", by="ann")],
    "restricted": [*SOUND, restricted(THEN)],
    "paused": [*SOUND, choice(THEN, "pause", "2026-02-01T00:00:00Z")],
    "closed by choice": [*SOUND, choice(THEN, "close")],
    "flagged": [*SOUND, flagged(THEN)],
    "flagged, openly": [*SOUND, flagged(THEN, disclosure="full")],
    "a child": [*SOUND, event(THEN, "account.updated", born_on="2010-01-01")],
    "old": [*SOUND, event(THEN, "account.updated", born_on="1950-01-01")],
    "no consent": [*SOUND, consent(THEN, False, "credit-report")],
    "overdue": [*SOUND, due("2026-01-02", "2026-01-05")],
    "observed": [*SOUND, due("2026-01-02", "2026-01-05"), paid(THEN, "100.00", "L", 1)],
    "reported": [*SOUND, reported(THEN, months=3)],
    "reported before": [*SOUND, reported("2025-12-01", months=3), reported(THEN, months=0)],
    "written off": [*SOUND, reported(THEN, months=0, written_off=True)],
    "not verified": [*SOUND[:1], *SOUND[2:], verified(THEN, 1)],
    "expired": [*SOUND, verified(THEN, 2, "2026-01-08")],
    "failed": [*SOUND, failed(THEN, "phone")],
    "inquiries": [*SOUND, *(inquiry(THEN, f"I{number}") for number in range(9))],
    "many inquiries": [*SOUND, *(inquiry(THEN, f"I{number}") for number in range(12))],
    "inquiries of a quarter": [*SOUND, *(inquiry("2025-12-01", f"I{number}") for number in range(11))],
    "inquiries of a newer account": [
        opened("2025-06-01", opened_on="2025-05-01", born_on="1990-05-01", region="CN-31"),
        *SOUND[1:],
        *(inquiry(THEN, f"I{number}") for number in range(7)),
    ],
    "refused": [*SOUND, *(inquiry(THEN, f"I{number}", outcome="refused") for number in range(4))],
    "score": [*SOUND, score(THEN, 580, factors=["new credit"])],
    "score that says nothing": [*SOUND, score(THEN, 580)],
    "score of long ago": [*SOUND[:3], *SOUND[4:], score("2025-10-01", 700, factors=["paid on time"])],
    "full": [*SOUND, obligations(THEN, balance="19000.00")],
    "limits": [*SOUND, obligations(THEN, total_limit="300000.00")],
    "burden": [*SOUND, obligations(THEN, monthly_payment="6000.00")],
    "burden of next year": [*SOUND, obligations("2027-01-03", monthly_payment="5200.00")],
    "unproven": [*SOUND, income(THEN, "10000.00", verified=False)],
    "lenders": [*SOUND, obligations(THEN, lenders=5)],
    "new": [opened("2026-01-05", born_on="1990-05-01", region="CN-31")],
    "away": [*SOUND, event(THEN, "account.updated", region="CN-65")],
    "student": [*SOUND, event(THEN, "account.updated", student=True)],
    "court": [*SOUND, court(THEN, until="2030-01-01")],
    "often late": [*SOUND, *late(2, 2, 2, 2, 2, 2)],
    "long late": [*SOUND, *late(100)],
    "missed": [*SOUND, *(missed("2026-01-02") for _ in range(3))],
    "closed": [*SOUND, closed(THEN, "lender")],
}


@pytest.fixture(scope="module")
def policy() -> PolicyDocument:
    return load_policy(DEFAULT.read_bytes())


@pytest.fixture(scope="module")
def refusals(policy: PolicyDocument) -> list[StatusData]:
    """Every status that isn't OPEN of every case."""
    events = [each.of(case.replace(" ", "-").replace(",", "")) for case, history in CASES.items() for each in history]
    documents = [each.document(place) for place, each in enumerate(events)]
    found = [parse_status(each).data for each in replay_events(documents, policy)]
    return [data for data in found if data.status != "OPEN"]


def test_every_way_in_which_the_policy_refuses_is_among_the_cases(
    policy: PolicyDocument, refusals: list[StatusData]
) -> None:
    possible = set()
    for name, product in policy.products.items():
        for rule in product.rules:
            possible.add((name, rule.id, rule.reason))
            if rule.unknown_reason is not None:
                possible.add((name, rule.id, rule.unknown_reason))
            if rule.observe is not None:
                possible.add((name, rule.id, rule.observe.reason))
    seen = {(data.product, reason.rule, reason.code) for data in refusals for reason in data.reasons}
    hidden = {(name, rule, code) for name, rule, code in possible if code == "SEC-01"}
    assert possible - hidden <= seen
    assert {(name, None, "SEC-01") for name in policy.products} <= seen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_has_a_reason_with_a_value_and_a_way_or_a_date_or_why_not(
    refusals: list[StatusData], lang: Language
) -> None:
    for data in refusals:
        text = "\n".join(paragraphs(data, 0, lang))
        assert any(_has_value(reason, text) and _has_end(reason, text, lang) for reason in data.reasons), text
        assert "…" not in text, text


def _has_value(reason: StatusReason, text: str) -> bool:
    """A value, a limit or a date is told; nothing may be told of a reason of limited disclosure but what to do."""
    if reason.disclosure == "limited":
        return True
    told = [*reason.values.values(), reason.observed, reason.limit, reason.clears_at and _instant(reason)]
    return any(each is not None and str(each) in text for each in told)


def _instant(reason: StatusReason) -> str:
    assert reason.clears_at is not None
    return instant_text(reason.clears_at)


def _has_end(reason: StatusReason, text: str, lang: Language) -> bool:
    if reason.clears_at is not None:
        return _instant(reason) in text
    if unchangeable(reason.code, lang) is not None:
        return BECAUSE[lang] in text
    return REASONS[reason.code].remedy not in NOTHING_TO_DO


def test_no_next_report_is_promised_to_end_what_the_worst_report_of_a_period_brought(
    refusals: list[StatusData],
) -> None:
    found = [
        (data, reason) for data in refusals for reason in data.reasons if reason.fact == "delinquency.worst_months"
    ]
    for data, reason in found:
        text = "\n".join(paragraphs(data, 0, "en"))
        assert reason.clears_at is not None
        assert f"when that report leaves the period\n     clears: {_instant(reason)}" in text
    assert found


def test_no_reason_that_only_time_ends_stands_without_its_date(refusals: list[StatusData]) -> None:
    """But for a delay that still grows, beside which it says what to pay."""
    dated = set()
    for data in refusals:
        for reason in data.reasons:
            if REASONS[reason.code].remedy in {"wait", "wait-window", "wait-observation"}:
                if reason.clears_at is not None:
                    dated.add(reason.code)
                else:
                    assert reason.code == "REP-02"
                    assert "REP-01" in {other.code for other in data.reasons}
    assert dated >= {"REP-02", "REP-03", "REP-04", "HIS-01", "INQ-02"}

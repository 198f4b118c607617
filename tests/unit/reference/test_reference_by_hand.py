"""The reference interpreter itself, proved by small cases whose results were worked out by hand.

Each case is a few events of one account and one rule; expected are (instant, status, observed, clears_at) of the status
events, or a field of the last one. Times are UTC unless the case says otherwise.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.reference.calendar import Calendar, format_instant, parse_day, parse_instant, years_between
from streams.reference.history import FUTURE_ALLOWED, record_of
from streams.reference.interpreter import interpret
from tests.bench.w1.data import cloud_event
from tests.bench.w1.data import events as w1_events
from tests.bench.w1.expected import changes
from tests.bench.w1.projection import projected

Event = dict[str, Any]
Document = dict[str, Any]
POLICIES = Path(__file__).parents[3] / "streams" / "local" / "policies"
ANY_DAY = "2024-01-01T00:00:00Z"


def at(text: str) -> str:
    """2024-03-05 or 2024-03-05T10:00 as an RFC 3339 instant."""
    return f"{text}T00:00:00Z" if len(text) == 10 else f"{text}:00Z" if len(text) == 16 else text


def event(kind: str, /, time: str, name: str = "", recorded: str = "", account: str = "A1", **data: Any) -> Event:
    given = {field.rstrip("_"): value for field, value in data.items()}
    return {
        "specversion": "1.0",
        "id": name or f"{kind}@{time}",
        "source": "/by-hand",
        "type": kind,
        "subject": account,
        "time": at(time),
        "recordedtime": at(recorded or time),
        "data": given,
    }


def due(time: str, on: str, amount: str = "100.00", number: int | str = 1, loan: str = "L1", **more: Any) -> Event:
    return event("repayment.due", time, loan_id=loan, installment=number, amount=amount, due_on=on, **more)


def paid(time: str, amount: str = "100.00", **more: Any) -> Event:
    return event("repayment.received", time, amount=amount, **more)


def rule(fact: str, name: str = "rule", effect: str = "NOT_OPEN", code: str = "REP-05", **more: Any) -> Document:
    return {"id": name, "fact": fact, "else": effect, "reason": code} | more


def policy(*rules: Document, zone: str = "UTC", **more: Any) -> Document:
    product = {"name": {"zh": "p", "en": "p"}, "provider": "bank", "rules": list(rules)}
    return {
        "policy": "by-hand",
        "version": 1,
        "effective_from": "2020-01-01T00:00:00Z",
        "zone": zone,
        "currency": "CNY",
        "products": {"p": product},
    } | more


def run(events: list[Event], document: Document, until: str = "2030-01-01") -> list[Document]:
    """The data of the status events, with ``time`` as text."""
    return [
        s["data"] | {"time": format_instant(s["time"])} for s in interpret(events, document, parse_instant(at(until)))
    ]


def told(events: list[Event], document: Document, until: str = "2030-01-01") -> list[tuple[Any, ...]]:
    """(instant, status, observed of the first reason) of each status event."""
    return [
        (
            s["time"].removesuffix(":00Z").removesuffix("T00:00"),
            s["status"],
            s["reasons"][0]["observed"] if s["reasons"] else None,
        )
        for s in run(events, document, until)
    ]


DPD = rule("repayment.days_past_due", at_most=0, code="REP-01")


# Calendar


def test_an_instant_is_floored_to_milliseconds_and_offsets_are_taken_off() -> None:
    assert parse_instant("1970-01-01T08:00:01.2349+08:00") == 1234
    assert format_instant(1234) == "1970-01-01T00:00:01.234Z"
    assert format_instant(1000) == "1970-01-01T00:00:01Z"


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-03-31T10:30", 6, "2024-09-30T10:30"),
        ("2024-11-30", 3, "2025-02-28"),
    ],
)
def test_months_later_is_the_same_time_of_day_clamped_to_the_months_end(start: str, months: int, end: str) -> None:
    assert format_instant(Calendar("UTC").plus_months(parse_instant(at(start)), months)) == at(end)


def test_a_month_over_the_change_to_summer_time_keeps_the_local_time_of_day() -> None:
    # New York: 12:00 on 20 February is 17:00Z, 12:00 on 20 March is 16:00Z.
    later = Calendar("America/New_York").plus_months(parse_instant("2025-02-20T17:00:00Z"), 1)
    assert format_instant(later) == "2025-03-20T16:00:00Z"


def test_a_day_that_the_zone_skipped_begins_with_the_next_one() -> None:
    # Apia went from 29 December 2011 (UTC-10) to the 31st (UTC+14) at 10:00Z on the 30th.
    apia = Calendar("Pacific/Apia")
    skipped = apia.start_of(parse_day("2011-12-30"))
    assert format_instant(skipped) == "2011-12-30T10:00:00Z"
    assert apia.start_of(parse_day("2011-12-31")) == skipped


@pytest.mark.parametrize(
    ("today", "years"), [("2022-02-28", 17), ("2022-03-01", 18), ("2024-02-28", 19), ("2024-02-29", 20)]
)
def test_born_on_29_february(today: str, years: int) -> None:
    assert years_between(parse_day("2004-02-29"), parse_day(today)) == years


# Days past due


def test_due_today_is_not_late_and_the_next_day_is() -> None:
    assert told([due("2024-03-01", "2024-03-10")], policy(DPD)) == [
        ("2024-03-01", "OPEN", None),
        ("2024-03-11", "NOT_OPEN", 1),
    ]


def test_the_cutoff_moves_the_change_of_day() -> None:
    document = policy(DPD, repayment_cutoff="06:00")
    assert told([due("2024-03-01", "2024-03-10")], document)[1] == ("2024-03-11T06:00", "NOT_OPEN", 1)


def test_the_day_changes_at_local_midnight() -> None:
    # Shanghai is UTC+8: 11 March begins at 16:00Z on the 10th.
    document = policy(DPD, zone="Asia/Shanghai")
    assert told([due("2024-03-01", "2024-03-10")], document)[1] == ("2024-03-10T16:00", "NOT_OPEN", 1)


def test_a_part_payment_leaves_the_installment_late_and_the_rest_opens() -> None:
    events = [due("2024-03-01", "2024-02-01"), paid("2024-03-02", "99.99"), paid("2024-03-03", "0.01")]
    # 1 March is 29 days after 1 February in 2024.
    assert told(events, policy(DPD)) == [("2024-03-01", "NOT_OPEN", 29), ("2024-03-03", "OPEN", None)]


def test_paused_days_do_not_count_both_ends_included() -> None:
    pause = event("repayment.paused", "2024-03-01", "pause", from_="2024-03-11", until="2024-03-13")
    # Past due days would be the 11th, 12th and 13th; the first that counts is the 14th.
    assert told([due("2024-03-01", "2024-03-10"), pause], policy(DPD))[1] == ("2024-03-14", "NOT_OPEN", 1)


def test_a_newer_resumption_takes_paused_days_back() -> None:
    pause = event("repayment.paused", "2024-03-01", "pause", from_="2024-03-11", until="2024-03-13")
    resume = event("repayment.resumed", "2024-03-02", "resume", from_="2024-03-12", until="2024-03-12")
    assert told([due("2024-03-01", "2024-03-10"), pause, resume], policy(DPD))[1] == ("2024-03-12", "NOT_OPEN", 1)


# Who pays what


OPEN_AMOUNT = rule("repayment.open_amount", at_most="0.00", code="CAP-05")


def amounts(*events: Event) -> list[str | None]:
    return [observed for _, _, observed in told(list(events), policy(OPEN_AMOUNT))]


def test_a_payment_without_a_loan_pays_the_oldest_first() -> None:
    late = rule("repayment.days_past_due", at_most=0, code="REP-01")
    events = [
        due("2024-03-01", "2024-02-20", number=1),
        due("2024-03-01", "2024-02-10", number=2, name="b"),
        paid("2024-03-02"),
    ]
    # The one of 10 February is paid; 2 March is 11 days after 20 February.
    assert told(events, policy(late))[-1] == ("2024-03-02", "NOT_OPEN", 11)


def test_a_surplus_to_a_named_installment_never_flows_on() -> None:
    first, second = due("2024-03-01", "2024-03-10"), due("2024-03-02", "2024-04-10", number=2)
    named = paid("2024-03-03", "150.00", loan_id="L1", installment=1)
    assert amounts(first, second, named) == ["100.00", "200.00", "100.00"]


def test_a_surplus_without_a_loan_waits_for_the_next_due() -> None:
    assert amounts(
        due("2024-03-01", "2024-03-10"), paid("2024-03-02", "150.00"), due("2024-03-03", "2024-04-10", number=2)
    ) == [
        "100.00",
        None,
        "50.00",
    ]


def test_a_payment_of_one_loan_does_not_pay_another() -> None:
    assert amounts(due("2024-03-01", "2024-03-10"), paid("2024-03-02", loan_id="L2")) == ["100.00"]


def test_a_reversal_frees_what_its_payment_paid() -> None:
    back = event("repayment.reversed", "2024-03-03", payment_id="P1")
    assert amounts(due("2024-03-01", "2024-03-10"), paid("2024-03-02", payment_id="P1"), back) == [
        "100.00",
        None,
        "100.00",
    ]


@pytest.mark.parametrize(("payment", "opens"), [("2024-05-29T23:59:59.999Z", False), ("2024-05-30", True)])
def test_a_reversal_waits_90_days_for_its_payment(payment: str, opens: bool) -> None:
    # 90 days after 1 March 2024 is 30 May.
    back = event("repayment.reversed", "2024-03-01", payment_id="P1")
    events = [due("2024-02-01", "2024-12-10"), back, paid(payment, payment_id="P1")]
    assert (told(events, policy(OPEN_AMOUNT))[-1][1] == "OPEN") is opens


def test_an_amended_amount_keeps_the_payments() -> None:
    again = due("2024-03-03", "2024-03-10", "130.00", name="again")
    assert amounts(due("2024-03-01", "2024-03-10"), paid("2024-03-02", "60.00"), again) == ["100.00", "40.00", "70.00"]


def test_an_older_amendment_that_arrives_later_is_not_taken() -> None:
    older = due("2024-02-28", "2024-03-10", "130.00", name="older", recorded="2024-03-05")
    assert amounts(due("2024-03-01", "2024-03-10"), older) == ["100.00"]


def test_another_currency_makes_the_amount_unknown() -> None:
    document = policy(OPEN_AMOUNT | {"unknown": "UNDER_REVIEW", "unknown_reason": "CAP-02"})
    assert told([due("2024-03-01", "2024-03-10", currency="USD")], document) == [("2024-03-01", "UNDER_REVIEW", None)]


# Late and worst


def test_late_counts_from_the_day_it_was_reached_until_the_window_ends() -> None:
    document = policy(rule("repayment.late_count", window="30d", at_most=0))
    events = [due("2024-03-01", "2024-03-10"), paid("2024-03-12")]
    # Reached on 11 March; leaves 30 days later, on 10 April.
    assert told(events, document) == [
        ("2024-03-01", "OPEN", None),
        ("2024-03-11", "NOT_OPEN", 1),
        ("2024-04-10", "OPEN", None),
    ]


@pytest.mark.parametrize(("time", "late"), [("2024-03-10T23:59:59.999Z", False), ("2024-03-11", True)])
def test_a_payment_must_come_before_the_instant_of_being_late(time: str, late: bool) -> None:
    document = policy(rule("repayment.late_count", at_most=0))
    assert (told([due("2024-03-01", "2024-03-10"), paid(time)], document)[-1][1] == "NOT_OPEN") is late


def test_worst_of_a_settled_installment_leaves_with_its_settling() -> None:
    document = policy(rule("repayment.worst_days_past_due", window="1m", at_most=0))
    events = [due("2024-03-01", "2024-03-10"), paid("2024-03-15T12:00")]
    # 5 days on the 15th; settled at noon that day, so it leaves at noon on 15 April.
    assert told(events, document)[1:] == [("2024-03-11", "NOT_OPEN", 1), ("2024-04-15T12:00", "OPEN", None)]


# Counts in windows


HARD = rule("inquiries.hard_count", window="30d", at_most=0, code="INQ-01")


def hard(time: str, name: str = "", **more: Any) -> Event:
    return event("inquiry.recorded", time, name, kind="hard", **more)


def test_an_inquiry_leaves_a_window_of_days_after_exactly_so_many() -> None:
    assert told([hard("2024-03-01T10:00")], policy(HARD)) == [
        ("2024-03-01T10:00", "NOT_OPEN", 1),
        ("2024-03-31T10:00", "OPEN", None),
    ]


def test_a_late_report_counts_from_its_event_time() -> None:
    events = [hard("2024-03-01", recorded="2024-03-20")]
    assert told(events, policy(HARD)) == [("2024-03-20", "NOT_OPEN", 1), ("2024-03-31", "OPEN", None)]


def test_a_withdrawal_may_come_first() -> None:
    events = [event("inquiry.withdrawn", "2024-03-01", inquiry_id="Q1"), hard("2024-03-02", inquiry_id="Q1")]
    assert told(events, policy(HARD)) == [("2024-03-01", "OPEN", None)]


def test_institutions_are_counted_once_and_nameless_ones_not() -> None:
    events = [
        hard("2024-03-01", institution="a"),
        hard("2024-03-02", institution="a"),
        hard("2024-03-03"),
        hard("2024-03-04", institution="b"),
    ]
    document = policy(rule("inquiries.institutions", at_most=0, code="INQ-01"))
    assert told(events, document) == [("2024-03-01", "NOT_OPEN", 1), ("2024-03-04", "NOT_OPEN", 2)]


def test_days_reported_are_months_rounded_up() -> None:
    document = policy(rule("delinquency.months_past_due", at_most=1, code="REP-07"))
    events = [event("delinquency.reported", f"2024-03-0{n}", days_past_due=days) for n, days in ((1, 30), (2, 31))]
    assert told(events, document) == [("2024-03-01", "OPEN", None), ("2024-03-02", "NOT_OPEN", 2)]


# Identity, account, finances


def verified(time: str, level: int = 2, **more: Any) -> Event:
    return event("identity.verified", time, level=level, **more)


def test_a_document_is_valid_through_its_last_day() -> None:
    document = policy(rule("identity.document_days_left", at_least=0, code="IDN-02"))
    events = [verified("2024-03-01", document_expires_on="2024-03-05")]
    assert told(events, document) == [("2024-03-01", "OPEN", None), ("2024-03-06", "NOT_OPEN", -1)]


def test_a_revocation_undoes_verifications_up_to_it_only() -> None:
    document = policy(rule("identity.level", at_least=2, code="IDN-01", unknown="NOT_OPEN", unknown_reason="IDN-01"))
    events = [verified("2024-03-01"), event("identity.revoked", "2024-03-02"), verified("2024-03-03")]
    assert [status for _, status, _ in told(events, document)] == ["OPEN", "NOT_OPEN", "OPEN"]


def test_an_age_is_reached_at_the_beginning_of_the_birthday() -> None:
    document = policy(rule("account.years_old", at_least=18, code="LEG-01"), zone="Asia/Shanghai")
    events = [event("account.opened", "2024-03-01", born_on="2006-05-04")]
    assert told(events, document) == [("2024-03-01", "NOT_OPEN", 17), ("2024-05-03T16:00", "OPEN", None)]


def test_a_field_left_out_erases_nothing() -> None:
    document = policy(
        rule("account.region", one_of=["CN-31"], code="LEG-02", unknown="NOT_OPEN", unknown_reason="LEG-05")
    )
    events = [
        event("account.opened", "2024-03-01", region="CN-31"),
        event("account.updated", "2024-03-02", student=True),
    ]
    assert told(events, document) == [("2024-03-01", "OPEN", None)]


@pytest.mark.parametrize(
    ("until", "ends"), [("2024-03-05", "2024-03-06"), ("2024-03-05T10:00:00Z", "2024-03-05T10:00")]
)
def test_a_pause_lasts_through_a_date_and_up_to_an_instant(until: str, ends: str) -> None:
    document = policy(rule("choice.paused", code="CHO-01") | {"is": False})
    events = [event("choice.made", "2024-03-01", choice="pause", until=until)]
    assert told(events, document) == [("2024-03-01", "NOT_OPEN", True), (ends, "OPEN", None)]


def test_an_expired_score_is_unknown_and_no_older_one_takes_its_place() -> None:
    document = policy(rule("score.value", at_least=600, code="SCO-01", unknown="UNDER_REVIEW", unknown_reason="SCO-02"))
    events = [
        event("score.updated", "2024-03-01", provider="z", value=700),
        event("score.updated", "2024-03-02", provider="z", value=650, valid_until="2024-03-03"),
    ]
    assert told(events, document) == [("2024-03-01", "OPEN", None), ("2024-03-04", "UNDER_REVIEW", None)]


def test_a_ratio_is_compared_exactly_and_shown_away_from_its_limit() -> None:
    document = policy(rule("capacity.debt_to_income", at_most="0.55", code="CAP-01"))
    income = event("income.updated", "2024-03-01", monthly="10000.00")
    exact = event("obligations.updated", "2024-03-02", monthly_payment="5500.00")
    over = event("obligations.updated", "2024-03-03", monthly_payment="5500.01")
    # 0.550001 rounds away from 0.55 to 0.5501.
    assert told([income, exact, over], document) == [("2024-03-01", "OPEN", None), ("2024-03-03", "NOT_OPEN", "0.5501")]


# Rules


def scores(*values: int) -> list[Event]:
    return [event("score.updated", f"2024-03-{day:02d}", provider="z", value=v) for day, v in enumerate(values, 1)]


def test_once_failed_a_rule_holds_again_from_the_reopening_limit() -> None:
    document = policy(rule("score.value", at_least=600, reopen_at_least=605, code="SCO-01"))
    found = [
        (s["status"], s["reasons"][0]["limit"] if s["reasons"] else None)
        for s in run(scores(602, 599, 604, 605), document)
    ]
    assert found == [("OPEN", None), ("NOT_OPEN", 600), ("NOT_OPEN", 605), ("OPEN", None)]


def test_observation_begins_when_the_rule_clears_and_ends_exactly() -> None:
    document = policy(DPD | {"observe": {"days": 7, "else": "LIMITED", "reason": "REP-04"}})
    events = [due("2024-03-01", "2024-02-29"), paid("2024-03-02T10:00")]
    assert told(events, document) == [
        ("2024-03-01", "NOT_OPEN", 1),
        ("2024-03-02T10:00", "LIMITED", None),
        ("2024-03-09T10:00", "OPEN", None),
    ]


def test_a_dated_rule_is_void_outside_its_dates() -> None:
    document = policy(HARD | {"window": "180d", "from": "2024-03-05", "to": "2024-03-08"})
    assert told([hard("2024-03-01")], document) == [
        ("2024-03-01", "OPEN", None),
        ("2024-03-05", "NOT_OPEN", 1),
        ("2024-03-08", "OPEN", None),
    ]


def test_any_holds_with_one_part_and_fails_only_when_all_do() -> None:
    parts = [{"fact": "score.value", "at_least": 600}, {"fact": "capacity.lenders", "at_most": 2}]
    document = policy({"id": "rule", "any": parts, "else": "NOT_OPEN", "reason": "CAP-02"})
    lenders = event("obligations.updated", "2024-03-02", lenders=3)
    # At first the second part is unknown, which is not failing; then both fail, and the first is shown.
    assert told([*scores(500), lenders], document) == [("2024-03-01", "OPEN", None), ("2024-03-02", "NOT_OPEN", 500)]


def test_a_superseded_rule_is_silent_while_the_other_fails() -> None:
    mild = rule("repayment.days_past_due", "mild", "LIMITED", "REP-01", at_most=0, superseded_by=["hard"])
    document = policy(mild, rule("repayment.days_past_due", "hard", "NOT_OPEN", "REP-01", at_most=1))
    found = [(s["status"], [r["rule"] for r in s["reasons"]]) for s in run([due("2024-03-01", "2024-02-29")], document)]
    assert found == [("LIMITED", ["mild"]), ("NOT_OPEN", ["hard"])]


def test_a_segment_gives_other_limits_from_the_day_it_is_reached() -> None:
    document = policy(HARD | {"window": "180d", "for": {"old": {"at_most": 1}}})
    document["segments"] = [{"name": "old", "when": [{"fact": "account.age_days", "at_least": 10}]}]
    events = [event("account.opened", "2024-03-01"), hard("2024-03-02")]
    assert told(events, document) == [
        ("2024-03-01", "OPEN", None),
        ("2024-03-02", "NOT_OPEN", 1),
        ("2024-03-11", "OPEN", None),
    ]
    assert run(events, document)[1]["next_change"] == {"at": at("2024-03-11"), "status": "OPEN", "because": "segment"}


# Reasons and emission


def test_reasons_come_by_group_then_effect_then_distance() -> None:
    document = policy(
        rule("score.value", "near", "LIMITED", "SCO-02", at_least=600),
        rule("capacity.lenders", "far", "LIMITED", "CAP-04", at_most=1),
        rule("account.region", "law", "LIMITED", "LEG-02", one_of=["x"]),
    )
    events = [
        event("account.opened", "2024-03-01", region="y"),
        *scores(540),
        event("obligations.updated", "2024-03-02", lenders=3),
    ]
    # Distances: |540 - 600| / 600 = 0.1 and |3 - 1| / 1 = 2.
    last = run(events, document)[-1]
    assert [r["rule"] for r in last["reasons"]] == ["law", "far", "near"]
    assert (last["side"], last["reasons_shown"]) == ("law", 3)


def test_a_value_that_time_moves_gives_no_event_but_one_that_an_event_moves_does() -> None:
    document = policy(DPD)
    events = [due("2024-03-01", "2024-02-29"), due("2024-03-05", "2024-01-31", number=2)]
    # From 1 to 5 days by time: silent. The second installment is 34 days late on 5 March.
    assert told(events, document, "2024-03-20") == [("2024-03-01", "NOT_OPEN", 1), ("2024-03-05", "NOT_OPEN", 34)]


def test_next_change_of_an_open_account_expects_installments_to_be_paid() -> None:
    assert run([due("2024-03-01", "2024-03-10")], policy(DPD), "2024-03-02")[0]["next_change"] is None


def test_limited_disclosure_shows_code_and_category_only() -> None:
    document = policy(rule("security.flags", at_most=0, code="SEC-01"))
    reason = run([event("security.flagged", "2024-03-01", flag="device")], document)[0]["reasons"][0]
    shown = {name for name, value in reason.items() if value not in (None, [], 0)}
    assert shown == {"code", "category", "disclosure"}


def test_at_most_sixteen_events_are_named_the_newest() -> None:
    events = [hard(f"2024-03-01T10:{n:02d}", f"e{n:02d}") for n in range(18)]
    reason = run([*events, event("income.updated", "2024-03-01T11:00", monthly="1")], policy(HARD))[17]["reasons"][0]
    assert (reason["evidence"][0], reason["evidence"][-1], reason["evidence_more"]) == ("e02", "e17", 2)


def test_a_closed_account_is_not_open_until_it_is_opened_again() -> None:
    events = [
        event("account.opened", "2024-03-01"),
        event("account.closed", "2024-03-02", by="lender"),
        event("account.opened", "2024-03-03"),
    ]
    found = [(s["status"], [r["code"] for r in s["reasons"]], s["adverse"]) for s in run(events, policy(HARD))]
    assert found == [("OPEN", [], False), ("NOT_OPEN", ["ACC-04"], True), ("OPEN", [], False)]


def test_the_policys_beginning_evaluates_the_accounts_known_then() -> None:
    document = policy(HARD | {"window": "180d"}, effective_from="2024-03-05T00:00:00Z")
    status = run([hard("2024-03-01")], document)[0]
    assert (status["time"], status["previous"]) == (at("2024-03-05"), None)
    assert status["cause"] == {"kind": "policy", "event_id": None}


def test_the_same_event_again_changes_nothing() -> None:
    once = hard("2024-03-01", "once")
    again = once | {"recordedtime": at("2024-03-05")}
    assert told([once, again], policy(HARD)) == told([once], policy(HARD))


@pytest.mark.parametrize(("time", "rejected"), [("2024-03-01T00:05", False), ("2024-03-01T00:05:00.001Z", True)])
def test_more_than_five_minutes_ahead_is_rejected(time: str, rejected: bool) -> None:
    recorded = parse_instant("2024-03-01T00:00:00Z")
    given = hard(time, "ahead", recorded="2024-03-01")
    assert (record_of(given, recorded, "inquiries", 0, FUTURE_ALLOWED) is None) is rejected


def test_alternatives_are_the_other_open_products() -> None:
    document = policy(HARD)
    document["products"]["q"] = {"name": {"zh": "q", "en": "q"}, "provider": "other", "adds_inquiry": True, "rules": []}
    first, second = run([hard("2024-03-01")], document)[:2]
    assert first["alternatives"] == [{"product": "q", "provider": "other", "adds_inquiry": True}]
    assert second["alternatives"] == []


# W1


def test_w1_seen_at_its_events_is_as_its_own_reference_says() -> None:
    document = yaml.safe_load((POLICIES / "w1.yaml").read_text(encoding="utf-8"))
    events = list(w1_events(3_000, 200))
    statuses = interpret([cloud_event(event) for event in events], document)
    assert list(projected(events, statuses)) == list(changes(events))

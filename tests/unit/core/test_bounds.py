"""What is bounded (semantics M12, M13; streams.core.limits), and values so large that they could end a lane."""

from collections.abc import Callable
from typing import Any

import pytest

from streams.core import limits
from tests.support.bounds import HARD, UNKNOWN, hard, later
from tests.support.core import Document, Lane, Row, check, names, policy, rule, run, told
from tests.support.events import (
    Event,
    closed,
    consent,
    correction,
    court,
    dispute,
    dispute_closed,
    due,
    event,
    failed,
    flagged,
    inquiry,
    missed,
    ms,
    note,
    opened,
    paid,
    pause,
    reported,
    reversal,
    score,
    short,
    spent,
    suppression,
    verified,
    withdrawal,
)


def inquiries(count: int, at: str = "2025-01-01") -> list[Event]:
    """So many inquiries, a minute apart."""
    return [inquiry(later(at, minute)) for minute in range(count)]


def last(document: Document, events: list[Event], until: str | None = None) -> str:
    return told(run(document, events, until))[-1]


# M12: counts over a lost span become "at least"


def test_m12_a_full_list_is_still_exact() -> None:
    assert last(hard(at_most=200), inquiries(limits.INQUIRIES)).endswith("OPEN")
    assert last(hard(at_most=100), inquiries(limits.INQUIRIES)).endswith("LIMITED r=128/100")


@pytest.mark.parametrize(
    ("operators", "outcome"),
    [
        ({"at_most": 200}, "UNDER_REVIEW r=-/200"),  # 128 or more: who knows
        ({"at_most": 127}, "LIMITED r=128/127"),  # over the limit anyhow
        ({"at_least": 128}, "OPEN"),  # so many at least
        ({"at_least": 129}, "UNDER_REVIEW r=-/129"),
        ({"above": 127}, "OPEN"),
        ({"below": 128}, "LIMITED r=128/128"),
        ({"below": 129}, "UNDER_REVIEW r=-/129"),
        ({"at_least": 2, "at_most": 100}, "LIMITED r=128/100"),  # one that fails decides
        ({"at_least": 2, "at_most": 500}, "UNDER_REVIEW r=-/2"),
    ],
)
def test_m12_one_more_and_the_count_is_a_lower_bound(operators: dict[str, Any], outcome: str) -> None:
    assert last(hard(**operators), inquiries(limits.INQUIRIES + 1)).partition(" ")[2].endswith(outcome)


def test_m12_the_count_is_exact_again_when_the_lost_span_has_left_the_window() -> None:
    lines = told(run(hard(at_most=200), inquiries(limits.INQUIRIES + 1), "2025-02-10"))
    assert lines == ["2025-01-01 OPEN", "2025-01-01 02:08 UNDER_REVIEW r=-/200", "2025-01-31 OPEN"]


def test_m12_the_next_change_tells_when_the_lost_span_leaves() -> None:
    lines = told(run(hard(at_most=200), inquiries(limits.INQUIRIES + 1)), "next", "clears")
    assert lines[-1] == "2025-01-01 02:08 UNDER_REVIEW r=-/200[2025-01-31] next:2025-01-31,OPEN,r"


def test_m12_the_oldest_by_event_time_goes_not_by_arrival() -> None:
    """What comes late and is the oldest is the one that is lost, and leaves first."""
    events = [*inquiries(limits.INQUIRIES), inquiry("2025-01-02").happened("2024-12-25")]
    lines = told(run(hard(at_most=200), events, "2025-02-10"))
    assert lines == ["2025-01-01 OPEN", "2025-01-02 UNDER_REVIEW r=-/200", "2025-01-24 OPEN"]


def test_m12_without_a_window_the_lost_span_never_ends() -> None:
    lines = told(run(hard(None, at_most=200), inquiries(limits.INQUIRIES + 1), "2035-01-01"))
    assert lines == ["2025-01-01 OPEN", "2025-01-01 02:08 UNDER_REVIEW r=-/200"]


def test_m12_a_window_of_months_too() -> None:
    lines = told(run(hard("1m", at_most=200), inquiries(limits.INQUIRIES + 1, "2025-01-31"), "2025-04-10"))
    assert lines == ["2025-01-31 OPEN", "2025-01-31 02:08 UNDER_REVIEW r=-/200", "2025-02-28 OPEN"]


Make = Callable[[str, int], Event]
FULL: list[tuple[str, int, Make]] = [
    ("repayment.missed_count", limits.MISSED, lambda at, n: missed(at)),
    ("delinquency.worst_months", limits.REPORTS, lambda at, n: reported(at, months=1)),
    ("spending.months_active", limits.SPENDINGS, lambda at, n: spent(at, "1.00")),
    ("spending.amount", limits.SPENDINGS, lambda at, n: spent(at, "1.00")),
    ("repayment.received_count", limits.PAYMENTS, lambda at, n: paid(at)),
    ("inquiries.institutions", limits.INQUIRIES, lambda at, n: inquiry(at, institution=f"b{n}")),
    ("inquiries.refused_count", limits.INQUIRIES, lambda at, n: inquiry(at, outcome="refused")),
    ("inquiries.soft_count", limits.INQUIRIES, lambda at, n: inquiry(at, kind="soft")),
    ("identity.failed_items", limits.NAMED, lambda at, n: failed(at, f"i{n}")),
    ("security.flags", limits.NAMED, lambda at, n: flagged(at, f"f{n}", "full")),
    ("legal.court_records", limits.CASES, lambda at, n: court(at, record=f"c{n}")),
    ("disputes.open", limits.CASES, lambda at, n: dispute(at, "REP-01", f"d{n}")),
    ("reviews.open", limits.CASES, lambda at, n: event(at, "review.requested", review_id=f"v{n}", product="a")),
    ("repayment.late_count", limits.OPEN_INSTALLMENTS, lambda at, n: due(at, on="2024-12-01", number=n)),
    ("repayment.open_amount", limits.OPEN_INSTALLMENTS, lambda at, n: due(at, on="2024-12-01", number=n)),
    ("repayment.days_past_due", limits.OPEN_INSTALLMENTS, lambda at, n: due(at, on="2024-12-01", number=n)),
    ("repayment.amount_overdue", limits.OPEN_INSTALLMENTS, lambda at, n: due(at, on="2024-12-01", number=n)),
]


@pytest.mark.parametrize(("fact", "bound", "make"), FULL, ids=[each[0] for each in FULL])
def test_m12_every_count_knows_when_its_list_has_lost_something(fact: str, bound: int, make: Make) -> None:
    document = policy(rule("r", fact, at_most=10**9, **UNKNOWN))
    events = [make(later("2025-01-01", n), n) for n in range(bound + 1)]
    assert last(document, events[:-1]).endswith("OPEN")
    assert last(document, events).endswith("UNDER_REVIEW r=-/1000000000" + (".00" if "amount" in fact else ""))


def test_m12_settled_installments_have_a_bound_of_their_own() -> None:
    """The windows of late_count and worst_days_past_due end with the settling that was lost."""
    document = policy(rule("r", "repayment.late_count", window="3m", at_most=1000, **UNKNOWN))
    events = []
    for number in range(limits.SETTLED_INSTALLMENTS + 1):
        at = later("2025-01-01", 2 * number)
        events += [due(at, on="2024-12-01", number=number), paid(later(at, 1), number=number)]
    lines = told(run(document, events, "2025-05-01"))
    assert lines == ["2025-01-01 OPEN", "2025-01-01 03:13 UNDER_REVIEW r=-/1000", "2025-04-01 00:01 OPEN"]


def test_m12_a_closed_case_goes_without_a_trace() -> None:
    document = policy(rule("r", "disputes.open", at_most=0, **UNKNOWN))
    events = [dispute("2025-01-01", "REP-01", "d0"), dispute_closed("2025-01-02", "REP-01", "d0")]
    events += [note(later("2025-01-03", n)) for n in range(3)]
    for n in range(1, limits.CASES + 1):
        events += [
            dispute(later("2025-01-04", 2 * n), "REP-01", f"d{n}"),
            dispute_closed(later("2025-01-04", 2 * n + 1), "REP-01", f"d{n}"),
        ]
    assert last(document, events).endswith("OPEN")


def test_m12_a_later_payment_is_not_known_to_be_the_same_beyond_the_bound() -> None:
    """Money keeps what it did: an installment paid by a payment long forgotten stays paid."""
    document = policy(rule("r", "repayment.days_past_due", at_most=0))
    events = [due("2025-01-01", on="2025-01-05"), paid("2025-01-02", "60.00", number=1, payment="first")]
    events += [paid(later("2025-01-03", n), "1.00", number=2) for n in range(limits.PAYMENTS)]
    events += [paid("2025-01-05", "40.00", number=1), reversal("2025-01-07", "first")]
    assert told(run(document, events, "2025-02-01")) == ["2025-01-01 OPEN"]


# The bounded memory of ids


def test_m7_an_id_is_remembered_for_128_events() -> None:
    again = missed("2025-01-01").named("x")
    document = policy(rule("r", "repayment.missed_count", at_most=1))

    def history(between: int) -> list[Event]:
        notes = [note(later("2025-01-02", n)) for n in range(between)]
        return [again, *notes, again.again("2025-01-10")]

    assert told(run(document, history(limits.EVENT_IDS - 1))) == ["2025-01-01 OPEN"]
    assert told(run(document, history(limits.EVENT_IDS))) == ["2025-01-01 OPEN", "2025-01-10 LIMITED r=2/1"]


# M13: what waits for an event


@pytest.mark.parametrize(
    ("make", "field"),
    [(correction, "data.corrects"), (suppression, "data.suppresses"), (dispute, "data.about")],
    ids=["correction", "suppression", "dispute"],
)
def test_m13_waits_30_days_for_its_event_then_goes_to_the_dead_letters(
    make: Callable[[str, str], Event], field: str
) -> None:
    lane = Lane(HARD).feed(make("2025-01-01", "missing"))
    lane.tick("2025-01-31 00:00:01.999")
    assert lane.rejected() == []
    lane.restart().tick("2025-01-31 00:00:02")
    assert lane.rejected() == [f"target_unknown {field}"]
    letter = lane.outputs["dead-letters"][0]
    source = lane.record(make("2025-01-01", "missing"), 1)
    assert (letter.key, letter.value, letter.timestamp) == (b"A", source.value, ms("2025-01-31"))
    assert (lane.letters[0].topic, lane.letters[0].offset) == ("t.reviews", 0)


def test_m13_its_event_comes_in_time() -> None:
    lane = Lane(HARD).feed(correction("2025-01-01", "late"), inquiry("2025-01-30 23:59:59.999").named("late"))
    assert lane.restart().tick("2025-06-01").rejected() == []


def test_m13_its_event_comes_too_late() -> None:
    lane = Lane(HARD).feed(correction("2025-01-01", "late"), inquiry("2025-01-31").named("late"))
    assert lane.rejected() == ["target_unknown data.corrects"]


def test_m13_an_event_seen_already_is_no_reason_to_wait() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01").named("seen"), correction("2025-01-02", "seen"))
    assert lane.tick("2025-06-01").rejected() == []


def test_m13_a_dispute_of_a_reason_is_about_no_event() -> None:
    lane = Lane(HARD).feed(dispute("2025-01-01", "INQ-01"))
    assert lane.tick("2025-06-01").rejected() == []


def test_m13_the_65th_sends_the_oldest_away() -> None:
    lane = Lane(HARD)
    lane.feed(*(correction(later("2025-01-01", n), f"m{n}") for n in range(limits.PENDING_TARGETS)))
    assert lane.rejected() == []
    lane.feed(suppression("2025-01-02", "m0"))
    assert lane.rejected() == ["target_unknown data.corrects"]
    assert [letter.offset for letter in lane.letters] == [0]
    lane.restart().tick("2025-06-01")
    assert len(lane.letters) == limits.PENDING_TARGETS + 1


def test_m13_the_record_goes_whole_its_headers_too() -> None:
    lane = Lane(HARD)
    record = lane.record(correction("2025-01-01", "missing"), 1)
    lane.records([record._replace(headers=(("trace", b"\x00\xff"), ("empty", None)))])
    lane.restart().tick("2025-03-01")
    assert lane.outputs["dead-letters"][0].headers[:2] == (("trace", b"\x00\xff"), ("empty", None))


def test_m14_of_two_corrections_of_one_event_the_newest_by_time_waits() -> None:
    first, second = correction("2025-01-01", "missing"), correction("2025-01-02", "missing").happened("2024-12-01")
    lane = Lane(HARD).feed(first, second).tick("2025-06-01")
    assert [letter.offset for letter in lane.letters] == [0]
    lane = Lane(HARD).feed(second.again("2025-01-01"), first.again("2025-01-02")).tick("2025-06-01")
    assert [letter.offset for letter in lane.letters] == [1]


# Values at the edge of what can be held


LARGEST = "99999999999999.99"


def test_the_largest_amounts_can_be_held_and_added_up() -> None:
    events = [due("2025-01-01", on="2025-01-05", amount=LARGEST, number=n) for n in range(300)]
    events += [paid(later("2025-01-02", n), LARGEST, loan="L", number=1) for n in range(100)]
    document = policy(rule("r", "repayment.open_amount", at_most="1.00", unknown="LIMITED", unknown_reason="POL-03"))
    assert last(document, events).endswith("r=29899999999999997.01/1.00")


def test_a_credit_has_a_bound_and_the_rest_waits() -> None:
    money = {"amount": "99999999999999.9999", "loan": "L", "number": 1, "currency": "CLF"}
    document = policy(rule("r", "repayment.days_past_due", at_most=0))
    lane = Lane(document).feed(due("2025-01-01", on="2025-01-05", amount="1.0000", currency="CLF"))
    for n in range(6):
        lane.feed(paid(later("2025-01-02", n), **money, payment=f"p{n}")).restart()  # type: ignore[arg-type]
    lane.feed(*(reversal(later("2025-01-03", n), f"p{n}") for n in range(6))).tick("2025-02-01")
    assert lane.told()[-1] == "2025-01-06 LIMITED r=1/0", "each reversal takes away just what its payment gave"


@pytest.mark.parametrize("amount", ["100000000000000", "999999999999999999.00"])
def test_larger_amounts_are_refused(amount: str) -> None:
    lane = Lane(HARD).feed(paid("2025-01-01", amount))
    assert lane.rejected() == ["invalid_event data.amount"]


@pytest.mark.parametrize("operators", [{"at_least": 0}, {"at_least": -5}, {"below": 0}, {"above": -1}, {"at_most": -1}])
def test_limits_that_no_count_can_cross(operators: dict[str, Any]) -> None:
    kept = "at_least" in operators or "above" in operators
    lines = told(run(hard(**operators), [inquiry("2025-01-01")], "2025-06-01"))
    assert [line[:18] for line in lines] == ["2025-01-01 OPEN" if kept else "2025-01-01 LIMITED"]


def test_a_pause_without_end_takes_no_longer_than_another() -> None:
    document = policy(rule("r", "repayment.days_past_due", at_most=0), rule("q", "repayment.late_count", at_most=0))
    events = [pause("2025-01-01", "2025-01-02", "9999-12-31"), due("2025-01-01", on="2025-01-01")]
    assert told(run(document, events, "2030-01-01")) == ["2025-01-01 OPEN"]


FAR = [
    due("2025-01-01", on="9999-12-30"),
    due("2025-01-01", on="9999-12-31"),
    due("2025-01-01", on="1900-01-01"),
    pause("2025-01-01", "1900-01-01", "9999-12-31"),
    pause("2025-01-01", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"),
    verified("2025-01-01", expires="9999-12-30"),
    verified("2025-01-01", expires="1900-01-01"),
    score("2025-01-01", 0, valid_until="9999-12-30"),
    score("2025-01-01", 10**9, valid_until="9999-12-31T23:59:59.999Z"),
    opened("2025-01-01", born_on="1900-01-01", opened_on="9999-12-31"),
    opened("2025-01-01", born_on="9999-12-31", opened_on="1900-01-01"),
    court("2025-01-01", until="9999-12-30"),
    inquiry("2025-01-01").happened("1970-01-01"),
    inquiry("9899-12-31"),
    consent("9900-01-01 00:00:00.001", True),
    reported("2025-01-01", days=100_000),
    withdrawal("2025-01-01", "q"),
    closed("2025-01-01"),
]
FACTS = [
    rule("dpd", "repayment.days_past_due", at_most=99_999),
    rule("late", "repayment.late_count", window="120m", at_most=0, min_days=3660),
    rule("worst", "repayment.worst_days_past_due", window="3660d", at_most=99_999),
    rule("left", "identity.document_days_left", at_least=999_999_999),
    rule("gone", "identity.document_days_left", at_least=-999_999_999),
    rule("age", "account.age_days", at_least=999_999_999_999),
    rule("young", "account.age_days", above=-999_999_999_999),
    rule("old", "account.years_old", at_least=999_999),
    rule("born", "account.years_old", below=-999_999),
    rule("fresh", "score.age_days", at_most=-999_999_999),
    rule("stale", "score.age_days", at_most=999_999_999, observe={"days": 3660, "else": "LIMITED", "reason": "REP-04"}),
    rule("hist", "history.months", at_least=999_999),
    rule("review", "policy.days_since_review", at_most=-999_999_999),
    rule("since", "policy.days_since_review", at_most=999_999_999),
    rule("next", "next_review_on", before="9999-12-31"),
    rule("hard", "inquiries.hard_count", window="120m", at_most=0),
    rule(
        "seen",
        "inquiries.hard_count",
        window="3660d",
        at_most=0,
        observe={"days": 3660, "else": "LIMITED", "reason": "REP-04"},
    ),
    rule("dated", "inquiries.soft_count", at_most=0, from_="1900-01-01", to="9999-12-30"),
]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])  # UTC+14 and UTC-11
@pytest.mark.parametrize("every", ["1m", "120m"])
def test_no_date_or_number_is_too_far_away_for_a_lane(zone: str, every: str) -> None:
    document = policy(*FACTS, zone=zone, reviews={"every": every, "day": 31}, repayment_cutoff="23:59")
    lane = Lane(document)
    for each in FAR:
        lane.feed(each).restart()
    assert lane.rejected() == ["time_in_future time"], "of the record after the end"
    assert lane.statuses


def test_a_clock_stops_before_the_year_9900() -> None:
    document = policy(rule("r", "identity.document_days_left", at_least=0), reviews={"every": "120m", "day": 1})
    statuses = run(
        document,
        [verified("2025-01-01", expires="9899-12-31"), verified("2025-01-02", expires="9905-01-01").of("B")],
        "9999-12-31",
    )
    assert told(statuses, "account_id") == [
        "2025-01-01 OPEN account_id:A",
        "2025-01-02 OPEN account_id:B",
        "9900-01-01 LIMITED r=-1/0 account_id:A",
    ]


ROWS = [
    Row(
        "M6 a reversal waits for its payment up to 90 days",
        policy(rule("r", "repayment.received_count", at_most=0)),
        [reversal("2025-01-01", "P"), paid("2025-03-31 23:59:59.999", payment="P"), note("2025-04-10")],
        ["2025-01-01 OPEN"],
    ),
    Row(
        "M6 and no longer",
        policy(rule("r", "repayment.received_count", at_most=0)),
        [reversal("2025-01-01", "P"), paid("2025-04-01", payment="P")],
        ["2025-01-01 OPEN", "2025-04-01 LIMITED r=1/0"],
    ),
    Row(
        "18 an inquiry's withdrawal waits without end",
        HARD,
        [withdrawal("2020-02-01", "q"), inquiry("2025-01-01", "q")],
        ["2020-02-01 OPEN"],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_what_waits(row: Row) -> None:
    check(row)


def test_m6_a_reversal_that_nothing_met_is_counted() -> None:
    lane = Lane(HARD).feed(reversal("2025-01-01", "P"), paid("2025-04-01", payment="Q"))
    state, _ = lane.state()
    assert state.counters == {"reversals_dropped": 1}


def test_the_bounds_are_those_that_their_arithmetic_names() -> None:
    entries = limits.OPEN_INSTALLMENTS + limits.SETTLED_INSTALLMENTS + limits.PAYMENTS
    assert entries == 704
    assert short(limits.LAST_MS) == "9900-01-01"

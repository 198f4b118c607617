"""Semantics, "Time": T1 to T16, one row a decision and its edges. T17 is in test_blocks."""

import pytest

from schemas.settings import CoreSettings
from streams.codec.engine import engine
from streams.codec.merge import Merge
from streams.codec.records import SourceRecord
from tests.support.core import Lane, Row, check, limit, names, policy, product, rule, run, told
from tests.support.events import (
    Event,
    choice,
    clock_advanced,
    court,
    due,
    event,
    inquiry,
    missed,
    ms,
    note,
    opened,
    paid,
    score,
    updated,
    verified,
)

HARD = rule("r", "inquiries.hard_count", window="30d", at_most=0)
MONTH = rule("r", "inquiries.hard_count", window="1m", at_most=0)
OVERDUE = rule("r", "repayment.days_past_due", at_most=0)
LATE_3 = rule("r", "repayment.days_past_due", at_most=2)
EXPIRED = rule("r", "identity.document_days_left", at_least=0)
PAUSED = rule("r", "choice.paused", is_=False)
ADULT = rule("r", "account.years_old", at_least=18)

ROWS = [
    # T2: my windows move by my own records and timers only
    Row(
        "T2 windows look at when it happened, evaluation at when it was recorded",
        policy(HARD),
        [inquiry("2025-02-05").happened("2025-01-10"), inquiry("2025-03-20").happened("2025-01-10")],
        ["2025-02-05 LIMITED r=1/0", "2025-02-09 OPEN"],
        until="2025-04-01",
    ),
    # T3: timers at exactly their instant
    Row(
        "T3 a timer is evaluated at its due instant, not at the record that follows",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), note("2025-01-20 13:00")],
        [
            "2025-01-01 OPEN cause:event,e1 recorded_at:2025-01-01",
            "2025-01-06 LIMITED r=1/0 cause:time recorded_at:2025-01-06",
        ],
        show=("cause", "recorded_at"),
    ),
    # T4: timers first
    Row(
        "T4 a payment at the very instant of falling past due comes after it",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-06")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED r=1/0", "2025-01-06 OPEN"],
    ),
    Row(
        "T4 a payment one ms before it leaves nothing to fall past due",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-05 23:59:59.999")],
        ["2025-01-01 OPEN"],
        until="2025-02-01",
    ),
    # T5: one evaluation per account and instant, products in document order
    Row(
        "T5 two timers of one instant make one evaluation, products in document order",
        policy(products={"b": product(HARD), "a": product(HARD, rule("q", "repayment.days_past_due", at_most=0))}),
        [inquiry("2025-01-01"), due("2025-01-02", on="2025-01-30")],
        [
            "2025-01-01 b LIMITED r=1/0",
            "2025-01-01 a LIMITED r=1/0",
            "2025-01-31 b OPEN",
            "2025-01-31 a LIMITED q=1/0",
        ],
        until="2025-02-10",
    ),
    # T6
    Row(
        "T6 two records of one instant are two evaluations, told in sequence",
        policy(rule("r", "inquiries.hard_count", window="30d", at_most=0)),
        [inquiry("2025-01-01"), inquiry("2025-01-01")],
        ["2025-01-01 LIMITED r=1/0 sequence:1", "2025-01-01 LIMITED r=2/0 sequence:2"],
        show=("sequence",),
    ),
    # T7
    Row(
        "T7 windows count in ms: the inquiry leaves to the ms",
        policy(HARD),
        [inquiry("2025-01-01 08:00:00.001")],
        ["2025-01-01 08:00:00.001 LIMITED r=1/0", "2025-01-31 08:00:00.001 OPEN"],
        until="2025-02-10",
    ),
    # T8
    Row(
        "T8 a time of up to 5 min after its record is the record's",
        policy(HARD),
        [inquiry("2025-01-01").happened("2025-01-01 00:05:00")],
        ["2025-01-01 LIMITED r=1/0", "2025-01-31 OPEN"],
        until="2025-02-10",
    ),
    Row(
        "T8 a time of more than 5 min after its record is rejected",
        policy(HARD),
        [inquiry("2025-01-01").happened("2025-01-01 00:05:00.001"), note("2025-01-02")],
        ["2025-01-02 OPEN"],
    ),
    # T9
    Row(
        "T9 until: the records up to it, then the timers up to it, itself included",
        policy(HARD),
        [inquiry("2025-01-01"), inquiry("2025-01-31 00:00:00.001")],
        ["2025-01-01 LIMITED r=1/0", "2025-01-31 OPEN"],
        until="2025-01-31",
    ),
    Row(
        "T9 until one ms earlier leaves that timer out",
        policy(HARD),
        [inquiry("2025-01-01")],
        ["2025-01-01 LIMITED r=1/0"],
        until="2025-01-30 23:59:59.999",
    ),
    Row(
        "T9 without until the end is the last record's timestamp, of whatever account",
        policy(HARD),
        [inquiry("2025-01-01"), note("2025-01-31").of("B")],
        ["2025-01-01 LIMITED r=1/0", "2025-01-31 OPEN", "2025-01-31 OPEN"],
    ),
    # T10
    Row(
        "T10 local dates are the policy's zone's",
        policy(OVERDUE, zone="Asia/Shanghai"),
        [due("2025-01-01", on="2025-01-05")],
        ["2025-01-01 OPEN", "2025-01-05 16:00 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "T10 the day that the clocks go forward has 23 hours",
        policy(LATE_3, zone="America/New_York"),
        [due("2025-03-01", on="2025-03-08")],  # 3 days late at 00:00 of 11 March, EDT
        ["2025-03-01 OPEN", "2025-03-11 04:00 LIMITED r=3/2"],
        until="2025-04-01",
    ),
    Row(
        "T10 a midnight before the clocks went forward keeps winter time",
        policy(OVERDUE, zone="America/New_York"),
        [due("2025-03-01", on="2025-03-08")],
        ["2025-03-01 OPEN", "2025-03-09 05:00 LIMITED r=1/0"],
        until="2025-03-10",
    ),
    Row(
        "T10 the day that the clocks go back has 25 hours",
        policy(OVERDUE, zone="America/New_York"),
        [
            due("2025-10-30", on="2025-11-01"),
            due("2025-10-30", on="2025-11-02", number=2).named("second"),
            paid("2025-11-02 04:00", number=1),
        ],
        [
            "2025-10-30 OPEN",
            "2025-11-02 04:00 LIMITED r=1/0",
            "2025-11-02 04:00 OPEN",
            "2025-11-03 05:00 LIMITED r=1/0",
        ],
        until="2025-12-01",
    ),
    Row(
        "T10 where midnight itself is skipped the day begins at the change",
        policy(OVERDUE, zone="Africa/Cairo"),  # 25 April 2025: 00:00 becomes 01:00 EEST
        [due("2025-04-20", on="2025-04-24")],
        ["2025-04-20 OPEN", "2025-04-24 22:00 LIMITED r=1/0"],
        until="2025-05-01",
    ),
    Row(
        "T10 a repeated midnight begins the day once, at its first",
        policy(OVERDUE, zone="America/Havana"),  # 2 November 2025: 01:00 becomes 00:00 again
        [due("2025-10-20", on="2025-11-01"), note("2025-11-02 05:30")],
        ["2025-10-20 OPEN", "2025-11-02 04:00 LIMITED r=1/0"],
        until="2025-11-02 06:00",
    ),
    Row(
        "T10 Apia's 30 December 2011 doesn't exist: past due on it is past due on the 31st, two days late",
        policy(
            rule("r", "repayment.days_past_due", at_most=1), zone="Pacific/Apia", effective_from="2010-01-01T00:00:00Z"
        ),
        [due("2011-12-20", on="2011-12-29")],  # 29 December ends at 10:00Z, when the 31st begins
        ["2011-12-20 OPEN", "2011-12-30 10:00 LIMITED r=2/1"],
        until="2012-01-10",
    ),
    # T11
    Row(
        "T11 a window of 1 day has its event 1 ms before 86,400 s have passed, and not at them",
        policy(rule("r", "inquiries.hard_count", window="1d", at_most=1)),
        [inquiry("2025-01-01 12:00"), inquiry("2025-01-02 11:59:59.999"), inquiry("2025-01-02 12:00")],
        [
            "2025-01-01 12:00 OPEN",
            "2025-01-02 11:59:59.999 LIMITED r=2/1",
            "2025-01-02 12:00 OPEN",
            "2025-01-02 12:00 LIMITED r=2/1",
            "2025-01-03 11:59:59.999 OPEN",
        ],
        until="2025-02-01",
    ),
    Row(
        "T11 days of a window are 86,400 s whatever the clocks do",
        policy(rule("r", "inquiries.hard_count", window="1d", at_most=0), zone="America/New_York"),
        [inquiry("2025-03-09 05:00")],  # midnight of a day of 23 hours
        ["2025-03-09 05:00 LIMITED r=1/0", "2025-03-10 05:00 OPEN"],
        until="2025-04-01",
    ),
    # T12
    Row(
        "T12 31 January and one month is 28 February",
        policy(MONTH),
        [inquiry("2025-01-31 09:30")],
        ["2025-01-31 09:30 LIMITED r=1/0", "2025-02-28 09:30 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T12 31 January and one month is 29 February in a leap year",
        policy(MONTH),
        [inquiry("2024-01-31 09:30")],
        ["2024-01-31 09:30 LIMITED r=1/0", "2024-02-29 09:30 OPEN"],
        until="2024-06-01",
    ),
    Row(
        "T12 29 February and twelve months is 28 February",
        policy(rule("r", "inquiries.hard_count", window="12m", at_most=0)),
        [inquiry("2024-02-29 09:30")],
        ["2024-02-29 09:30 LIMITED r=1/0", "2025-02-28 09:30 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T12 the clamped days of a month's end leave by time of day, not in order",
        policy(rule("r", "inquiries.hard_count", window="1m", at_most=1)),
        [inquiry("2025-01-29 23:00"), inquiry("2025-01-31 01:00")],
        ["2025-01-29 23:00 OPEN", "2025-01-31 01:00 LIMITED r=2/1", "2025-02-28 01:00 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T12 same local time of day: an hour earlier in UTC after the clocks went forward",
        policy(MONTH, zone="America/New_York"),
        [inquiry("2025-02-20 15:00")],  # 10:00 EST; 20 March 10:00 EDT
        ["2025-02-20 15:00 LIMITED r=1/0", "2025-03-20 14:00 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T12 a local time that a change skips is taken with the offset before it",
        policy(MONTH, zone="America/New_York"),
        [inquiry("2025-02-09 07:30")],  # 02:30 EST; on 9 March 02:30 is skipped: 02:30 EST = 03:30 EDT
        ["2025-02-09 07:30 LIMITED r=1/0", "2025-03-09 07:30 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T12 of a local time that comes twice the first counts",
        policy(MONTH, zone="America/New_York"),
        [inquiry("2025-10-02 05:30")],  # 01:30 EDT; on 2 November 01:30 comes twice
        ["2025-10-02 05:30 LIMITED r=1/0", "2025-11-02 05:30 OPEN"],
        until="2025-12-01",
    ),
    # T13
    Row(
        "T13 a document is valid through its local day",
        policy(EXPIRED, zone="Asia/Shanghai"),
        [verified("2025-01-01", expires="2025-01-10")],
        ["2025-01-01 OPEN", "2025-01-10 16:00 LIMITED r=-1/0"],
        until="2025-02-01",
    ),
    Row(
        "T13 a document of 9999-12-31 never expires",
        policy(EXPIRED),
        [verified("2025-01-01", expires="9999-12-31")],
        ["2025-01-01 OPEN next:-"],
        until="2030-01-01",
        show=("next",),
    ),
    Row(
        "T13 an until that is a date holds through that day",
        policy(PAUSED, zone="Asia/Shanghai"),
        [choice("2025-01-01", "pause", until="2025-01-10")],
        ["2025-01-01 LIMITED r=true/false", "2025-01-10 16:00 OPEN"],
        until="2025-02-01",
    ),
    Row(
        "T13 an until that is an instant is exclusive",
        policy(PAUSED),
        [choice("2025-01-01", "pause", until="2025-01-10T08:00:00.5Z")],
        ["2025-01-01 LIMITED r=true/false", "2025-01-10 08:00:00.500 OPEN"],
        until="2025-02-01",
    ),
    Row(
        "T13 valid_until ends a score",
        policy(rule("r", "score.value", at_least=600, unknown="UNDER_REVIEW", unknown_reason="SCO-02")),
        [score("2025-01-01", 600, valid_until="2025-01-10")],
        ["2025-01-01 OPEN", "2025-01-11 UNDER_REVIEW r=-/600"],
        until="2025-02-01",
    ),
    Row(
        "T13 usable_until ends the use of a court record",
        policy(rule("r", "legal.court_records", at_most=0)),
        [court("2025-01-01", until="2025-01-10T12:00:00Z")],
        ["2025-01-01 LIMITED r=1/0", "2025-01-10 12:00 OPEN"],
        until="2025-02-01",
    ),
    # T14
    Row(
        "T14 an age is reached at 00:00 of the birthday, in the policy's zone",
        policy(ADULT, zone="Asia/Shanghai"),
        [opened("2025-03-01", born_on="2007-03-10")],
        ["2025-03-01 LIMITED r=17/18", "2025-03-09 16:00 OPEN"],
        until="2025-04-01",
    ),
    Row(
        "T14 born on 29 February: 18 on 29 February where the year has one",
        policy(rule("r", "account.years_old", at_least=20)),
        [opened("2024-02-01", born_on="2004-02-29")],
        ["2024-02-01 LIMITED r=19/20", "2024-02-29 OPEN"],
        until="2024-06-01",
    ),
    Row(
        "T14 born on 29 February: 18 on 1 March where the year has none",
        policy(ADULT),
        [opened("2022-02-01", born_on="2004-02-29"), note("2022-02-28 12:00")],
        ["2022-02-01 LIMITED r=17/18", "2022-03-01 OPEN"],
        until="2022-06-01",
    ),
    # T15
    Row(
        "T15 a dated limit holds from 00:00 local, inclusive, to 00:00 local, exclusive",
        policy(
            rule("r", "repayment.missed_count", at_most=0, from_="2025-02-01", to="2025-03-01"), zone="Asia/Shanghai"
        ),
        [missed("2025-01-10")],
        ["2025-01-10 OPEN", "2025-01-31 16:00 LIMITED r=1/0", "2025-02-28 16:00 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "T15 one limit follows the other without a moment between",
        policy(
            rule("r", "repayment.missed_count", at_most=0, to="2025-02-01"),
            rule("r", "repayment.missed_count", effect="NOT_OPEN", at_most=0, from_="2025-02-01"),
        ),
        [missed("2025-01-10")],
        ["2025-01-10 LIMITED r=1/0[2025-01-10]", "2025-02-01 NOT_OPEN r=1/0[2025-01-10]"],
        until="2025-06-01",
        show=("since",),
    ),
    # T16
    Row(
        "T16 while open, an unpaid installment is expected to be paid: no next change",
        policy(OVERDUE),
        [due("2025-01-01", on="2025-01-05")],
        ["2025-01-01 OPEN next:-"],
        show=("next",),
    ),
    Row(
        "T16 while not open, a further installment does count",
        policy(OVERDUE, rule("q", "repayment.days_past_due", effect="NOT_OPEN", at_most=29)),
        [due("2025-01-01", on="2025-01-05")],
        ["2025-01-01 OPEN next:-", "2025-01-06 LIMITED r=1/0 next:2025-02-04,NOT_OPEN,q"],
        until="2025-01-10",
        show=("next",),
    ),
    Row(
        "T16 dated ends count while open: a document",
        policy(EXPIRED),
        [verified("2025-01-01", expires="2025-01-10")],
        ["2025-01-01 OPEN next:2025-01-11,LIMITED,r"],
        show=("next",),
    ),
    Row(
        "T16 dated ends count while open: a limit's date",
        policy(rule("r", "repayment.missed_count", at_most=0, from_="2025-02-01")),
        [missed("2025-01-10")],
        ["2025-01-10 OPEN next:2025-02-01,LIMITED,r"],
        show=("next",),
    ),
    Row(
        "T16 dated ends count while open: a score's",
        policy(rule("r", "score.value", at_least=600, unknown="UNDER_REVIEW", unknown_reason="SCO-02")),
        [score("2025-01-01", 600, valid_until="2025-01-10")],
        ["2025-01-01 OPEN next:2025-01-11,UNDER_REVIEW,r"],
        show=("next",),
    ),
    Row(
        "T16 with no further input: the inquiry leaves",
        policy(HARD),
        [inquiry("2025-01-01")],
        ["2025-01-01 LIMITED r=1/0 next:2025-01-31,OPEN,r"],
        show=("next",),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_time(row: Row) -> None:
    check(row)


def test_t1_the_order_is_by_time_then_topic_then_offset() -> None:
    merge = Merge(["repayments", "inquiries"])

    def record(topic: str, offset: int, timestamp: int) -> SourceRecord:
        return SourceRecord(topic, 0, offset, timestamp, b"A", b"{}", ())

    merge.begin("repayments", 0, 3)
    merge.begin("inquiries", 0, 2)
    merge.arrive("inquiries", [record("inquiries", 0, 5), record("inquiries", 1, 1)], 2, 2)
    assert not merge.ready, "a source that isn't at its end holds the others back"
    merge.arrive("repayments", [record("repayments", 0, 5), record("repayments", 1, 4)], 2, 3)
    merge.arrive("repayments", [record("repayments", 2, 9)], 3, 3)
    order = [(each.topic, each.offset) for each in merge.take(10, 10**6)]
    assert order == [("repayments", 0), ("repayments", 1), ("inquiries", 0), ("inquiries", 1), ("repayments", 2)]


def test_t1a_files_are_sorted_by_record_time_then_topic_then_line() -> None:
    events = [inquiry("2025-01-01"), due("2025-01-01", on="2025-01-05"), missed("2025-01-01"), note("2024-12-31")]
    rules = rule("r", "repayment.missed_count", at_most=0), HARD | {"id": "q"}
    assert told(run(policy(*rules), events), "cause") == [
        "2024-12-31 OPEN cause:review,e4",
        "2025-01-01 LIMITED r=1/0 cause:event,e3",
        "2025-01-01 LIMITED r=1/0 q=1/0 cause:event,e1",
    ]


def test_t2_other_accounts_do_not_move_my_windows() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), note("2025-03-01").of("B"), note("2025-01-15"))
    mine = [line for line in lane.told("account_id") if line.endswith("account_id:A")]
    assert mine == ["2025-01-01 LIMITED r=1/0 account_id:A", "2025-01-31 OPEN account_id:A"]
    lane.feed(inquiry("2025-01-20"))
    assert lane.told()[-1] == "2025-01-31 LIMITED r=1/0", "the account's own last instant, not the lane's clock"


@pytest.mark.parametrize(
    ("clock", "fired"), [("2025-01-31 00:00:01.999", False), ("2025-01-31 00:00:02", True), ("2025-02-10", True)]
)
def test_t3_an_idle_account_waits_for_the_grace(clock: str, fired: bool) -> None:
    by_tick = Lane(policy(HARD)).feed(inquiry("2025-01-01")).tick(clock)
    by_another = Lane(policy(HARD)).feed(inquiry("2025-01-01"), note(clock).of("B"))
    for lane in (by_tick, by_another):
        mine = [line for line in lane.told("account_id") if line.endswith(":A")]
        assert mine[1:] == (["2025-01-31 OPEN account_id:A"] if fired else [])


def test_t3_a_record_of_the_account_itself_waits_for_no_grace() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), note("2025-01-31"))
    assert lane.told() == ["2025-01-01 LIMITED r=1/0", "2025-01-31 OPEN"]


def test_t3_the_grace_is_a_setting() -> None:
    lane = Lane(policy(HARD), CoreSettings(grace_ms=60_000)).feed(inquiry("2025-01-01"))
    assert len(lane.tick("2025-01-31 00:00:59.999").statuses) == 1
    assert len(lane.tick("2025-01-31 00:01").statuses) == 2


def test_t5_accounts_of_one_instant_are_in_the_order_of_their_ids_bytes() -> None:
    lane = Lane(policy(HARD))
    lane.feed(*(inquiry("2025-01-01").of(name) for name in ("b", "a", "Z", "a:1", "_")))
    lane.tick("2025-02-10")
    assert [each["subject"] for each in lane.statuses[5:]] == ["Z", "_", "a", "a:1", "b"]


@pytest.mark.parametrize(
    ("time", "as_of"),
    [("2025-01-01T00:00:00.0019999Z", "00:00:00.001"), ("2025-01-01T08:00:00.5+08:00", "00:00:00.500")],
)
def test_t7_finer_input_is_floored(time: str, as_of: str) -> None:
    lane = Lane(policy(HARD))
    value = inquiry("2025-01-01").document(1) | {"time": time}
    lane.records([lane.record(_written(value), 1)])
    lane.tick("2025-02-10")
    assert lane.told()[1:] == [f"2025-01-31 {as_of} OPEN"]


def _written(document: dict[str, object]) -> Event:
    return _Written("inquiry.recorded", document, ms("2025-01-01 01:00"), 0)


class _Written(Event):
    """An event whose CloudEvent is given as it is."""

    def document(self, place: int) -> dict[str, object]:
        return self.data


def test_t7_a_leap_second_is_an_invalid_event() -> None:
    lane = Lane(policy(HARD))
    value = inquiry("2017-01-01").document(1) | {"time": "2016-12-31T23:59:60Z"}
    lane.records([lane.record(_written(value), 1)])
    assert (lane.rejected(), lane.statuses) == (["invalid_event time"], [])


def test_t8_a_time_too_far_ahead_goes_to_the_dead_letters() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01").happened("2025-01-01 00:05:00.001"))
    assert (lane.rejected(), lane.statuses) == (["time_in_future time"], [])
    settings = CoreSettings(future_ms=0)
    lane = Lane(policy(HARD), settings).feed(inquiry("2025-01-01").happened("2025-01-01 00:00:00.001"))
    assert lane.rejected() == ["time_in_future time"]


def test_t8_a_record_later_than_the_block_admits_is_rejected_and_moves_no_clock() -> None:
    lane = Lane(policy(HARD))
    record = lane.record(inquiry("2025-01-01"), 1)
    lane.records([record], admit_until=ms("2025-01-01") - 1)
    assert (lane.rejected(), lane.machine.clock) == (["time_in_future time"], 0)
    lane.records([record], admit_until=ms("2025-01-01"))
    assert len(lane.statuses) == 1


def test_t9_clock_advanced_ends_a_history_for_every_lane() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), clock_advanced("2025-01-31"))
    assert lane.told() == ["2025-01-01 LIMITED r=1/0", "2025-01-31 OPEN"], "without grace"


def test_t9_clock_advanced_of_the_past_changes_nothing() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), clock_advanced("2025-01-31", to="2025-01-10"))
    assert lane.told() == ["2025-01-01 LIMITED r=1/0"]


def test_t9_clock_advanced_moves_the_clock_of_its_lane() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), clock_advanced("2025-01-30 23:58", to="2025-01-31"))
    assert lane.machine.clock == ms("2025-01-31")
    assert lane.restart().machine.clock == ms("2025-01-31")


def test_t9_clock_advanced_may_not_be_ahead_of_its_record() -> None:
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01"), clock_advanced("2025-01-30", to="2025-01-30 00:05:00.001"))
    assert lane.rejected() == ["time_in_future data.to"]


def test_t10_the_time_zone_data_is_part_of_the_block() -> None:
    assert engine()["tzdata"].startswith("20")


def test_t13_both_kinds_of_ends_of_a_pause_may_be_past_already() -> None:
    for until in ("2024-12-31", "2025-01-01T00:00:00Z"):
        events = [choice("2025-01-01", "pause", until=until)]
        assert told(run(policy(PAUSED), events)) == ["2025-01-01 OPEN"]


def test_t16_scheduled_policies_count_as_time() -> None:
    """In test_policies; here the segment: it moves by time, and `because` says so (decision 0002, 41)."""
    segments = [{"name": "old", "when": [limit("account.age_days", at_least=30)]}]
    rules = rule("r", "repayment.missed_count", at_most=0, for_={"old": {"at_most": 5}})
    events = [opened("2025-01-01"), missed("2025-01-02")]
    assert told(run(policy(rules, segments=segments), events, "2025-02-10"), "next") == [
        "2025-01-01 OPEN next:-",
        "2025-01-02 LIMITED r=1/0 next:2025-01-31,OPEN,segment",
        "2025-01-31 OPEN next:-",
    ]


def test_an_event_of_any_kind_may_be_the_first() -> None:
    for first in (updated("2025-01-01", region="CN-31"), event("2025-01-01", "security.cleared", flag="x")):
        assert told(run(policy(HARD), [first])) == ["2025-01-01 OPEN"]

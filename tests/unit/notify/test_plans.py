"""What is told, when, and by when the law wants it: a table of days in customers' lives, and laws over random ones."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Event
from schemas.events import parse_event
from schemas.instants import instant_text, parse_date
from schemas.notices import Law, NoticeDropped, NoticePlanned, NoticeReopened, NoticeSettled
from streams.notify.channels import Said
from streams.notify.hours import day_begins
from streams.settings import NotifierSettings
from tests.unit.notify.world import DAY, HOUR, NOON, Way, World, status

FAILED, REFUSED = Said("failed", "HTTP 500"), Said("refused", "HTTP 410")


def event(kind: str, id: str = "e1", account: str = "A", **data: Any) -> Event:
    stated = {"specversion": "1.0", "id": id, "source": "/t", "type": kind, "subject": account}
    return parse_event({**stated, "time": instant_text(NOON), "data": data})


def happens(world: World, *events: Event) -> None:
    for each in events:
        world.take(each.subject, world.planner.event(each, world.now, world.now))


def dropped(world: World) -> list[tuple[str, str]]:
    return [(each.data.notice, each.data.why) for each in world.entries if isinstance(each.data, NoticeDropped)]


def test_a_change_is_told_once_and_one_of_reasons_alone_is_not() -> None:
    world = World()
    world.change(status(1))
    world.round()
    world.change(status(2, changed=["reasons"]))
    world.change(status(1))
    world.round()
    assert world.messages() == [["A/p/1"]]


def test_of_changes_that_wait_only_the_last_one_is_told_and_none_that_is_known() -> None:
    world = World()
    world.change(status(1, "OPEN"))
    world.round()
    for sequence, word in ((2, "NOT_OPEN"), (3, "OPEN")):
        world.change(status(sequence, word))
    world.round()
    assert world.messages() == [["A/p/1"]]
    assert dropped(world) == [("A/p/2", "withdrawn")]
    world.change(status(4))
    world.change(status(5, side="time"))
    world.round()
    assert world.messages() == [["A/p/1"], ["A/p/5"]]


def test_more_than_three_a_day_wait_and_the_last_picture_comes() -> None:
    world = World()
    for sequence in range(1, 8):
        world.change(status(sequence, "OPEN" if sequence % 2 else "NOT_OPEN"))
        world.round()
        world.now += HOUR
    assert world.messages() == [["A/p/1"], ["A/p/2"], ["A/p/3"]]
    world.change(status(8))
    world.until(NOON + DAY)
    assert world.messages()[3:] == [["A/p/8"]]


def test_at_night_it_waits_for_the_morning_but_a_mailbox_makes_no_sound() -> None:
    for channel, hour in (("webhook", 20), ("mailbox", 12)):
        world = World(webhook=Way(), mailbox=Way(), settings=NotifierSettings(channels=[channel]))
        world.now = NOON + 12 * HOUR
        world.change(status(1))
        world.until(NOON + hour * HOUR - 1)
        assert world.messages() == ([] if channel == "webhook" else [["A/p/1"]]) or hour == 12
        world.until(NOON + hour * HOUR + 1)
        assert world.messages() == [["A/p/1"]]


def test_wishes_changed_meanwhile_hold() -> None:
    world = World(webhook=Way(), mailbox=Way(), settings=NotifierSettings(channels=["webhook"]))
    world.change(status(1))
    world.prefer(quiet={"from": "11:00", "until": "15:00"})
    world.until(NOON + 3 * HOUR - 1)
    assert world.messages() == []
    world.until(NOON + 3 * HOUR)
    assert world.messages() == [["A/p/1"]]


def test_a_digest_holds_all_of_a_day_in_one_message() -> None:
    world = World()
    world.prefer(digest="18:00")
    for product in ("p", "q", "r"):
        world.change(status(1, product=product))
    world.change(status(2, "OPEN", product="q"))
    world.until(NOON + 6 * HOUR)
    assert world.messages() == [["A/p/1", "A/r/1", "A/q/2"]]


def test_of_a_muted_product_only_what_the_law_asks_for_is_told_and_in_silence() -> None:
    world = World(webhook=Way(), mailbox=Way(), settings=NotifierSettings(channels=["webhook"]))
    world.prefer(muted=["p"])
    world.change(status(1, adverse=False))
    world.change(status(2, adverse=True, side="time"))
    world.round()
    assert dropped(world) == [("A/p/1", "muted")]
    assert [each.notices for each in world.ways["mailbox"].took] == [["A/p/2"]]
    assert world.ways["webhook"].took == []


def test_what_was_before_the_beginning_is_known_already() -> None:
    world = World(since=NOON)
    world.change(status(1, at=NOON - 1))
    world.change(status(2, at=NOON, changed=["reasons"]))
    world.change(status(3, "OPEN", at=NOON, changed=["status"]))
    world.round()
    assert world.messages() == [["A/p/3"]]


def test_a_refusal_goes_to_the_next_channel_and_failures_are_repeated() -> None:
    hook, box = Way(FAILED, FAILED, FAILED), Way()
    world = World(webhook=hook, mailbox=box, settings=NotifierSettings(channels=["webhook"], attempts=3))
    world.change(status(1))
    world.until(NOON + HOUR // 60, step=500)
    assert hook.answers == []
    assert [each.notices for each in box.took] == [["A/p/1"]]
    other = World(webhook=Way(REFUSED), mailbox=Way(), settings=NotifierSettings(channels=["webhook"]))
    other.change(status(1))
    assert [each.outcome for each in other.round() + other.round()] == ["refused", "sent"]


def test_without_a_last_resort_it_is_stuck_until_a_person_reopens_it() -> None:
    settings = NotifierSettings(channels=["webhook"], last_resort=False)
    world = World(webhook=Way(REFUSED), mailbox=Way(), settings=settings)
    world.change(status(1))
    world.round()
    world.round()
    world.crash()
    world.round()
    assert [each.planned.notice for each in world.book.stuck()] == ["A/p/1"]
    world.take("A", [("x", NoticeReopened(notice="A/p/1", by="ops"))])
    world.round()
    assert world.messages() == [["A/p/1"]]


def test_after_a_crash_a_message_goes_again_under_its_key_or_not_at_all() -> None:
    for channel, outcome in (("webhook", "sent"), ("mail", "uncertain")):
        way = Way()
        world = World(settings=NotifierSettings(channels=[channel]), **{channel: way, "mailbox": Way()})  # type: ignore[arg-type]
        world.prefer(addresses={"mail": "a@example.org"})
        world.change(status(1))
        ((account, message),) = world.sender.messages(world.now)
        world.take(account, [(message.message, message)])
        world.prefer(language="zh", addresses={"mail": "b@example.org"})
        world.crash()
        world.round()
        assert [each.data.outcome for each in world.entries if isinstance(each.data, NoticeSettled)] == [outcome]
        assert [each.content for each in way.took] == ([message.content] if outcome == "sent" else [])


DECIDED = {"by": "ann", "status": "OPEN", "reason": "x"}
ASKED: dict[Law, tuple[str, str, dict[str, str], dict[str, str], int]] = {
    "dispute": ("opened", "closed", {"dispute_id": "d", "about": "REP-01"}, {"outcome": "corrected"}, 20),
    "review": ("requested", "decided", {"review_id": "r", "product": "p"}, DECIDED, 20),
    "explanation": ("requested", "given", {"request_id": "x", "product": "p"}, {}, 30),
}


@pytest.mark.parametrize("law", list(ASKED))
def test_what_a_customer_asked_for_is_owed_within_days_and_told_once(law: Law) -> None:
    begins, ends, data, more, days = ASKED[law]
    asked, answered = event(f"{law}.{begins}", **data), event(f"{law}.{ends}", "e2", **data, **more)
    world = World()
    happens(world, asked, asked)
    assert world.clocks.counts(NOON + days * DAY)[law] == (1, 0, 0, 0, 0)
    assert [each.law for each in world.clocks.overdue(NOON + days * DAY + 1)] == [law]
    late = World()
    happens(late, asked)
    late.now += days * DAY + 1
    for each in (world, late):
        happens(each, answered, answered)
        each.round()
        each.crash()
        assert len(each.messages()) == 1
    assert world.clocks.counts(NOON)[law] == (0, 0, 1, 0, 0)
    assert late.clocks.counts(NOON)[law] == (0, 0, 0, 1, 0)


def test_adverse_action_is_owed_within_thirty_days_from_the_first_picture_that_was_not_told() -> None:
    world = World(
        webhook=Way(*[FAILED] * 9), mailbox=Way(), settings=NotifierSettings(channels=["webhook"], attempts=99)
    )
    world.prefer(quiet={"from": "00:00", "until": "23:59"})
    world.change(status(1, adverse=True))
    world.now += DAY
    world.change(status(2, adverse=True, side="time", at=NOON + DAY))
    assert world.clocks.counts(NOON + 30 * DAY)["adverse"] == (1, 0, 0, 0, 0)
    assert world.clocks.counts(NOON + 30 * DAY + 1)["adverse"] == (0, 1, 0, 0, 0)
    world.change(status(3, "OPEN", at=NOON + DAY))
    assert dropped(world) == [("A/p/1", "replaced"), ("A/p/2", "replaced")]
    assert world.clocks.counts(NOON)["adverse"].due == 1, "what was done is still to be told"


def test_a_document_is_told_of_a_week_before_sixty_days_ahead_unless_it_is_renewed() -> None:
    day = parse_date("2026-06-01")
    ahead = day_begins(day - 60, "Asia/Shanghai")
    world = World()
    happens(world, event("identity.verified", level=2, document_expires_on="2026-06-01"))
    (clock,) = [each.data for each in world.entries if isinstance(each.data, NoticePlanned)]
    assert clock.due_at == ahead
    world.crash()
    world.until(ahead - 7 * DAY - 1, step=DAY)
    assert world.messages() == []
    world.until(ahead - 7 * DAY)
    assert len(world.messages()) == 1
    assert world.clocks.counts(ahead)["document"] == (0, 0, 1, 0, 0)
    other = World()
    happens(other, event("identity.verified", level=2, document_expires_on="2026-06-01"))
    happens(other, event("identity.verified", "e2", level=2, document_expires_on="2036-06-01"))
    assert [why for _, why in dropped(other)] == ["renewed"]
    happens(other, event("fact.corrected", "e3", corrects="e2", data={"document_expires_on": "2036-07-01"}))
    happens(other, event("fact.suppressed", "e4", suppresses="e2", reason="not his"))
    assert [why for _, why in dropped(other)] == ["renewed", "renewed", "withdrawn"]
    assert other.clocks.counts(NOON)["document"] == (0, 0, 0, 0, 3)


def test_what_a_channel_refused_at_last_still_goes_before_what_came_since() -> None:
    world = World(
        webhook=Way(FAILED, FAILED, FAILED), mailbox=Way(), settings=NotifierSettings(channels=["webhook"], attempts=3)
    )
    world.change(status(1, "OPEN"))
    world.round()
    world.change(status(2, "NOT_OPEN"))
    world.until(NOON + DAY)
    assert world.messages() == [["A/p/1"], ["A/p/2"]]


STEPS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from("pq"),
        st.sampled_from(["OPEN", "NOT_OPEN", "LIMITED"]),
        st.sampled_from([0, HOUR, 5 * HOUR]),
        st.sampled_from(["round", "crash", "nothing"]),
        st.sampled_from([None, FAILED, REFUSED]),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_none_is_told_twice_order_is_kept_and_the_last_picture_comes(steps: list[Any]) -> None:
    hook, box = Way(), Way()
    world = World(webhook=hook, mailbox=box, settings=NotifierSettings(channels=["webhook"], attempts=3))
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for account, product, word, wait, then, answer in steps:
        sequence, former = last.get((account, product), (0, ""))
        last[account, product] = sequence + 1, word
        if word != former:
            world.change(status(sequence + 1, word, account, product, at=world.now))
        if answer is not None:
            hook.answers.append(answer)
        if then == "crash":
            world.crash()
        elif then == "round":
            world.round()
        world.now += wait
    hook.answers.clear()
    world.until(world.now + 2 * DAY)
    told = [name for each in world.messages() for name in each]
    assert len(told) == len(set(told))
    by_account: dict[str, list[str]] = {}
    for name in told:
        by_account.setdefault(name.rpartition("/")[0], []).append(name)
    for names in by_account.values():
        numbers = [int(name.rpartition("/")[2]) for name in names]
        assert numbers == sorted(numbers)
    planned = {each.data.notice: each.data for each in world.entries if isinstance(each.data, NoticePlanned)}
    for (account, product), (_, word) in last.items():
        known = by_account[f"{account}/{product}"][-1]
        about = planned[known].status
        assert about is not None
        assert about.data.status == word
    assert world.clocks.counts(world.now)["adverse"].due == 0

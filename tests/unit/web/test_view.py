"""The view holds what the topics told last, and all that they told of an account."""

import asyncio
from pathlib import Path

import orjson
import pytest

from streams.query.following import StoreError
from streams.web.store import Received, ViewStore
from streams.web.view import View
from tests.support.core import Lane, policy, product, rule
from tests.support.events import due, inquiry, paid
from tests.support.web import SETTINGS, fill, filled

POLICY = policy(
    products={
        "cash": product(
            rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
            rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=1),
        ),
        "card": product(rule("overdue", "repayment.days_past_due", "LIMITED", "REP-01", at_most=0)),
    }
)


def _lane() -> Lane:
    lane = Lane(POLICY)
    return lane.feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04").of("B")).tick("2025-01-12")


def test_pictures_history_and_references_are_those_of_the_topics(tmp_path: Path) -> None:
    lane = _lane()
    view, _ = filled(tmp_path, lane)
    last = {each["data"]["product"]: each for each in lane.currents if each["subject"] == "A"}
    assert view.store.pictures("A") == [last["card"], last["cash"]]
    told = [each for each in lane.statuses if each["subject"] == "A"]
    assert [each.document() for each in view.store.past("A", None, 100)] == told[::-1]
    assert [each.document() for each in view.store.since("A", -1, 100)] == told
    assert [each.document() for each in view.store.past("A", None, 100, "cash")] == [
        each for each in told[::-1] if each["data"]["product"] == "cash"
    ]
    (found,) = view.store.referred(told[-1]["data"]["reference"])
    assert found.document() == told[-1]
    assert view.store.pictures("unknown") == []
    assert view.store.past("unknown", None, 9) == []


def test_counts_follow_every_change_and_deletion(tmp_path: Path) -> None:
    lane = _lane()
    view, _ = filled(tmp_path, lane)
    assert set(view.store.counts()) == {
        ("card", "status", "LIMITED", 1), ("card", "status", "OPEN", 1), ("card", "reason", "REP-01", 1),
        ("cash", "status", "NOT_OPEN", 1), ("cash", "status", "OPEN", 1), ("cash", "reason", "REP-01", 1),
    }  # fmt: skip
    begin = len(lane.outputs["status"])
    fill(view, lane.feed(paid("2025-01-13")), begin)
    expected = {("card", "status", "OPEN", 2), ("cash", "status", "OPEN", 2)}
    assert set(view.store.counts()) == expected
    fill(view, lane)
    assert set(view.store.counts()) == expected, "the same records once more change nothing"
    view.store.write([Received("current", 0, 99, b"A/cash", None)], {})
    assert set(view.store.counts()) == {("card", "status", "OPEN", 2), ("cash", "status", "OPEN", 1)}


def test_a_restart_finds_everything_and_the_place_to_go_on_from(tmp_path: Path) -> None:
    lane = _lane()
    view, _ = filled(tmp_path, lane)
    before = view.store.pictures("A"), list(view.store.counts()), view.store.places()
    view.store.close()
    again = View(SETTINGS, tmp_path / "view")
    assert (again.store.pictures("A"), list(again.store.counts()), again.store.places()) == before
    assert again.store.places()["eligibility.status", 0] == len(lane.outputs["status"])


def test_what_cannot_be_taken_in_whole_leaves_nothing_behind(tmp_path: Path) -> None:
    with ViewStore(tmp_path / "view", "x") as store:
        good = orjson.dumps({"data": {"product": "cash", "reference": "R"}})
        rows = [Received("status", 0, 0, b"A", good), Received("current", 0, 0, b"A/cash", b'{"data":{}}')]
        with pytest.raises(KeyError):
            store.write(rows, {("s", 0): 1})
        assert store.past("A", None, 9) == []
        assert store.places() == {}


def test_availability_is_the_last_one_told_of_each_product(tmp_path: Path) -> None:
    with ViewStore(tmp_path / "view", "x") as store:
        for number, value in enumerate((b'{"n":1}', b'{"n":2}', None)):
            store.write([Received("availability", 0, number, b"cash", value)], {})
            assert store.availability() == ({} if value is None else {"cash": orjson.loads(value)})


def test_a_file_of_other_topics_is_refused(tmp_path: Path) -> None:
    View(SETTINGS, tmp_path / "view").store.close()
    with pytest.raises(StoreError, match="holds the states of"):
        View(SETTINGS.model_copy(update={"topic_prefix": "other."}), tmp_path / "view")


async def test_who_waits_for_an_account_is_woken_by_its_news_alone(tmp_path: Path) -> None:
    view = View(SETTINGS, tmp_path / "view")
    with view.waiting("A") as mine, view.waiting("C") as other:
        assert view.streams == 2
        fill(view, _lane())
        await asyncio.wait_for(mine.wait(), 1)
        assert not other.is_set()
    assert view.streams == 0


def test_requests_that_were_sent_are_remembered_within_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.web.store.SENT_MAX", 2)
    with ViewStore(tmp_path / "view", "x") as store:
        for name in ("a", "b", "c"):
            store.keep_sent(name, name.upper())
        assert [store.sent(name) for name in ("a", "b", "c")] == [None, "B", "C"]

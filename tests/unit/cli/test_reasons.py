"""`eligibility reasons`: the catalogue as people read it."""

import json
from collections.abc import Callable

import pytest

from schemas.reasons import CATALOGUE_VERSION, REASONS
from tests.unit.cli.calls import call

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    def ask(*arguments: str) -> tuple[int, str]:
        called = call(capsys, monkeypatch, "reasons", *arguments)
        return called.code, called.out + called.err

    return ask


def test_all_reasons_are_listed_with_their_texts(said: Ask) -> None:
    code, out = said()
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == list(REASONS)
    assert "REP-01  {amount} is overdue; the oldest payment is {dpd} days late" in lines


def test_a_page_tells_what_to_do_how_it_works_and_how_to_keep_it_good(said: Ask) -> None:
    code, out = said("INQ-01", "--lang", "zh")
    assert code == 0
    assert out.splitlines()[:2] == ["INQ-01 (到期自动结束)", "  近{w}有{n}次机构查询您的信用,该产品最多允许{k}次"]
    assert [line for line in out.splitlines() if not line.startswith(" ")][1:] == [
        "怎么办:",
        "这是怎么回事:",
        "怎样保持良好:",
    ]


def test_what_nobody_can_change_says_why(said: Ask) -> None:
    _, out = said("LEG-02")
    assert "  It can't be changed because the product's licence covers certain regions only" in out.splitlines()


def test_pages_for_programs(said: Ask) -> None:
    code, out = said("REP-01", "--json")
    (page,) = json.loads(out)
    assert code == 0
    assert page["catalogue"] == CATALOGUE_VERSION
    assert page["how_it_works"]
    assert page["how_to_keep_it_good"]
    assert len(json.loads(said("--json")[1])) == 44


def test_an_unknown_code_is_a_mistake_of_use(said: Ask) -> None:
    code, out = said("REP-99")
    assert code == 2
    assert "eligibility reasons lists all" in out

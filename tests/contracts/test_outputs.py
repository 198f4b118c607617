"""What the system says and seals: status event, present picture, block, dead letter."""

from typing import Any

import pytest

from schemas.block import parse_block
from schemas.deadletter import CODE_HEADER, FIELD_HEADER, HEADERS, dead_letter, parse_dead_letter, source_headers
from schemas.errors import Code, ContractError
from schemas.events import parse_event
from schemas.instants import parse_instant
from schemas.status import parse_current, parse_status
from tests.contracts.golden import golden, with_value, without

STATUS = "eligibility.status.changed"


@pytest.mark.parametrize("name", [STATUS, "eligibility.status.changed.open"])
def test_a_status_event_comes_back_the_same(name: str) -> None:
    document = golden(name)
    event = parse_status(document)
    assert event.document() == document
    assert event.time == parse_instant(document["time"])
    assert event.data.sequence == document["data"]["sequence"]


def test_the_present_picture_comes_back_the_same() -> None:
    document = golden("eligibility.status.current")
    assert parse_current(document).document() == document


def test_a_later_versions_fields_are_no_error() -> None:
    assert parse_status(with_value(golden(STATUS), "data.mood", "calm")).document() == golden(STATUS)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("id", "A0000001/jiebei/3", "id"),
        ("subject", "A0000009", "subject"),
        ("source", "/other", "source"),
        ("type", "eligibility.status.current", "type"),
        ("time", 1767600000250, "time"),
        ("data.sequence", 0, "data.sequence"),
        ("data.reference", "4T7Q2M9KXI", "data.reference"),
        ("data.reference", "4T7Q2M9KXC", "data.reference"),
        ("data.status", "CLOSED", "data.status"),
        ("data.side", None, "data.side"),
        ("data.side", "bank", "data.side"),
        ("data.reasons_shown", 5, "data.reasons_shown"),
        ("data.reasons_shown", 2, "data.reasons_shown"),
        ("data.terms", {}, "data.terms.new_draws"),
        ("data.terms", {"new_draws": True, "max_amount": "1.005", "currency": "CNY"}, "data.terms.max_amount"),
        ("data.next_change", {"at": "2026-03-01T16:00:00Z", "status": "OPEN"}, "data.next_change.because"),
        ("data.alternatives", [{"product": "x", "provider": "y"}], "data.alternatives[0].adds_inquiry"),
        ("data.changed", ["mood"], "data.changed[0]"),
        ("data.cause", {"kind": "whim", "event_id": None}, "data.cause.kind"),
        ("data.policy", {"id": "p", "version": 1, "digest": "x"}, "data.policy.digest"),
        ("data.recorded_at", "2026-01-25", "data.recorded_at"),
    ],
)
def test_wrong_fields_of_a_status_event_are_named(field: str, value: Any, named: str) -> None:
    with pytest.raises(ContractError) as refused:
        parse_status(with_value(golden(STATUS), field, value))
    assert refused.value.field == named


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "REP-99"), ("observed", 5.5), ("observed", {"a": 1}), ("limit", [1]), ("since", "yesterday"),
        ("evidence", ["e"] * 17), ("evidence", [1]), ("disclosure", "none"), ("values", []), ("evidence_more", -1),
    ],
)  # fmt: skip
def test_wrong_fields_of_a_reason_are_named(name: str, value: Any) -> None:
    document = golden(STATUS)
    document["data"]["reasons"][2][name] = value
    with pytest.raises(ContractError) as refused:
        parse_status(document)
    assert refused.value.field.startswith(f"data.reasons[2].{name}")


def test_the_present_picture_says_when_it_was_refreshed() -> None:
    document = golden("eligibility.status.current")
    assert parse_current(document).refreshedat == 1_769_500_800_500
    assert parse_current(without(document, "refreshedat")).refreshedat is None, "as the status event told it"
    with pytest.raises(ContractError, match=r"refreshedat: got \"yesterday\""):
        parse_current({**document, "refreshedat": "yesterday"})
    with pytest.raises(ContractError, match="a status event as a JSON object"):
        parse_current([])


def test_blocks_are_read_and_checked() -> None:
    assert parse_block(golden("ledger-block")).slices[0].last == 11
    genesis = parse_block(golden("ledger-block.genesis")).genesis
    assert genesis is not None
    assert genesis.partitions == 4


@pytest.mark.parametrize(
    ("name", "field", "value", "named"),
    [
        ("ledger-block", "format", 2, "format"),
        ("ledger-block", "clock", -1, "clock"),
        ("ledger-block", "clock", 1.0, "clock"),
        ("ledger-block", "previous", None, "previous"),
        ("ledger-block", "previous", "abc", "previous"),
        ("ledger-block", "note", "x", "note"),
        ("ledger-block", "engine.version", None, "engine.version"),
        ("ledger-block", "genesis", golden("ledger-block.genesis")["genesis"], "genesis"),
        ("ledger-block.genesis", "genesis", None, "genesis"),
        ("ledger-block.genesis", "genesis.partitions", 0, "genesis.partitions"),
        ("ledger-block", "slices", golden("ledger-block")["slices"] * 2, "slices[1]"),
        ("ledger-block", "slices", [{**golden("ledger-block")["slices"][0], "count": 13}], "slices[0].count"),
        ("ledger-block", "outputs", [{"topic": "status", "count": 0, "digest": "x"}], "outputs[0].count"),
    ],
)
def test_wrong_fields_of_a_block_are_named(name: str, field: str, value: Any, named: str) -> None:
    with pytest.raises(ContractError) as refused:
        parse_block(with_value(golden(name), field, value))
    assert refused.value.field == named


def test_a_block_is_an_object() -> None:
    with pytest.raises(ContractError, match="a block as a JSON object"):
        parse_block([])


def test_a_dead_letter_says_where_it_was_and_what_is_wrong() -> None:
    with pytest.raises(ContractError) as refused:
        parse_event(with_value(golden("repayment.due"), "data.amount", 12.5))
    letter = dead_letter(refused.value, "repayments", 0, 17)
    named = {name: (content or b"").decode() for name, content in letter.headers()}
    assert named == golden("dead-letter-headers")
    assert tuple(named) == HEADERS
    own = (("traceparent", b"00"), ("x", None))
    assert parse_dead_letter((*own, *letter.headers())) == letter
    assert source_headers((*own, *letter.headers())) == own


def test_messages_of_dead_letters_are_bounded_and_printable() -> None:
    error = ContractError(Code.INVALID_EVENT, "data." + "\x1b[2J" * 99, "\ud800\n" * 99, "something " * 99)
    letter = dead_letter(error, "repayments", 0, 17)
    assert len(letter.message) <= 500
    assert len(letter.field) <= 120
    assert letter.message.isprintable()
    assert parse_dead_letter(letter.headers()) == letter


@pytest.mark.parametrize("name", HEADERS)
def test_a_missing_header_is_named(name: str) -> None:
    headers = dead_letter(ContractError(Code.TOMBSTONE, "value", "null", "an event"), "status", 1, 2).headers()
    with pytest.raises(ContractError) as refused:
        parse_dead_letter(header for header in headers if header[0] != name)
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("__streams.errors.offset", b"-1"),
        ("__streams.errors.partition", b"x"),
        (CODE_HEADER, b"odd"),
        (FIELD_HEADER, b"\xff"),
    ],
)
def test_a_wrong_header_is_named(name: str, content: bytes) -> None:
    headers = dead_letter(ContractError(Code.TOMBSTONE, "value", "null", "an event"), "status", 1, 2).headers()
    with pytest.raises(ContractError) as refused:
        parse_dead_letter((*headers, (name, content)))
    assert refused.value.field == name

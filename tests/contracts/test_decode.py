"""Whatever the bytes: an event, or a ContractError with a stable code and field."""

from typing import Any

import orjson
import pytest
from aiokafka.partitioner import murmur2 as kafkas_murmur2
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import CAME_CHARACTERS_MAX, Code, ContractError
from schemas.event import Event
from schemas.events import EVENT_TYPES, VALUE_BYTES_MAX, parse_event
from streams.codec.decode import decode
from streams.codec.murmur2 import murmur2, partition_of
from streams.codec.records import Headers, SourceRecord
from tests.contracts.golden import golden, plain, with_value

PARTITIONS = 4
FRAME = b"\x00\x00\x00\x00\x07"
ACCOUNT = "A0000001"


def record(document: Any, **changed: Any) -> SourceRecord:
    kind = EVENT_TYPES[document["type"]]
    right = SourceRecord(
        topic=kind.topic,
        partition=0 if kind.broadcast else partition_of(document["subject"], PARTITIONS),
        offset=17,
        timestamp=1_767_600_001_000,
        key=document["subject"].encode(),
        value=orjson.dumps(document),
        headers=(),
    )
    return right._replace(**changed)


def refused(of: SourceRecord) -> tuple[Code, str]:
    with pytest.raises(ContractError) as found:
        decode(of, PARTITIONS)
    assert len(found.value.came) <= CAME_CHARACTERS_MAX
    return found.value.code, found.value.field


def binary(document: dict[str, Any]) -> tuple[bytes, Headers]:
    attributes = [
        (f"ce_{name}", value.encode()) for name, value in document.items() if name not in ("data", "datacontenttype")
    ]
    return orjson.dumps(document["data"]), (("content-type", b"application/json"), *attributes)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_structured_and_binary_mode_give_the_same_event(name: str) -> None:
    document = golden(name)
    value, headers = binary(document)
    expected = parse_event(document)
    named = record(document, headers=(("content-type", b"application/cloudevents+json; charset=utf-8"),))
    assert plain(decode(record(document), PARTITIONS)) == plain(expected)
    assert plain(decode(named, PARTITIONS)) == plain(expected)
    assert plain(decode(record(document, value=value, headers=headers), PARTITIONS)) == plain(expected)


def test_a_content_type_of_cloudevents_wins_over_ce_headers() -> None:
    document = golden("repayment.due")
    headers = (("ce_type", b"inquiry.recorded"), ("Content-Type", b" Application/CloudEvents+json"))
    assert plain(decode(record(document, headers=headers), PARTITIONS)) == plain(parse_event(document))


def test_other_headers_say_nothing() -> None:
    document = golden("repayment.due")
    headers = (("traceparent", b"\xff"), ("content-type", b"application/json"), ("ceremony", None))
    assert plain(decode(record(document, headers=headers), PARTITIONS)) == plain(parse_event(document))


def test_binary_attributes_are_checked_by_their_names() -> None:
    document = golden("repayment.due")
    value, headers = binary(document)
    assert refused(record(document, value=value, headers=(*headers, ("ce_id", b"again")))) == (Code.INVALID_EVENT, "id")
    spoilt = tuple((name, b"\xff" if name == "ce_source" else content) for name, content in headers)
    assert refused(record(document, value=value, headers=spoilt)) == (Code.INVALID_EVENT, "source")
    missing = tuple((name, None if name == "ce_time" else content) for name, content in headers)
    assert refused(record(document, value=value, headers=missing)) == (Code.INVALID_EVENT, "time")
    xml = tuple((name, b"text/xml" if name == "content-type" else content) for name, content in headers)
    assert refused(record(document, value=value, headers=xml)) == (Code.INVALID_EVENT, "datacontenttype")
    forged = (*headers, ("ce_data", b"{}"))
    assert plain(decode(record(document, value=value, headers=forged), PARTITIONS)) == plain(parse_event(document))


def test_confluent_framing_is_stripped_from_value_and_key() -> None:
    document = golden("repayment.due")
    bare = record(document)
    assert bare.value is not None
    framed = bare._replace(value=FRAME + bare.value, key=FRAME + ACCOUNT.encode())
    in_headers = bare._replace(headers=(("__value_schema_id", b"\x01" * 17), ("__key_schema_id", b"\x01" * 17)))
    expected = parse_event(document)
    assert plain(decode(framed, PARTITIONS)) == plain(decode(in_headers, PARTITIONS)) == plain(expected)
    value, headers = binary(document)
    assert plain(decode(record(document, value=FRAME + value, headers=headers), PARTITIONS)) == plain(expected)


def test_codes_and_fields_of_rejected_records() -> None:
    due = golden("repayment.due")
    wrong_lane = (partition_of(ACCOUNT, PARTITIONS) + 1) % PARTITIONS
    rows: list[tuple[SourceRecord, Code, str]] = [
        (record(due, value=None), Code.TOMBSTONE, "value"),
        (record(due, value=b" " * (VALUE_BYTES_MAX + 1)), Code.TOO_LARGE, "value"),
        (record(due, value=b""), Code.INVALID_JSON, "value"),
        (record(due, value=b"{"), Code.INVALID_JSON, "value"),
        (record(due, value=FRAME), Code.INVALID_JSON, "value"),
        (record(due, value=b"\x00"), Code.INVALID_JSON, "value"),
        (record(due, value=b"\xff\xfe{}"), Code.INVALID_JSON, "value"),
        (record(due, value=b"[]"), Code.INVALID_EVENT, ""),
        (record(due, value=b"{}"), Code.INVALID_EVENT, "type"),
        (record(due, value=b'{"type":"repayment.paid"}'), Code.UNKNOWN_TYPE, "type"),
        (record(due, topic="inquiries"), Code.WRONG_TOPIC, "type"),
        (record(with_value(due, "data.amount", 5)), Code.INVALID_EVENT, "data.amount"),
        (record(with_value(due, "time", "1969-01-01T00:00:00Z")), Code.BEYOND_HORIZON, "time"),
        (record(due, key=None), Code.KEY_MISSING, "key"),
        (record(due, key=b""), Code.KEY_MISMATCH, "key"),
        (record(due, key=b"A0000002"), Code.KEY_MISMATCH, "key"),
        (record(due, key=b"\xff\xfe"), Code.KEY_MISMATCH, "key"),
        (record(due, key=b'"A0000001"'), Code.KEY_MISMATCH, "key"),
        (record(due, partition=wrong_lane), Code.WRONG_PARTITION, "key"),
    ]
    for of, code, field in rows:
        assert refused(of) == (code, field), of


def test_broadcasts_need_no_key_and_no_partition_but_a_given_key_is_the_subject() -> None:
    document = golden("clock.advanced")
    assert plain(decode(record(document, key=None, partition=9), PARTITIONS)) == plain(parse_event(document))
    assert refused(record(document, key=b"jiebei")) == (Code.KEY_MISMATCH, "key")


HOSTILE = (
    b"[" * 100_000, b'{"a":' * 100_000, b"NaN", b"Infinity", b"1e400", b"-1e400", b'{"type":1e400}', b'"\\ud800"',
    b'{"type":"\\udfff"}', b"\xef\xbb\xbf{}", b'{"type":"\xed\xa0\x80"}', b"9" * 5000, b"null", b"true", b'"x"', b"0",
    b'{"type":["repayment.due"]}', b'{"type":{}}', b'{"type":null}', b"\x00" * 100, b"{}{}",
    b'{"type":"' + b"x" * 9999 + b'"}',
)  # fmt: skip


def test_hostile_bytes_are_refused_and_nothing_else_happens() -> None:
    for value in HOSTILE:
        code, _ = refused(record(golden("repayment.due"), value=value))
        assert code in (Code.INVALID_JSON, Code.INVALID_EVENT, Code.UNKNOWN_TYPE)


def test_hostile_fields_are_refused_by_name_or_ignored() -> None:
    deep = b"[" * 900 + b"]" * 900
    for field in (b"data", b"id", b"time", b"subject", b"source", b"specversion"):
        whole = orjson.dumps(golden("repayment.due"))
        value = whole.replace(b'"%b":' % field, b'"%b":%b,"x%b":' % (field, deep, field), 1)
        assert refused(record(golden("repayment.due"), value=value)) == (Code.INVALID_EVENT, field.decode())
    unknown = whole.replace(b'"data":{', b'"data":{"odd":%b,' % deep, 1)
    assert decode(record(golden("repayment.due"), value=unknown), PARTITIONS).unknown == ("data.odd",)
    for number in (b"123456789012345678901234567890", b"1.0", b"-1"):
        spoilt = whole.replace(b'"installment":3', b'"installment":%b' % number)
        assert refused(record(golden("repayment.due"), value=spoilt)) == (Code.INVALID_EVENT, "data.installment")


def _outcome(of: SourceRecord) -> Event | ContractError:
    try:
        return decode(of, PARTITIONS)
    except ContractError as error:
        return error


def _survives(of: SourceRecord) -> None:
    outcome = _outcome(of)
    if isinstance(outcome, ContractError):
        assert outcome.code in Code
        assert str(outcome).encode()
        outcome.field.encode()  # empty where the document as a whole is wrong
    else:
        assert outcome.type in EVENT_TYPES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
headers_any = st.lists(
    st.tuples(
        st.sampled_from(["content-type", "ce_id", "ce_type", "ce_time", "ce_subject", "x"]),
        st.none()
        | st.binary(max_size=40)
        | st.sampled_from([b"application/cloudevents+json", b"repayment.due", ACCOUNT.encode()]),
    ),
    max_size=5,
).map(tuple)


@given(st.none() | st.binary(max_size=200), st.none() | st.binary(max_size=20), headers_any)
def test_any_bytes_give_an_event_or_a_contract_error(value: bytes | None, key: bytes | None, headers: Headers) -> None:
    _survives(record(golden("repayment.due"), value=value, key=key, headers=headers))


@given(st.sampled_from(sorted(EVENT_TYPES)), st.data())
def test_any_value_in_any_field_gives_an_event_or_a_contract_error(name: str, data: st.DataObject) -> None:
    document = golden(name)
    field = data.draw(st.sampled_from(sorted(document["data"])))
    document["data"][field] = data.draw(json_values)
    try:
        value = orjson.dumps(document)
    except (TypeError, orjson.JSONEncodeError):
        return
    _survives(record(golden(name), value=value))


@given(st.binary(max_size=40))
def test_murmur2_is_kafkas(key: bytes) -> None:
    assert murmur2(key) == kafkas_murmur2(key) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "signed"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536), (b"abc", 479470107)],
)
def test_murmur2_gives_the_values_of_kafkas_own_test(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF

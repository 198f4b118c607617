"""The headers of four families of dead letters, read as their writers mean them."""

import struct

from schemas.deadletter import dead_letter
from schemas.errors import Code, ContractError
from streams.deadletters.families import RESENT, Family, Origin, origin, source_headers

ERROR = ContractError(Code.INVALID_EVENT, "data.amount", "the number 5", "an amount")
OURS = dead_letter(ERROR, "eligibility.repayments", 3, 17).headers()
STREAMS = (
    ("__streams.errors.topic", b"orders"),
    ("__streams.errors.partition", b"2"),
    ("__streams.errors.offset", b"40"),
    ("__streams.errors.exception", b"org.apache.kafka.common.errors.SerializationException"),
    ("__streams.errors.message", b"no such field"),
    ("__streams.errors.stacktrace", b"at ..."),
)
CONNECT = (
    ("__connect.errors.topic", b"orders"),
    ("__connect.errors.partition", b"2"),
    ("__connect.errors.offset", b"40"),
    ("__connect.errors.connector.name", b"sink"),
    ("__connect.errors.task.id", b"0"),
    ("__connect.errors.stage", b"VALUE_CONVERTER"),
    ("__connect.errors.class.name", b"org.apache.kafka.connect.json.JsonConverter"),
    ("__connect.errors.exception.class.name", b"org.apache.kafka.connect.errors.DataException"),
    ("__connect.errors.exception.message", b"no JSON"),
    ("__connect.errors.exception.stacktrace", b"at ..."),
)
SPRING = (
    ("kafka_dlt-original-topic", b"orders"),
    ("kafka_dlt-original-partition", struct.pack(">i", 2)),
    ("kafka_dlt-original-offset", struct.pack(">q", 40)),
    ("kafka_dlt-original-timestamp", struct.pack(">q", 1_767_600_000_000)),
    ("kafka_dlt-original-timestamp-type", b"CreateTime"),
    ("kafka_dlt-original-consumer-group", b"billing"),
    ("kafka_dlt-exception-fqcn", b"org.springframework.kafka.listener.ListenerExecutionFailedException"),
    ("kafka_dlt-exception-cause-fqcn", b"java.lang.IllegalStateException"),
    ("kafka_dlt-exception-message", b"it failed"),
    ("kafka_dlt-exception-stacktrace", b"at ..."),
)
OWN = (("traceparent", b"00-1"), ("kafka_correlationId", b"c"), ("eligibility.note", None))


def test_ours_say_code_and_field_too() -> None:
    said = origin(OWN + OURS)
    assert said[:6] == (Family.OURS, "eligibility.repayments", 3, 17, "invalid_event", "data.amount")
    assert said.message == str(ERROR)


def test_kafka_streams_writes_numbers_as_text() -> None:
    exception = "org.apache.kafka.common.errors.SerializationException"
    assert origin(STREAMS) == Origin(Family.STREAMS, "orders", 2, 40, None, None, exception, "no such field")


def test_connect_has_the_class_of_the_exception_beside_that_of_the_stage() -> None:
    exception = "org.apache.kafka.connect.errors.DataException"
    assert origin(CONNECT) == Origin(Family.CONNECT, "orders", 2, 40, None, None, exception, "no JSON")


def test_spring_writes_numbers_in_binary() -> None:
    exception = "org.springframework.kafka.listener.ListenerExecutionFailedException"
    expected = Origin(Family.SPRING, "orders", 2, 40, None, None, exception, "it failed")
    assert origin(SPRING) == expected
    retried = tuple((name.replace("kafka_dlt-", "kafka_"), content) for name, content in SPRING)
    assert origin(retried) == expected


def test_a_dead_letter_topic_of_connect_fed_from_ours_is_read_as_ours() -> None:
    assert origin(OURS + CONNECT).family is Family.OURS


def test_the_last_of_each_name_counts() -> None:
    assert origin((*STREAMS, ("__streams.errors.offset", b"41"))).offset == 41


def test_what_cannot_be_read_is_left_out_and_the_rest_is_told() -> None:
    broken = {
        "__connect.errors.topic": b"\xfforders",
        "__connect.errors.partition": b"two",
        "__connect.errors.offset": b"9" * 30,
    }
    said = origin([*broken.items(), ("__connect.errors.exception.message", None)])
    assert said == Origin(Family.CONNECT, "\N{REPLACEMENT CHARACTER}orders")
    assert origin([("kafka_dlt-original-offset", b"40")]) == Origin(Family.SPRING)


def test_a_record_without_such_headers_is_of_no_family() -> None:
    assert origin(OWN) == Origin(Family.UNKNOWN)
    assert origin(()) == Origin(Family.UNKNOWN)


def test_a_resend_carries_the_records_own_headers_alone() -> None:
    for added in (OURS, STREAMS, CONNECT, SPRING, ((RESENT, b"eligibility.dead-letters/0/1"),)):
        assert source_headers((*OWN[:1], *added, *OWN[1:])) == OWN

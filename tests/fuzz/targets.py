"""What is fuzzed: bytes in, and our own errors or a value that keeps its promises; anything else is a failure.

Both take CPU time in proportion to their input at most: `bounded` says how much.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import orjson

from schemas.deadletter import dead_letter, parse_dead_letter
from schemas.errors import CAME_CHARACTERS_MAX, FIELD_CHARACTERS_MAX, ContractError, PolicyError
from schemas.event import Event
from schemas.events import EVENT_TYPES
from schemas.policy import PolicyDocument, load_policy, parse_policy
from schemas.topics import SOURCE_ORDER
from streams.codec.decode import decode
from streams.codec.murmur2 import partition_of
from streams.codec.records import Headers, SourceRecord
from streams.core.policy.check import check_policy
from streams.core.policy.compile import compile_policy
from tests.contracts.golden import plain

PARTITIONS = 4
DECODE_BYTES_A_SECOND = 2_000_000
JSON_BYTES_A_SECOND = 250_000
POLICY_BYTES_A_SECOND = 20_000
"""YAML in Python does about 50,000, on a machine that is busy with other things too."""
START_SECONDS = 0.5

_HEADERS: tuple[Headers, ...] = (
    (),
    (("content-type", b"application/cloudevents+json"),),
    (("ce_id", b"1"), ("ce_type", b"repayment.due"), ("ce_source", b"\xff"), ("ce_specversion", b"1.0")),
    (("ce_type", b"inquiry.recorded"), ("ce_subject", b"A1"), ("ce_time", b"2026-01-05T08:00:00Z"), ("ce_id", b"1")),
)


@contextmanager
def bounded(size: int, bytes_a_second: int, factor: float = 1.0, *, frozen: bool = False) -> Iterator[None]:
    """Fails when the block takes more CPU time than its input of `size` bytes may; `factor` for instrumented code.

    What a test run holds is no part of the cost, so it is frozen, as workers freeze what they hold. Who calls this for
    ever has it `frozen` once: what is unfrozen goes to the oldest generation, garbage too, where 4 KB a call stay.
    """
    if not frozen:
        gc.freeze()
    began = time.process_time()
    try:
        yield
    finally:
        took = time.process_time() - began
        if not frozen:
            gc.unfreeze()
    most = (START_SECONDS + size / bytes_a_second) * factor
    assert took <= most, f"{size} bytes took {took:.2f} s, more than {most:.2f} s"


def decode_target(data: bytes) -> None:
    """Two bytes choose topic, headers and key, the rest is the value. Lets nothing but failures out."""
    choice, value = data[:2].ljust(2, b"\0"), data[2:]
    topic = SOURCE_ORDER[choice[0] % len(SOURCE_ORDER)]
    subject = _subject(value)
    key = (subject.encode("utf-8", "replace"), subject.encode("utf-8", "replace"), None, value[:40])[choice[1] & 3]
    headers = _HEADERS[choice[1] >> 2 & 3]
    partition = partition_of(subject, PARTITIONS) if choice[1] < 250 else 0
    record = SourceRecord(topic, partition, 17, 1_767_600_001_000, key, value, headers)
    outcome = _decoded(record)
    if isinstance(outcome, ContractError):
        letter = dead_letter(outcome, topic, partition, 17)
        assert parse_dead_letter(letter.headers()) == letter, "what is said of it can be read back"
        assert len(outcome.came) <= CAME_CHARACTERS_MAX
        assert len(outcome.field) <= FIELD_CHARACTERS_MAX
    else:
        assert EVENT_TYPES[outcome.type].topic == topic
        again = _decoded(record)
        assert isinstance(again, Event)
        assert plain(again) == plain(outcome)


def _decoded(record: SourceRecord) -> Event | ContractError:
    try:
        return decode(record, PARTITIONS)
    except ContractError as error:
        return error


def policy_target(data: bytes) -> None:
    """A policy's text; what can be read keeps its digest when it is written and read again."""
    policy = _loaded(data)
    if isinstance(policy, PolicyError):
        assert str(policy).encode()
        return
    assert parse_policy(orjson.loads(orjson.dumps(policy.document()))).digest == policy.digest
    problems = check_policy(policy, None)
    if not problems:
        compile_policy(policy)
    assert all(str(problem).encode() for problem in problems)


def _loaded(data: bytes) -> PolicyDocument | PolicyError:
    try:
        return load_policy(data)
    except PolicyError as error:
        return error


def _subject(value: bytes) -> str:
    """The subject that the value names, so that the key can be right."""
    with suppress(orjson.JSONDecodeError, UnicodeError):
        document = orjson.loads(value)
        if isinstance(document, dict) and isinstance(document.get("subject"), str):
            found: str = document["subject"]
            return found
    return "A1"

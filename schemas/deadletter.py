"""Dead letters: a rejected record unchanged, with headers that say where it came from and what is wrong with it.

Key, value and headers are the source's. Added are Kafka Streams' names (KIP-1034), so that existing tools read them,
and two stable ones of ours. Code and field are part of what a replay reproduces; the message's text is not.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.errors import CAME_CHARACTERS_MAX, Code, ContractError, describe, printable

TOPIC_HEADER: Final = "__streams.errors.topic"
PARTITION_HEADER: Final = "__streams.errors.partition"
OFFSET_HEADER: Final = "__streams.errors.offset"
EXCEPTION_HEADER: Final = "__streams.errors.exception"
MESSAGE_HEADER: Final = "__streams.errors.message"
CODE_HEADER: Final = "eligibility.code"
FIELD_HEADER: Final = "eligibility.field"
HEADERS: Final = (
    TOPIC_HEADER,
    PARTITION_HEADER,
    OFFSET_HEADER,
    EXCEPTION_HEADER,
    MESSAGE_HEADER,
    CODE_HEADER,
    FIELD_HEADER,
)
MESSAGE_CHARACTERS_MAX: Final = 500
EXCEPTION_NAME: Final = "schemas.errors.ContractError"

Headers = tuple[tuple[str, bytes | None], ...]


class DeadLetter(NamedTuple):
    """Why a record was rejected. `topic` is as it stands in the header: the writer decides on its prefix."""

    topic: str
    partition: int
    offset: int
    code: Code
    field: str
    message: str

    def headers(self) -> Headers:
        """The headers that are added behind the source's own."""
        return (
            (TOPIC_HEADER, self.topic.encode()),
            (PARTITION_HEADER, str(self.partition).encode()),
            (OFFSET_HEADER, str(self.offset).encode()),
            (EXCEPTION_HEADER, EXCEPTION_NAME.encode()),
            (MESSAGE_HEADER, self.message.encode()),
            (CODE_HEADER, self.code.value.encode()),
            (FIELD_HEADER, self.field.encode()),
        )


def dead_letter(error: ContractError, topic: str, partition: int, offset: int) -> DeadLetter:
    """The dead letter of a rejected record at a place of a source topic."""
    message = printable(str(error), MESSAGE_CHARACTERS_MAX)
    return DeadLetter(topic, partition, offset, error.code, error.field, message)


def parse_dead_letter(headers: Iterable[tuple[str, bytes | None]]) -> DeadLetter:
    """What the headers of a dead letter say, the last of each name counting; raises ContractError naming the header."""
    found: dict[str, str] = {}
    for name, content in headers:
        if name in HEADERS:
            found[name] = _text(name, content)
    for name in HEADERS:
        if name not in found:
            raise ContractError(Code.INVALID_EVENT, name, "nothing", "the header of a dead letter")
    return DeadLetter(
        found[TOPIC_HEADER],
        _number(PARTITION_HEADER, found[PARTITION_HEADER]),
        _number(OFFSET_HEADER, found[OFFSET_HEADER]),
        _code(found[CODE_HEADER]),
        found[FIELD_HEADER],
        found[MESSAGE_HEADER],
    )


def source_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """The source's own headers, without those that were added: what a resend carries."""
    return tuple((name, content) for name, content in headers if name not in HEADERS)


def _text(name: str, content: bytes | None) -> str:
    try:
        return (content or b"").decode()
    except UnicodeDecodeError:
        came = describe(content)
        raise ContractError(Code.INVALID_EVENT, name, came, "UTF-8") from None


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ContractError(Code.INVALID_EVENT, name, describe(text), "a whole number of 0 or more", "17")
    return int(text)


def _code(text: str) -> Code:
    try:
        return Code(text)
    except ValueError:
        expected = "a dead letter code"
        came = describe(text[:CAME_CHARACTERS_MAX])
        raise ContractError(Code.INVALID_EVENT, CODE_HEADER, came, expected, Code.INVALID_EVENT.value) from None

"""Records as the pure part of a lane sees them: bytes in, bytes out, no Kafka client's types."""

from typing import NamedTuple

from msgspec import Struct

Headers = tuple[tuple[str, bytes | None], ...]


class SourceRecord(NamedTuple):
    """One record of a source topic.

    `topic` is the catalogue's name, without the installation's prefix; `timestamp` in ms since the epoch, UTC.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class OutputRecord(Struct, frozen=True, gc=False):
    """One record that a lane puts out, into its own partition of `topic`.

    `topic` is the catalogue's name, `accounts-changelog` for the changelog of the state table. `timestamp` in ms.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Headers

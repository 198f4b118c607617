"""Files of events: NDJSON, also as .gz or .zst, each line one structured CloudEvent (contracts, "Events")."""

import gzip
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson
import zstandard

from schemas.errors import Code, ContractError
from schemas.event import Event
from schemas.events import EVENT_TYPES, VALUE_BYTES_MAX, EventType, event_type, parse_event
from schemas.topics import SOURCE_ORDER

STANDARD_INPUT = Path("-")
_ORDER = {topic: order for order, topic in enumerate(SOURCE_ORDER)}


class FileError(Exception):
    """A file cannot be read, or one of its lines is no event; names file, line and field."""


@dataclass(slots=True)
class FileEvent:
    """One line: its bytes as they stand in the file (without the line end), and what they say.

    `recorded` is when we learnt of it, in ms since the epoch: the extension recordedtime, else time.
    """

    value: bytes
    event: Event
    recorded: int

    @property
    def kind(self) -> EventType:
        return EVENT_TYPES[self.event.type]

    @property
    def topic(self) -> str:
        """Logical name of the topic that the event's type belongs to."""
        return self.kind.topic

    @property
    def key(self) -> bytes:
        return self.event.subject.encode()


def read_events(paths: Iterable[Path]) -> Iterator[FileEvent]:
    """All events of the files, in file order; `-` is standard input. Empty lines are passed over.

    Raises FileError at the first line that breaks the contract.
    """
    for path in paths:
        for number, line in numbered_lines(path):
            yield _event(path, number, line)


def history_order(events: Iterable[FileEvent]) -> list[FileEvent]:
    """Stably sorted by record time, ties by topic order, then as they came (semantics T1a)."""
    return sorted(events, key=lambda event: (event.recorded, _ORDER[event.topic]))


def topic_order(events: Iterable[FileEvent]) -> list[FileEvent]:
    """One topic after another, each in history order."""
    return sorted(history_order(events), key=lambda event: _ORDER[event.topic])


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
    elif path.suffix == ".gz":
        with path.open("rb") as file, gzip.GzipFile(fileobj=file) as stream:
            yield io.BufferedReader(stream)
    elif path.suffix == ".zst":
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as stream,
        ):
            yield io.BufferedReader(stream)
    else:
        with path.open("rb") as stream:
            yield stream


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers from 1, empty ones passed over; raises FileError if it can't be read."""
    try:
        with _opened(path) as stream:
            for number, line in enumerate(stream, 1):
                if text := line.strip():
                    yield number, text
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise FileError(f"{path}: {error}") from error


def _event(path: Path, number: int, line: bytes) -> FileEvent:
    try:
        if len(line) > VALUE_BYTES_MAX:
            raise ContractError(Code.TOO_LARGE, "", f"{len(line)} bytes", f"at most {VALUE_BYTES_MAX}")
        document = orjson.loads(line)
        event_type(document)  # tells a document that is no object, which parse_event takes for granted
        event = parse_event(document)
    except orjson.JSONDecodeError as error:
        raise FileError(f"{path}:{number}: not JSON: {error}") from error
    except ContractError as error:
        raise FileError(f"{path}:{number}: {error}") from error
    return FileEvent(line, event, event.time if event.recorded is None else event.recorded)

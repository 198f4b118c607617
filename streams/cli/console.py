"""How every verb speaks: results on stdout, progress on stderr, errors as one message and an exit code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated, TextIO

import typer


class Exit(IntEnum):
    """Exit codes of the contract, and the shell's own for Ctrl-C and for a reader that has left."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DIFFERENT = 3
    NOT_READY = 4
    INTERRUPTED = 130
    UNREAD = 141


class CommandError(Exception):
    """What a user can mend: the text says what is wrong and what to do."""

    def __init__(self, message: object, code: Exit = Exit.FAILED) -> None:
        super().__init__(str(message))
        self.code = code


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def say(text: str) -> None:
    """Progress, for a person: stderr, at once."""
    with read(sys.stderr):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the one place that prints


def show(text: str) -> None:
    """A result: stdout."""
    with read(sys.stdout):
        print(text, flush=True)  # noqa: T201 - this is the one place that prints


def show_bytes(data: bytes, *, flush: bool = True) -> None:
    """A result, or a part of one, that is no text or has line ends of its own: stdout."""
    with read(sys.stdout):
        sys.stdout.buffer.write(data)
        if flush:
            sys.stdout.flush()


@contextmanager
def read(stream: TextIO) -> Iterator[None]:
    """Writing to a stream; when its reader (head, less) has left, the command ends quietly, as SIGPIPE ends others.

    Not by a BrokenPipeError: it is an OSError, which a verb may take for one of a file or of brokers.
    """
    try:
        yield
    except BrokenPipeError:
        unread(stream)
        raise SystemExit(Exit.UNREAD) from None


def unread(stream: TextIO) -> None:
    """From now on what is written to the stream goes nowhere: what clearing up still tells, and what is buffered."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def show_json(document: object) -> None:
    """A result as one line of JSON."""
    import orjson

    show(orjson.dumps(document, default=str).decode())


@contextmanager
def told(*kinds: type[Exception], code: Exit = Exit.FAILED) -> Iterator[None]:
    """Errors of these kinds end the command with their own text and this exit code."""
    try:
        yield
    except kinds as error:
        raise CommandError(error, code) from error


def painted(text: str, colour: str) -> str:
    """The text in a colour, when a person looks at stdout and has not asked for none (NO_COLOR)."""
    return typer.style(text, fg=colour) if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text

"""Files that a command writes: whole under their name, or not there."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.cli.console import CommandError, show_bytes

STANDARD_STREAM = Path("-")


@contextmanager
def written(output: Path) -> Iterator[Callable[[bytes], object]]:
    """Writing to a file that only takes its name when it is whole; what is no file is written to as it is."""
    if output == STANDARD_STREAM:
        yield functools.partial(show_bytes, flush=False)
        show_bytes(b"")
        return
    try:
        if output.exists() and not output.is_file():
            with output.open("wb") as stream:
                yield stream.write
            return
        target = output.resolve()
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            with partial.open("xb") as file:
                yield file.write
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror}") from error

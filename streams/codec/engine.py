"""Which code a block was made by: version, a digest of the code that decides outcomes, and the time zone data."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

from streams.codec.digest import PREFIX

# What a block's outputs depend on, beside its inputs and settings.
_ROOMS = ("schemas", "streams.codec", "streams.core")


@cache
def engine() -> dict[str, str]:
    """The `engine` of this process's blocks: {version, digest, tzdata}.

    The digest is over names and bytes of every source of the core, the codec and the contracts, in sorted order; it is
    the same whether they run compiled or not.
    """
    total = sha256()
    for room in _ROOMS:
        for name, file in sorted(_sources(files(room), room)):
            data = file.read_bytes()
            total.update(f"{name}\n{len(data)}\n".encode() + data)
    return {
        "version": version("eligibility-streams"),
        "digest": PREFIX + total.hexdigest(),
        "tzdata": version("tzdata"),
    }


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_file() and not entry.name.endswith((".pyc", ".so")):
            yield f"{name}/{entry.name}", entry
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry, f"{name}/{entry.name}")

"""Archives with the keys that they are under."""

from __future__ import annotations

from pathlib import Path

from streams.archive.folder import GROUND, Folder
from streams.archive.keys import Keys
from streams.archive.stores import ArchiveError, LocalStore


def readable(location: str, keys: Path | None = None) -> Folder:
    """An archive for reading. Raises ArchiveError where its keys are not there, or are another's."""
    folder = Folder(location)
    if folder.has(GROUND) and (id := folder.document(GROUND).get("keys")) is not None:
        folder.keys = Keys(_place(folder, keys))
        if folder.keys.id != id:
            raise ArchiveError(f"{folder.keys.path}: the keys of another archive than {folder.name}")
    return folder


def writable(location: str, keys: Path | None = None) -> Folder:
    """An archive to be added to; a new one gets keys. One that was begun without them goes on without.

    Raises ArchiveError.
    """
    folder = readable(location, keys)
    if not folder.has(GROUND):
        folder.keys = Keys(_place(folder, keys), make=True)
    elif keys is not None and folder.keys is None:
        raise ArchiveError(f"{folder.name}: was begun without keys; a new archive has them")
    return folder


def _place(folder: Folder, given: Path | None) -> Path:
    if given is not None:
        return given
    if isinstance(folder.store, LocalStore):
        root = folder.store.root.resolve()
        return root.with_name(f"{root.name}.keys")
    raise ArchiveError(f"{folder.name}: it is under keys, which are in no store: --keys FILE")

"""Where an archive's files are: a local folder, or any store that fsspec reaches (decision 0150)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL: Final = "://"
_LOCAL: Final = "file"


class ArchiveError(Exception):
    """An archive can't be read or written: it isn't there, is another system's, or a segment was altered."""


class Store(Protocol):
    """Files under one root, named by their paths in it with `/`. All methods raise ArchiveError, `read` also
    FileNotFoundError. A store can be handed to another process.
    """

    name: str
    """The root as it was given, for messages."""
    tears: bool
    """Whether a writer that dies may leave the first part of a file under the file's name."""

    def read(self, path: str) -> bytes:
        """A file's content."""

    def read_all(self, paths: Sequence[str]) -> list[bytes]:
        """The contents of several files, in their order."""

    def write(self, path: str, data: bytes) -> None:
        """The file under its name, in place of what was there."""

    def remove(self, path: str) -> None:
        """The file goes, where it is there."""

    def names(self, folder: str) -> list[str]:
        """The names of what is right in a folder, sorted; none where there is no such folder."""


def store_of(location: str | Path) -> Store:
    """The store at a path or URL. Raises ArchiveError where fsspec, or its plugin for the protocol, isn't there."""
    text = str(location)
    if _URL not in text:
        return LocalStore(Path(location))
    parts = urlsplit(text)
    return LocalStore(Path(unquote(parts.path))) if parts.scheme == _LOCAL else RemoteStore(text)


class LocalStore:
    """A local or mounted folder: a file takes its name when it is whole and on the disk, also after a power cut."""

    tears = False

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)

    def read(self, path: str) -> bytes:
        """A file's content."""
        with _told(f"{self.root / path}"):
            return (self.root / path).read_bytes()

    def read_all(self, paths: Sequence[str]) -> list[bytes]:
        """The contents of several files."""
        return [self.read(path) for path in paths]

    def write(self, path: str, data: bytes) -> None:
        """Written beside, then renamed."""
        target = self.root / path
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        with _told(str(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            _sync(target.parent)

    def remove(self, path: str) -> None:
        """The file goes."""
        with _told(str(self.root / path)):
            (self.root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        try:
            with _told(str(self.root / folder)):
                return sorted(path.name for path in (self.root / folder).iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            return []


class RemoteStore:
    """A store behind fsspec: object stores put a file whole or not at all, others may leave the first part of one.

    Credentials, endpoints and the like are fsspec's own (its configuration files and FSSPEC_ variables).
    """

    tears = True

    def __init__(self, url: str) -> None:
        self.name = url
        self._files, self._root = _connected(url)

    def read(self, path: str) -> bytes:
        """A file's content."""
        with _told(f"{self.name}/{path}"):
            return bytes(self._files.cat_file(self._at(path)))

    def read_all(self, paths: Sequence[str]) -> list[bytes]:
        """The contents of several files, read together where the store can."""
        places = [self._at(path) for path in paths]
        with _told(self.name):
            found = self._files.cat(places) if places else {}
            return [bytes(found[place]) for place in places]

    def write(self, path: str, data: bytes) -> None:
        """In one go; a folder is only made where the store wants one, since object stores may forbid to."""
        at = self._at(path)
        with _told(f"{self.name}/{path}"):
            try:
                self._files.pipe_file(at, data)
            except FileNotFoundError:
                self._files.makedirs(at.rpartition("/")[0], exist_ok=True)
                self._files.pipe_file(at, data)

    def remove(self, path: str) -> None:
        """The file goes."""
        try:
            with _told(f"{self.name}/{path}"):
                self._files.rm_file(self._at(path))
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """The names in a folder, as they are now: listings are kept by some plugins."""
        at = self._at(folder)
        try:
            with _told(f"{self.name}/{folder}"):
                self._files.invalidate_cache(at)
                return sorted(each.rstrip("/").rpartition("/")[2] for each in self._files.ls(at, detail=False))
        except FileNotFoundError:
            return []

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def _connected(url: str) -> tuple[AbstractFileSystem, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise ArchiveError(f"{url}: needs the extra: pip install 'eligibility-streams[stores]'") from error
    try:
        files, root = url_to_fs(url)
    except (ImportError, ValueError) as error:  # a plugin that isn't installed; a protocol that nobody knows
        raise ArchiveError(f"{url}: {error}") from error
    return files, root.rstrip("/")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """A file that isn't there stays FileNotFoundError, all else names the file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ArchiveError(f"{name}: {error.strerror or error}") from error
    except Exception as error:  # plugins raise errors of their own, which share no class
        raise ArchiveError(f"{name}: {type(error).__name__}: {error}") from error


def _sync(folder: Path) -> None:
    """A name is on the disk once its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

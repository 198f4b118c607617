"""An account's state as bytes: version, next timer, era and checksum in front, then the struct as MessagePack.

The front is read without decoding the rest: a restore rebuilds its timers from it.
"""

from __future__ import annotations

from struct import Struct as Layout
from typing import Final
from zlib import crc32

import msgspec

from streams.core.state import AccountState

VERSION: Final = 1
_FRONT: Final = Layout(">BQII")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccountState).decode


class StateError(ValueError):
    """A stored state that can't be read: another version of the form, or damaged bytes."""


def pack(state: AccountState, due: int) -> bytes:
    """The blob of an account; `due` is the instant (ms) at which time next moves it."""
    body = _encode(state)
    return _FRONT.pack(VERSION, due, state.era, crc32(body)) + body


def unpack(blob: bytes) -> tuple[AccountState, int]:
    """State and next timer of a blob. Raises StateError."""
    due, _ = front(blob)
    body = blob[_FRONT.size :]
    if crc32(body) != _FRONT.unpack_from(blob)[3]:
        raise StateError("the checksum of a stored state doesn't match: the changelog was altered or damaged")
    try:
        return _decode(body), due
    except msgspec.MsgspecError as error:
        raise StateError(f"a stored state doesn't have the form of version {VERSION}: {error}") from error


def front(blob: bytes) -> tuple[int, int]:
    """Next timer (ms) and era of a blob, without decoding it. Raises StateError for another version of the form."""
    if len(blob) < _FRONT.size:
        raise StateError(f"a stored state has {len(blob)} bytes, fewer than its front")
    version, due, era, _ = _FRONT.unpack_from(blob)
    if version != VERSION:
        raise StateError(f"a stored state has the form of version {version}; this engine reads version {VERSION}")
    return due, era

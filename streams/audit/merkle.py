"""A Merkle tree as in RFC 9162, 2.1: one leaf is shown to be under a root without showing any other."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf, 32 bytes."""
    return sha256(_LEAF + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves in their order; of none it is the hash of nothing."""
    if not leaves:
        return sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root."""
    assert 0 <= index < len(leaves), "the leaf is one of them"
    found, level = [], list(leaves)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            found.append(level[beside])
        level, index = _above(level), index // 2
    return found


def root_by(leaf: bytes, index: int, count: int, beside: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to from the leaf at `index` of `count`; None for a path of another length."""
    left = iter(beside)
    here, last = leaf, count - 1
    if not 0 <= index <= last:
        return None
    while last > 0:
        if index ^ 1 <= last:
            other = next(left, None)
            if other is None:
                return None
            here = _node(other, here) if index & 1 else _node(here, other)
        index, last = index // 2, last // 2
    return None if next(left, None) is not None else here


def _above(level: list[bytes]) -> list[bytes]:
    """Pairs become nodes; one without a neighbour moves up as it is, which gives RFC 9162's tree."""
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[len(pairs) * 2 :]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()

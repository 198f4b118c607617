"""Kafka's default partitioner: which partition an account's key belongs to."""

from functools import lru_cache
from struct import unpack_from
from typing import Final

_SEED: Final = 0x9747B28C
_MULTIPLIER: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
# Positive hashes only, as Kafka's `toPositive`.
_POSITIVE: Final = 0x7FFFFFFF


def murmur2(key: bytes) -> int:
    """The 32-bit murmur2 hash of a key, unsigned, as `org.apache.kafka.common.utils.Utils.murmur2` computes it."""
    length = len(key)
    hashed = _SEED ^ length
    words = length >> 2
    for word in unpack_from(f"<{words}I", key):
        mixed = word * _MULTIPLIER & _MASK
        mixed = (mixed ^ mixed >> 24) * _MULTIPLIER & _MASK
        hashed = hashed * _MULTIPLIER & _MASK ^ mixed
    tail = key[words << 2 :]
    if tail:
        hashed = (hashed ^ int.from_bytes(tail, "little")) * _MULTIPLIER & _MASK
    hashed = (hashed ^ hashed >> 13) * _MULTIPLIER & _MASK
    return hashed ^ hashed >> 15


@lru_cache(maxsize=1 << 16)
def partition_of(account: str, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives an account's key; `partitions` is at least 1."""
    assert partitions > 0, "a topic has partitions"
    return (murmur2(account.encode()) & _POSITIVE) % partitions

"""Fetched batches unfold within bounds: a compressed batch of 1 MiB, which a broker takes, may be 34 GiB of blanks.

A batch beyond its bound is refused, with its place, before it has taken more (decision 0176). What a fetch gives out
at once ends behind PORTION_BYTES: several such batches, or many records of the largest size, come in portions.
"""

import gzip
import io
import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final, TypeAlias

from aiokafka import codec
from aiokafka.codec import cramjam
from aiokafka.errors import KafkaError
from aiokafka.record import default_records, legacy_records
from aiokafka.record._crecords import default_records as native_records
from aiokafka.record._crecords import legacy_records as native_legacy_records

from streams.settings import BATCH_BYTES_MAX

PORTION_BYTES: Final = 16 << 20
_KEY, _VALUE = attrgetter("key"), attrgetter("value")

Decoder: TypeAlias = Callable[[Any], bytes]


class _Bound:
    """What a batch of any reader of this process may unfold to."""

    bytes_max = BATCH_BYTES_MAX


class BatchTooLargeError(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """A batch that can't be unfolded within its bound. No record of it can be read, and none is left out."""


def allow(bytes_max: int) -> None:
    """From now on a batch of any reader of this process may unfold to so much."""
    _Bound.bytes_max = bytes_max


def bound() -> None:
    """From now on every consumer of this process unfolds batches within their bound."""
    for module in (default_records, legacy_records, native_records, native_legacy_records):
        for name, decoder in _DECODERS.items():
            if hasattr(module, name):
                setattr(module, name, decoder)


def portion(records: Iterable[Any]) -> Iterator[Any]:
    """The next records, until their keys and values have PORTION_BYTES; at least one, if there is one."""
    room = PORTION_BYTES
    for record in records:
        yield record
        room -= len(record.value or b"") + len(record.key or b"")
        if room <= 0:
            return


def portion_of_batches(batches: Iterable[Sequence[Any]]) -> list[Any]:
    """The same of records that were made a batch at a time: it ends behind the batch that fills it."""
    rows: list[Any] = []
    room = PORTION_BYTES
    for batch in batches:
        rows += batch
        room -= sum(map(len, filter(None, map(_KEY, batch)))) + sum(map(len, filter(None, map(_VALUE, batch))))
        if room <= 0:
            break
    return rows


def _within(ratio: int, plain: Decoder, bounded: Decoder) -> Decoder:
    """`plain`, the quicker one, of what can't come to too much: the format makes `ratio` bytes of one at most."""

    def decode(payload: Any) -> bytes:
        return plain(payload) if len(payload) * ratio <= _Bound.bytes_max else bounded(payload)

    return decode


def _into(decompress_into: Callable[[Any, Any], int]) -> Decoder:
    def decode(payload: Any) -> bytes:
        # memory that is there only as far as it is written to
        with mmap.mmap(-1, _Bound.bytes_max, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
            try:
                return room[: decompress_into(payload, room)]
            except cramjam.DecompressionError as error:  # says the same of what is broken, which no broker takes
                raise _too_large() from error

    return decode


def _gunzip(payload: Any) -> bytes:
    data = gzip.GzipFile(fileobj=io.BytesIO(payload)).read(_Bound.bytes_max + 1)
    if len(data) > _Bound.bytes_max:
        raise _too_large()
    return data


def _too_large() -> BatchTooLargeError:
    return BatchTooLargeError(
        f"a batch can't be unfolded within {_Bound.bytes_max} bytes (ELIGIBILITY_KAFKA__BATCH_BYTES_MAX)"
    )


_DECODERS: Final[dict[str, Decoder]] = {
    "gzip_decode": _within(1032, codec.gzip_decode, _gunzip),
    "lz4_decode": _within(255, codec.lz4_decode, _into(cramjam.lz4.decompress_into)),
    "zstd_decode": _within(1 << 15, codec.zstd_decode, _into(cramjam.zstd.decompress_into)),
}
"""Snappy is left as it is: it makes 22 bytes of one at most."""

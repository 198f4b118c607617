"""Whether services are up, read from the compacted topic `availability` by whoever asks."""

import orjson

from schemas.availability import AvailabilityEvent, parse_availability
from schemas.errors import ContractError
from streams.reading import ReadError, read_to_end, reader
from streams.settings import Settings


async def read_availability(settings: Settings) -> dict[str, AvailabilityEvent]:
    """The last availability of each product that anything was told of; everything committed when it was asked.

    Raises ReadError.
    """
    found: dict[str, bytes] = {}
    async with reader(settings, ["availability"]) as (consumer, partitions):
        (partition,) = partitions["availability"]
        async for record in read_to_end(consumer, partition):
            if record.key is not None and record.value is not None:
                found[record.key.decode()] = record.value
    return {product: read_event(value) for product, value in sorted(found.items())}


def read_event(value: bytes) -> AvailabilityEvent:
    """The availability of a product from a record's value. Raises ReadError."""
    try:
        return parse_availability(orjson.loads(value))
    except (orjson.JSONDecodeError, ContractError) as error:
        raise ReadError(f"availability: {error}") from error

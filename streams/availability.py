"""Whether services are up, read from the compacted topic `availability` by whoever asks, and why not."""

from datetime import UTC, datetime

import orjson

from schemas.availability import AvailabilityEvent, AvailabilityReason, Outage, availability_text, parse_availability
from schemas.errors import ContractError
from schemas.reasons import Language
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


def outage_texts(outage: Outage, lang: Language) -> list[str]:
    """The sentences of an outage's reasons, for who doesn't know the policy's zone: it stands beside the hour."""
    return [availability_text(_zoned(each, outage.expected_until), lang) for each in outage.reasons]


def _zoned(reason: AvailabilityReason, back: int | None) -> AvailabilityReason:
    """The reason with the zone of its hour, which is when the outage is hoped to be over."""
    hour = reason.values.get("time")
    if hour is None or back is None:
        return reason
    return reason.model_copy(update={"values": {**reason.values, "time": f"{hour} ({_zone(str(hour), back)})"}})


def _zone(shown: str, at: int) -> str:
    """How far from UTC a clock is that shows an hour (to the minute) at an instant (ms)."""
    local = datetime.strptime(shown, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    minutes = int(local.timestamp()) // 60 - at // 60_000
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"

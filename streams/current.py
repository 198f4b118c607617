"""The present picture of an account, read from the compacted topic `current` by whoever asks."""

import orjson

from schemas.errors import ContractError
from schemas.status import CurrentStatus, parse_current
from streams.codec.murmur2 import partition_of
from streams.reading import ReadError, read_to_end, reader
from streams.settings import Settings


async def read_current(settings: Settings, account: str) -> list[CurrentStatus]:
    """The last picture of each of the account's products, by product id; empty when the account is not known.

    Reads the account's partition up to its last stable offset: everything committed when it was asked. Raises
    ReadError.
    """
    found: dict[str, bytes] = {}
    mine = f"{account}/".encode()
    async with reader(settings, ["current"]) as (consumer, partitions):
        partition = partitions["current"][partition_of(account, len(partitions["current"]))]
        async for record in read_to_end(consumer, partition):
            if record.key is not None and record.key.startswith(mine) and record.value is not None:
                found[record.key.decode()] = record.value
    return [_parsed(key, value) for key, value in sorted(found.items())]


def _parsed(key: str, value: bytes) -> CurrentStatus:
    try:
        return parse_current(orjson.loads(value))
    except (orjson.JSONDecodeError, ContractError) as error:
        raise ReadError(f"current, key {key}: {error}") from error

"""A lane's ledger when it opens: continue the last block, or begin anew; refuse one that is not ours."""

from typing import Any, Final

from schemas.block import Block
from schemas.errors import ContractError
from streams.codec.block import Ground, Head, head_of, read
from streams.lane.errors import LedgerError
from streams.lane.restore import Log

_HINT: Final = {
    "cluster": "the topics were copied to another cluster, or the worker talks to the wrong one",
    "topics": "a topic was deleted and created again since",
    "partitions": "the number of partitions has changed: accounts would be in other lanes than their states",
    "settings": "settings that matter to outcomes have changed",
}


async def read_head(log: Log, lane: int, ground: Ground) -> Head | None:
    """Where the ledger stands, None when it is empty. LedgerError when it isn't this lane's, or not on `ground`."""
    last = await log.last()
    if last is None:
        return None
    first = await log.first()
    assert first is not None, "what has a last record has a first one"
    _check_ground(_read(first.value or b"", lane), ground, lane)
    data = last.value or b""
    _read(data, lane)
    return head_of(data)


def _read(data: bytes, lane: int) -> Block:
    try:
        block = read(data)
    except ValueError as error:
        place = f"its {error.field} is wrong" if isinstance(error, ContractError) else "it is no JSON"
        raise LedgerError(f"lane {lane}: a record of the ledger is no block: {place}") from error
    if block.lane != lane:
        raise LedgerError(f"lane {lane}: a record of the ledger is a block of lane {block.lane}")
    return block


def _check_ground(first: Block, ground: Ground, lane: int) -> None:
    if first.genesis is None:
        raise LedgerError(
            f"lane {lane}: the ledger begins with block {first.block}, not with its genesis block: "
            "records of it were deleted"
        )
    genesis = first.genesis.model_dump()
    present = ground.as_dict()
    # a later version may put out to topics that there were none of when the ledger began
    present["topics"] = {name: id_ for name, id_ in present["topics"].items() if name in genesis["topics"]}
    for name, wanted in present.items():
        if genesis[name] != wanted:
            was, now = _difference(genesis[name], wanted)
            raise LedgerError(f"lane {lane}: the genesis block has {name} {was}, now it is {now}: {_HINT[name]}")


def _difference(was: Any, now: Any) -> tuple[Any, Any]:
    """Of two mappings only what differs."""
    if not isinstance(was, dict) or not isinstance(now, dict):
        return was, now
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return {name: was.get(name) for name in names}, {name: now.get(name) for name in names}

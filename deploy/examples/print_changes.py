"""Prints every status change from the first one on, then waits for more. With --once: to the present end."""

import asyncio
import sys

from streams.client import Change, Subscriber, load


def line(change: Change) -> str:
    """One change in one line, for people and for grep."""
    data = change.event.data
    before = data.previous or "nothing"
    why = ", ".join(reason.code for reason in data.reasons) or "no reasons"
    return f"{data.account_id} {data.product} {data.sequence}: {before} -> {data.status} ({why})"


async def main() -> None:
    # Without a group nothing is committed: every start reads all there is.
    async with Subscriber(load(), follow="--once" not in sys.argv) as changes:
        async for change in changes:
            print(line(change), flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)

"""Keeps every account's status in the SQLite file named: each change takes effect exactly once, whatever crashes."""

import asyncio
import sqlite3
import sys

from streams.client import Subscriber, load

TABLE = "create table if not exists status (account, product, sequence, status, since, primary key (account, product))"
PUT = "insert or replace into status values (?, ?, ?, ?, ?)"


async def main(path: str) -> None:
    db = sqlite3.connect(path)
    db.execute(TABLE)

    def last(account: str, product: str) -> int | None:
        """The row is the effect and the memory of it in one: a repeated change is known by it after any crash."""
        row = db.execute("select sequence from status where account = ? and product = ?", (account, product)).fetchone()
        return row[0] if row else None

    async with Subscriber(load(), group="mirror-to-sqlite", last=last) as changes:
        async for change in changes:
            data = change.event.data
            with db:  # one transaction
                db.execute(PUT, (data.account_id, data.product, data.sequence, data.status, change.event.time))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

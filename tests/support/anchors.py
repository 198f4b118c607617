"""Signed heads of copied topics, and what a verification is given of them."""

import asyncio

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.audit.anchors import anchored, new_anchor, read_anchor
from streams.audit.heads import Statuses, heads, together
from streams.audit.parallel import run
from tests.support.copies import Copies, taken_at
from tests.support.scribe import CLUSTER, Topics

KEY = Ed25519PrivateKey.generate()


def signed(topics: Topics, statuses: bool = False, previous: bytes | None = None) -> bytes:
    origin = Copies(topics, taken_at(topics))
    position = asyncio.run(origin.position())
    found = asyncio.run(heads(origin, position))
    accounts = None
    if statuses:
        work = Statuses(origin, position, {head.lane: head.block for head in found})
        accounts, _ = together(run(work, range(position.lanes), 1, lambda _: None))
    return new_anchor(position, found, KEY, previous, accounts)


def hashes(*data: bytes) -> dict[int, dict[int, str]]:
    return anchored([read_anchor(each) for each in data], CLUSTER)

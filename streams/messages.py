"""Events that this project itself sends: the clock at the end of a history, and a policy's way into force."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.events import EVENT_TYPES, parse_event
from schemas.instants import instant_text
from schemas.policy import PolicyDocument
from streams.codec.signatures import signed
from streams.publish import Outgoing

SOURCE = "/eligibility/send"


def now_ms() -> int:
    """The wall clock, ms since the epoch."""
    return time.time_ns() // 1_000_000


def outgoing(kind: str, event_id: str, source: str, subject: str, at: int, data: dict[str, Any]) -> Outgoing:
    """A record of one event that happens and is learnt of at `at`; raises ContractError when it breaks the contract."""
    document = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": instant_text(at),
        "data": data,
    }
    parse_event(document)
    return Outgoing(EVENT_TYPES[kind].topic, subject.encode(), orjson.dumps(document), at)


def clock_advanced(to: int) -> Outgoing:
    """All events up to `to` are in: moves every lane's clock there."""
    return outgoing("clock.advanced", f"clock-{to}", SOURCE, "*", to, {"to": instant_text(to)})


def policy_in_force(policy: PolicyDocument, at: int, keys: Sequence[Ed25519PrivateKey] = ()) -> list[Outgoing]:
    """A policy proposed, approved by a second hand and activated, all at `at` (ms since the epoch).

    `keys`: none, or the proposer's and the approver's; the proposer's activates.
    """
    steps: list[tuple[str, dict[str, Any], int]] = [
        ("policy.proposed", {"digest": policy.digest, "by": "eligibility-send-1", "document": policy.document()}, 0),
        ("policy.approved", {"digest": policy.digest, "by": "eligibility-send-2"}, 1),
        ("policy.activated", {"digest": policy.digest, "by": "eligibility-send-1"}, 0),
    ]
    name = policy.digest.removeprefix("sha256:")[:16]
    rows = [outgoing(kind, f"{kind}-{name}-{at}", SOURCE, policy.policy, at, data) for kind, data, _ in steps]
    if not keys:
        return rows
    hands = [hand for _, _, hand in steps]
    return [row._replace(value=signed_value(row.value, keys[hand])) for row, hand in zip(rows, hands, strict=True)]


def signed_value(value: bytes, key: Ed25519PrivateKey) -> bytes:
    """An event's JSON with the key's signature. Raises ValueError where it has no canonical form."""
    return orjson.dumps(signed(orjson.loads(value), key))


def history_activation(policy: PolicyDocument, delay_ms: int) -> int:
    """The record timestamp with which a policy takes effect exactly at its effective_from (semantics E9)."""
    return max(policy.effective_from - delay_ms, 0)

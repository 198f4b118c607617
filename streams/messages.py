"""Events that this project itself sends: the clock at the end of a history, and a policy's way into force."""

import time
from typing import Any

import orjson

from schemas.events import EVENT_TYPES, parse_event
from schemas.instants import instant_text
from schemas.policy import PolicyDocument
from schemas.settings import CoreSettings
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


def policy_in_force(policy: PolicyDocument, at: int) -> list[Outgoing]:
    """A policy proposed, approved by a second hand and activated, all at `at` (ms since the epoch)."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("policy.proposed", {"digest": policy.digest, "by": "eligibility-send-1", "document": policy.document()}),
        ("policy.approved", {"digest": policy.digest, "by": "eligibility-send-2"}),
        ("policy.activated", {"digest": policy.digest, "by": "eligibility-send-1"}),
    ]
    return [
        outgoing(kind, f"{kind}-{policy.digest.removeprefix('sha256:')[:16]}-{at}", SOURCE, policy.policy, at, data)
        for kind, data in steps
    ]


def history_activation(policy: PolicyDocument, settings: CoreSettings) -> int:
    """The record timestamp with which a policy takes effect exactly at its effective_from (semantics E9)."""
    return max(policy.effective_from - settings.activation_delay_ms, 0)

"""What if: events that haven't happened, appended to an account as it is. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from schemas.event import Event
from schemas.settings import CoreSettings
from streams.codec.status import records
from streams.core.path.scene import Supposed
from streams.core.policies import Policies
from streams.core.step import Account, apply, fire


def what_if(
    account: Account, events: Sequence[Event], until: int, policies: Policies, settings: CoreSettings
) -> list[dict[str, Any]]:
    """The status events (CloudEvents) that would come of these events, each learnt of when it happens, and of time
    going on to `until` (ms).

    `account` is the caller's own copy, which is changed. An event before the account's last evaluation is taken as one
    that is learnt of now. Raises ContractError for an event of another account's or too far ahead of its record.
    """
    account.emissions.clear()
    for event in sorted(events, key=lambda each: each.time):
        at = max(event.time, account.state.as_of)
        fire(account, at, policies)
        apply(account, event, Supposed(at), policies, settings)
    fire(account, until, policies)
    found = []
    for emission in account.emissions:
        change, _ = records(emission, "")
        if change is not None:
            found.append(orjson.loads(change.value or b""))
    return found

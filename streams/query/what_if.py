"""What if: events that haven't happened, appended to an account as it is. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from schemas.event import Event
from schemas.events import EVENT_TYPES
from schemas.settings import CoreSettings
from schemas.topics import SOURCE_ORDER
from streams.codec.status import records
from streams.core.path.scene import Supposed
from streams.core.policies import Policies
from streams.core.step import Account, apply, fire

_ORDER: Final = {name: place for place, name in enumerate(SOURCE_ORDER)}


def what_if(
    account: Account, events: Sequence[Event], until: int, policies: Policies, settings: CoreSettings
) -> list[dict[str, Any]]:
    """The status events (CloudEvents) that would come of these events, each learnt of when it happens, and of time
    going on to `until` (ms).

    `account` is the caller's own copy, which is changed. An event before the account's last evaluation is taken as one
    that is learnt of now; those of one instant come in the order of their topics (semantics T1a). Raises ContractError
    for an event that a lane would refuse.
    """
    account.emissions.clear()
    now = account.state.as_of
    learnt = [(Supposed(max(each.time, now), EVENT_TYPES[each.type].topic), each) for each in events]
    for record, event in sorted(learnt, key=lambda each: (each[0].timestamp, _ORDER[each[0].topic])):
        fire(account, record.timestamp, policies)
        apply(account, event, record, policies, settings)
    fire(account, until, policies)
    found = []
    for emission in account.emissions:
        change, _ = records(emission, "")
        if change is not None:
            found.append(orjson.loads(change.value or b""))
    return found

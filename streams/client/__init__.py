"""For subscribers: status changes as typed events, each once, in order, with gaps told.

    async with Subscriber(load(), group="my-app") as changes:
        async for change in changes:
            print(change.event.data.account_id, change.event.data.status)

It knows the output topics and nothing of how they are made. Examples: deploy/examples; deploy/docs/subscribers.md.
"""

from streams.client.notices import Notices
from streams.client.sequences import GapError, Last
from streams.client.subscriber import Change, Subscriber, SubscriberError, Upcast
from streams.settings import Settings, SettingsError, load

__all__ = [
    "Change",
    "GapError",
    "Last",
    "Notices",
    "Settings",
    "SettingsError",
    "Subscriber",
    "SubscriberError",
    "Upcast",
    "load",
]

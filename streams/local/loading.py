"""The demonstration's policy and history in the source topics: written once, before any worker starts."""

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final

from schemas.instants import DAY_MS, date_text, instant_text
from schemas.policy import PolicyDocument, load_policy
from schemas.topics import SOURCE_ORDER
from streams.local import admin
from streams.local.feed import History
from streams.messages import clock_advanced, history_activation, policy_in_force
from streams.publish import publisher
from streams.settings import Settings

_NOT_OURS: Final = (
    "the source topics hold events that no former `eligibility up` of this directory has loaded, and up would mix "
    "its demonstration with them: run it in another directory, or with another ELIGIBILITY_TOPIC_PREFIX"
)
_INTERRUPTED: Final = (
    "a former `eligibility up` was interrupted while it loaded the history: run it in another directory, or "
    "(local Kafka) `eligibility kafka stop`, remove the data directory, and start again"
)


class LoadError(Exception):
    """The topics are not the demonstration's to write to."""


def default_policy() -> PolicyDocument:
    """The policy that the demonstration runs on; its numbers are examples."""
    return load_policy((resources.files("streams.local") / "policies" / "default.yaml").read_bytes())


async def load(settings: Settings, directory: Path, history: History, tell: Callable[[str], None]) -> int:
    """Writes policy and history with their own times, unless a former run of this directory has.

    Returns the instant at which the loaded history ends, ms since the epoch. Raises LoadError when the source topics
    hold what is not of the demonstration, or only a part of it.
    """
    mark = _Mark(directory / "up.json", f"{await admin.cluster_id(settings)}/{settings.topic_prefix}")
    if not await admin.is_empty(settings):
        if mark.loaded_until is None:
            raise LoadError(_INTERRUPTED if mark.is_loading else _NOT_OURS)
        tell("the history was loaded by a former run; going on from there")
        return mark.loaded_until
    policy = default_policy()
    mark.write(None)
    async with publisher(settings, SOURCE_ORDER) as producer:
        await producer.send(policy_in_force(policy, history_activation(policy, settings.activation_delay_ms)))
        await producer.send(history.records)
        await producer.send([clock_advanced(history.end)])
    mark.write(history.end)
    tell(_loaded(policy, history))
    return history.end


def _loaded(policy: PolicyDocument, history: History) -> str:
    first, last = (date_text(instant // DAY_MS) for instant in (history.begin, history.end))
    since = instant_text(policy.effective_from)
    return (
        f"policy {policy.policy} version {policy.version} (demo numbers) in force from {since}\n"
        f"{len(history.records):,} real card events of {len(history.accounts):,} accounts loaded "
        f"(I-C. Yeh, UCI, CC BY 4.0), moved by {history.days:,} days so that they end today: {first} to {last}"
    )


class _Mark:
    """Remembers, beside the data, which cluster and topics a former run has loaded, and up to which instant."""

    def __init__(self, path: Path, where: str) -> None:
        self._path = path
        self._where = where
        self._known: dict[str, int | None] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @property
    def is_loading(self) -> bool:
        return self._where in self._known

    @property
    def loaded_until(self) -> int | None:
        return self._known.get(self._where)

    def write(self, until: int | None) -> None:
        self._known[self._where] = until
        self._path.write_text(json.dumps(self._known) + "\n", encoding="utf-8")

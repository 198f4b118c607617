"""How a customer wants to be told, with the operator's settings where nothing is wished. Pure."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from schemas.notices import Channel, NoticePlanned
from schemas.preferences import PreferencesData
from schemas.reasons import Language
from streams.notify.hours import Quiet, after_quiet, next_digest


class Wishes(NamedTuple):
    """What holds for one customer."""

    language: Language
    zone: str
    channels: tuple[Channel, ...]
    addresses: Mapping[str, str]
    quiet: Quiet | None
    digest: str | None
    muted: frozenset[str]

    def send_at(self, at: int) -> int:
        """From when on (ms) something may be sent that may be sent at `at`."""
        if self.digest is not None:
            return next_digest(at, self.digest, self.zone)
        return at if self.channels[0] == "mailbox" else after_quiet(at, self.quiet, self.zone)

    def route(self, notice: NoticePlanned, usable: Collection[Channel], last_resort: bool) -> list[Channel]:
        """The channels for a notice, in order. Of a muted product only what the law asks for is told, in silence."""
        if notice.product in self.muted:
            return ["mailbox"]
        found = [each for each in dict.fromkeys(self.channels) if each in usable and self._reaches(each)]
        return list(dict.fromkeys([*found, "mailbox"])) if last_resort or not found else found

    def _reaches(self, channel: Channel) -> bool:
        return channel in ("mailbox", "webhook") or channel in self.addresses


def wishes(said: PreferencesData | None, otherwise: Wishes) -> Wishes:
    """What a customer has said, and otherwise the operator's settings."""
    if said is None:
        return otherwise
    return Wishes(
        language=said.language or otherwise.language,
        zone=said.zone or otherwise.zone,
        channels=tuple(said.channels or otherwise.channels),
        addresses={str(name): address for name, address in said.addresses.items()},
        quiet=otherwise.quiet if said.quiet is None else Quiet(said.quiet.from_, said.quiet.until),
        digest=said.digest or otherwise.digest,
        muted=frozenset(said.muted),
    )

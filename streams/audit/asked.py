"""What an audit is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    """What an audit is asked. `prefix` of the topics' names, as headers show them.

    `anchored`: hashes by lane and block, signed earlier. `engines`: digests of engines taken for good beside this one.
    `bound_ms`: how old what was not applied may be, and how late a timer. `live_clock`: lanes follow the wall clock.
    `copied`: cluster and topics may have other ids than the genesis blocks have.
    """

    prefix: str
    bound_ms: int
    live_clock: bool = True
    engines: Collection[str] = ()
    anchored: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    copied: bool = False

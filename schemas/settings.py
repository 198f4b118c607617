"""The settings that matter to the outcome: part of every block's digest, in full in the genesis block."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """Bounds of time and work, all with their unit in the name. The same settings give the same bytes."""

    grace_ms: int = 2_000
    """A timer of an idle account fires when the lane's clock is this far past it (semantics T3)."""
    future_ms: int = 300_000
    """An event's time may be this far after its record's timestamp (semantics T8)."""
    evaluations_per_block: int = 5_000
    """Evaluations by timers and sweeps in one block at most (semantics T17)."""
    activation_delay_ms: int = 60_000
    """A policy takes effect this long after its activation was recorded, at the earliest (semantics E9)."""

    trust_root: str = ""
    """The public key that signs the first list of trusted keys; empty: what people sign may come unsigned."""

    @classmethod
    def recorded(cls, stated: Mapping[str, int | str]) -> Self:
        """Those of a genesis block or checkpoint. Raises TypeError for a setting that this version doesn't know."""
        return cls(**stated)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, int | str]:
        """For the block and its digest; ledgers from before there was a root key have none."""
        return {name: value for name, value in asdict(self).items() if value != ""}

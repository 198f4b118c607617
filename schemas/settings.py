"""The settings that matter to the outcome: part of every block's digest, in full in the genesis block."""

from dataclasses import asdict, dataclass


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

    def as_dict(self) -> dict[str, int]:
        """For the block and its digest."""
        return asdict(self)

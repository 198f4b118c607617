"""The catalogue of topics, in the contract's order; names here are logical, the prefix (`eligibility.`) is a setting.

Sources and outputs are kept for ever (`retention.ms=-1`) unless an archive does it: Kafka deletes by record timestamp
and history loads carry old ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

PREFIX_DEFAULT: Final = "eligibility."
FOREVER: Final = -1
WEEKS_4_MS: Final = 28 * 86_400_000

Kind = Literal["source", "broadcast", "output", "service"]
Cleanup = Literal["delete", "compact"]
Partitions = Literal["P", "1"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    `partitions`: "P" is the system's number of lanes, "1" a single one. `order`: the place in the catalogue, which
    breaks ties of the merge. `any_timestamp_type`: LogAppendTime is allowed too; all others need CreateTime.
    """

    name: str
    kind: Kind
    key: str
    partitions: Partitions
    cleanup: Cleanup
    retention_ms: int
    what: str
    order: int
    any_timestamp_type: bool = False

    def full_name(self, prefix: str = PREFIX_DEFAULT) -> str:
        """The topic's name in Kafka."""
        return prefix + self.name


_ACCOUNT: Final = "account id"

_ROWS: Final[tuple[tuple[str, Kind, str, Partitions, Cleanup, int, str], ...]] = (
    ("repayments", "source", _ACCOUNT, "P", "delete", FOREVER, "dues, payments, delinquency reports"),
    ("inquiries", "source", _ACCOUNT, "P", "delete", FOREVER, "credit inquiries"),
    ("identity", "source", _ACCOUNT, "P", "delete", FOREVER, "identity verifications"),
    ("accounts", "source", _ACCOUNT, "P", "delete", FOREVER, "account data, limits, consents, choices, security"),
    ("finances", "source", _ACCOUNT, "P", "delete", FOREVER, "scores, income, obligations, spending, court records"),
    ("reviews", "source", _ACCOUNT, "P", "delete", FOREVER, "overrides, disputes, human reviews, corrections"),
    ("operations", "broadcast", "product or *", "1", "delete", FOREVER, "maintenance, incidents, provider pauses"),
    ("policies", "broadcast", "policy id", "1", "delete", FOREVER, "policy versions"),
    ("status", "output", _ACCOUNT, "P", "delete", FOREVER, "status changes"),
    ("current", "output", "account id/product", "P", "compact", FOREVER, "the present picture"),
    ("availability", "output", "product", "1", "compact", FOREVER, "is the service up"),
    ("dead-letters", "output", "source key", "P", "delete", FOREVER, "rejected input"),
    ("ledger", "output", "lane number", "P", "delete", FOREVER, "blocks"),
    ("shadow", "output", _ACCOUNT, "P", "delete", WEEKS_4_MS, "changes a shadow policy would have made"),
    ("feedback", "service", _ACCOUNT, "P", "delete", FOREVER, "customers' feedback"),
    ("access", "service", _ACCOUNT, "P", "delete", FOREVER, "reads of personal data"),
    ("notices", "service", _ACCOUNT, "P", "delete", FOREVER, "what was sent"),
    ("corrections", "output", _ACCOUNT, "P", "delete", FOREVER, "what earlier statuses should have been"),
    ("preferences", "service", _ACCOUNT, "P", "compact", FOREVER, "how each customer wants to be told"),
)

TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {row[0]: Topic(*row, order=order, any_timestamp_type=row[0] == "ledger") for order, row in enumerate(_ROWS)}
)
SOURCE_ORDER: Final[tuple[str, ...]] = tuple(
    topic.name for topic in TOPICS.values() if topic.kind in ("source", "broadcast")
)
BROADCAST: Final[frozenset[str]] = frozenset(topic.name for topic in TOPICS.values() if topic.kind == "broadcast")


def changelog_name(application: str) -> str:
    """The state table's changelog, named as Faust names it; compacted, P partitions, keyed by account id, no prefix."""
    return f"{application}-accounts-changelog"

"""What ends a lane, and with it the process: nothing of this is retried or repaired in memory.

LaneError
├── RestoreStalledError     a log could not be read to its end
├── PositionError      a source does not hold what the ledger expects next
├── HoleError          records of a source were lost on the way to the lane
├── LedgerError        the ledger is not this lane's, or not this cluster's
└── RecordTooLargeError     an output record that no broker would take
"""


class LaneError(Exception):
    """A lane cannot go on; the text says what is wrong and, where there is one, what to do."""


class RestoreStalledError(LaneError):
    """A log's last stable offset does not move up to the end that was seen when the restore began."""


class PositionError(LaneError):
    """The next offset of a source lies before its log's start or after its end."""


class HoleError(LaneError):
    """A slice begins after the offset that the lane expects next."""


class LedgerError(LaneError):
    """The last block, or the genesis block, does not fit the running system."""


class RecordTooLargeError(LaneError):
    """An output record does not fit into a batch; sending it would fail at every start anew."""

"""Archives of topics: in a local folder, or in any store that fsspec reaches.

    archive.json                          cluster, topic ids, partitions: whose records these are; the id of the keys
    position.json                         to where the last run came, in the form of an audit's position
    <topic>/<partition>/<first>.zst       records, under the keys of accounts (`sealed`), or without (`frames`)
    <topic>/<partition>/<first>.json      the segment's manifest; a segment without one was never finished

Keys are in a file elsewhere (`keys`).
"""

from streams.archive.access import readable, writable
from streams.archive.folder import GROUND, Folder, Segment
from streams.archive.keys import Erasure, Keys
from streams.archive.sealed import ErasedRecord, leaf_of
from streams.archive.stores import ArchiveError

__all__ = [
    "GROUND",
    "ArchiveError",
    "ErasedRecord",
    "Erasure",
    "Folder",
    "Keys",
    "Segment",
    "leaf_of",
    "readable",
    "writable",
]

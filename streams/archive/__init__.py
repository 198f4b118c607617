"""Archives of topics: in a local folder, or in any store that fsspec reaches.

archive.json                          cluster, topic ids, partitions: whose records these are
position.json                         to where the last run came, in the form of an audit's position
<topic>/<partition>/<first>.zst       records, framed and compressed
<topic>/<partition>/<first>.json      the segment's manifest; a segment without one was never finished
"""

from streams.archive.folder import Folder, Segment
from streams.archive.stores import ArchiveError

__all__ = ["ArchiveError", "Folder", "Segment"]

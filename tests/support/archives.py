"""Archives under keys of a system's record copies, audited without any Kafka."""

import asyncio
from pathlib import Path
from typing import Any

from streams.archive import Folder, Keys
from streams.audit.archives import Archive, archive
from streams.audit.asked import Asked
from streams.audit.lane import Audit
from streams.audit.logs import Position
from streams.audit.report import Report
from tests.support.copies import BOUND_MS, Copies, taken_at
from tests.support.scribe import PREFIX, Topics

SEGMENT_BYTES = 5_000


class Archived:
    """An archive of topics in a folder, and its keys beside it; not `sealed`: one as there were before keys."""

    def __init__(
        self, folder: Path, topics: Topics, *, sealed: bool = True, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self.keys = Keys(folder / "archive.keys", make=True)
        self.folder = Folder(folder / "archive", self.keys if sealed else None)
        self.origin = Archive(self.folder)
        self._segment_bytes = segment_bytes
        self.add(topics)

    def add(self, topics: Topics) -> None:
        copies = Copies(topics, taken_at(topics))
        position = asyncio.run(copies.position())
        asyncio.run(archive(copies, position, PREFIX, self.folder, lambda _: None, self._segment_bytes))

    @property
    def position(self) -> Position:
        return asyncio.run(self.origin.position())

    def verified(self, **more: Any) -> Report:
        position = self.position
        beginning = more.get("beginning")
        if beginning is not None:
            position = beginning.checkpoint.begun(position)
        audit = Audit(self.origin, position, Asked(PREFIX, BOUND_MS), **more)
        results = [asyncio.run(audit.lane(lane, lambda _: None)) for lane in range(position.lanes)]
        return Report(position, results, (), None if beginning is None else beginning.checkpoint)

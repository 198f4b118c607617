"""How long an archive keeps which records, by class and with the reason; and taking out what is older (0152)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.archive.folder import Folder, Segment
from streams.archive.stores import ArchiveError

_DEFAULT: Final = Path(__file__).with_name("retention.yaml")
_YEAR_MONTHS: Final = 12
_LEDGER: Final = "ledger"


class RecordClass(BaseModel):
    """Topics whose records are kept for a time, and why. `months` None: for ever.

    `replay`: replays need them, so that only what stands before a checkpoint may go.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    topics: list[str]
    months: Annotated[int, Field(ge=1)] | None = None
    basis: Annotated[str, Field(min_length=1)]
    replay: bool = False


class Table(BaseModel):
    """All classes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    classes: list[RecordClass]


class Expired(NamedTuple):
    """Segments of a partition whose time is over; `waits`: how many more wait for a checkpoint behind them."""

    record_class: RecordClass
    topic: str
    partition: int
    segments: list[Segment]
    waits: int


def read_table(path: Path = _DEFAULT) -> Table:
    """A table of classes. Raises ArchiveError, also where it lets the ledger go."""
    try:
        found = Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ArchiveError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ArchiveError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for each in found.classes:
        if _LEDGER in each.topics and each.months is not None:
            raise ArchiveError(
                f"{path}: class {each.name}: the ledger is kept for ever: nothing is verified without it"
            )
    return found


def expired(
    folder: Folder,
    table: Table,
    partitions: Iterable[tuple[str, int]],
    before: Mapping[tuple[str, int], int],
    now: int,
) -> Iterator[Expired]:
    """What may go at an instant (ms), partition by partition. `before`: the offsets up to which a checkpoint stands for
    what replays need. A segment goes when its youngest record is too old; one whose age isn't known stays.
    """
    classes = {topic: each for each in table.classes for topic in each.topics}
    for topic, partition in sorted(partitions):
        each = classes.get(topic)
        if each is None or each.months is None:
            continue
        limit = months_before(now, each.months)
        old = []
        for segment in folder.segments(topic, partition):
            if segment.count and (segment.latest is None or segment.latest >= limit):
                break
            old.append(segment)
        while old and not old[-1].count:  # what is empty says nothing of its age
            old.pop()
        gone = [one for one in old if not each.replay or one.next <= before.get((topic, partition), 0)]
        if old:
            yield Expired(each, topic, partition, gone, len(old) - len(gone))


@cache
def months_before(at: int, months: int) -> int:
    """The instant (ms) so many calendar months before another, UTC, the day clamped to the month's end."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    count = moment.year * _YEAR_MONTHS + moment.month - 1 - months
    for day in range(moment.day, 0, -1):
        try:
            found = moment.replace(year=count // _YEAR_MONTHS, month=count % _YEAR_MONTHS + 1, day=day)
        except ValueError:
            continue
        return int(found.timestamp() * 1000)
    raise AssertionError("each month has a first day")

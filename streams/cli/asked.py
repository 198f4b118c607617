"""What `explain` and `what-if` share: whose account, as of when, from Kafka or from files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streams.cli.console import CommandError, Exit, told
from streams.cli.replay import EVENTS_OPTION

if TYPE_CHECKING:
    from schemas.policy import PolicyDocument
    from streams.query.log import Log
    from streams.query.present import Present

Account = Annotated[str, typer.Argument(help="The account's id.")]
ProductOption = Annotated[str | None, typer.Option(help="Only this product.")]
Files = Annotated[
    list[Path] | None,
    typer.Option(EVENTS_OPTION, metavar="FILE...", help="Files of events instead of Kafka, with --policy."),
]
PolicyOption = Annotated[Path | None, typer.Option(help="With --events: the policy in force from its effective_from.")]
_AHEAD_MS: Final = 100 * 366 * 86_400_000
"""Behind it what opens a product may lie beyond the last date that there is."""
AtOption = Annotated[str | None, typer.Option(metavar="TIME", help="The instant, such as 2026-01-05T08:00:00Z; now.")]


class Asked:
    """The account's log, the policy of files, and the prefix of the topics' names."""

    def __init__(
        self,
        account: str,
        events: list[Path] | None,
        policy: Path | None,
        archive: str | None = None,
        keys: Path | None = None,
    ) -> None:
        """Reads files or an archive, or Kafka where none are given."""
        self.policy: PolicyDocument | None = None
        self.prefix = ""
        if events and archive is not None:
            raise CommandError("--events or --archive, not both", Exit.USAGE)
        if events:
            self.log = self._of_files(account, events, policy)
        elif policy is not None:
            raise CommandError("--policy goes with --events; in Kafka the policies are events themselves", Exit.USAGE)
        elif archive is not None:
            self.log = self._of_archive(account, archive, keys)
        else:
            self.log = self._of_kafka(account)
        if not self.log.records:
            raise CommandError(f"{account}: no record of it", Exit.NOT_READY)

    def _of_files(self, account: str, events: list[Path], policy: Path | None) -> "Log":
        from streams.cli.policy import read_policy
        from streams.files import STANDARD_INPUT, FileError
        from streams.query.log import log_of_files

        self.policy = None if policy is None else read_policy(policy)
        for file in events:
            if file != STANDARD_INPUT and not file.exists():
                raise CommandError(f"{file}: no such file", Exit.USAGE)
        with told(FileError):
            return log_of_files(account, events)

    def _of_archive(self, account: str, location: str, keys: Path | None) -> "Log":
        from streams.archive import GROUND, ArchiveError, readable
        from streams.cli.connection import settings
        from streams.query.following import StoreError
        from streams.query.log import log_of_archive

        data_dir = settings().data_dir
        with told(ArchiveError, StoreError, code=Exit.NOT_READY):
            folder = readable(location, keys)
            self.prefix = folder.document(GROUND)["prefix"]
            return log_of_archive(account, folder, data_dir)

    def _of_kafka(self, account: str) -> "Log":
        import asyncio

        from streams.cli.connection import connected
        from streams.query.following import StoreError
        from streams.query.log import read_log
        from streams.reading import ReadError
        from streams.settings import SettingsError

        settings = connected()
        self.prefix = settings.topic_prefix
        with told(ReadError, StoreError, code=Exit.NOT_READY), told(SettingsError, code=Exit.USAGE):
            return asyncio.run(read_log(settings, account))


def asked_now(account: str, at: int) -> "Present | None":
    """The account as its lane has it now, moved by time alone to an instant (ms)."""
    import asyncio

    from streams.cli.connection import connected
    from streams.query.following import StoreError
    from streams.query.present import present
    from streams.reading import ReadError

    settings = connected()
    with told(ReadError, StoreError, code=Exit.NOT_READY):
        return asyncio.run(present(settings, account, at))


def instant(text: str | None, option: str = "--at") -> int:
    """An instant (ms) as an option gives it; the present without one."""
    from schemas.instants import parse_instant
    from streams.messages import now_ms

    if text is None:
        return now_ms()
    try:
        found = parse_instant(text)
    except ValueError as error:
        raise CommandError(f"{option} {text}: wanted an instant such as 2026-01-05T08:00:00Z", Exit.USAGE) from error
    if found > now_ms() + _AHEAD_MS:
        raise CommandError(f"{option} {text}: more than 100 years ahead", Exit.USAGE)
    return found

"""`eligibility worker`: one worker of the group, until it is told to stop."""

from typing import Annotated, Literal

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, told

app = typer.Typer()

Level = Literal["debug", "info", "warning", "error"]


@app.command(epilog="Example: ELIGIBILITY_INSTANCE_ID=worker-1 eligibility worker")
def worker(log_level: Annotated[Level, typer.Option(help="What of the log is shown on stderr.")] = "info") -> None:
    """Run one worker: events in, status changes out, each exactly once. More of them share the partitions.

    SIGTERM and Ctrl-C end it after the open blocks are committed. Whatever no retry heals ends it with exit code 1, and
    whoever supervises it starts it again. When brokers or topics are not as they must be it doesn't start (4).
    """
    from streams.codec.partition import Partition
    from streams.settings import SettingsError, core_settings
    from streams.worker.run import NotReadyError, run

    settings = connected()
    with told(SettingsError, code=Exit.USAGE):
        core = core_settings(settings)
    try:
        run(settings, lambda n: Partition(n, settings.partitions, core, settings.topic_prefix), log_level)
    except NotReadyError as error:
        raise CommandError(error, Exit.NOT_READY) from error

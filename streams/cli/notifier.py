"""`eligibility notifier`: customers are told what changed for them, until it is told to stop."""

import typer

from streams.cli.connection import connected
from streams.cli.console import Exit, say, told

app = typer.Typer()


@app.command(epilog="Example: ELIGIBILITY_NOTIFIER__CHANNELS='[\"webhook\"]' eligibility notifier")
def notifier() -> None:
    """Tell customers of each change that matters to them: once, in order, in their language, when they may be told.

    More of them share the partitions. SIGTERM and Ctrl-C end it once what is being sent is settled. When brokers or
    topics are not as they must be it doesn't start (4).
    """
    import asyncio

    from streams import failpoints
    from streams.notify.owner import NotifyError
    from streams.notify.run import run
    from streams.publish import PublishError
    from streams.reading import ReadError
    from streams.settings import SettingsError

    settings = connected()
    if settings.failpoints is not None:
        failpoints.arm(failpoints.parse(settings.failpoints))
    with (
        told(SettingsError, code=Exit.USAGE),
        told(PublishError, NotifyError),
        told(ReadError, code=Exit.NOT_READY),
    ):
        asyncio.run(run(settings, say))

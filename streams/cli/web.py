"""`eligibility web`: the status service, until it is told to stop."""

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, say, told

app = typer.Typer()


@app.command(epilog="Example: ELIGIBILITY_WEB__KEYS_FILE=keys.yaml eligibility web")
def web() -> None:
    """Serve what holds for an account, why, and what was told, over HTTP; requests become events.

    It follows the topics into files of its own and is ready (/readyz) when it has caught up. SIGTERM and Ctrl-C end it.
    When brokers or topics are not as they must be it doesn't start (4).
    """
    import asyncio

    from streams.publish import UnreachableError
    from streams.query.following import StoreError
    from streams.reading import ReadError
    from streams.settings import SettingsError, core_settings

    try:
        from streams.web.serve import ServeError, serve
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is missing: pip install 'eligibility-streams[web]'") from error
    from streams.web.keys import KeysError

    settings = connected()
    with told(SettingsError, code=Exit.USAGE):
        core_settings(settings)
    with told(KeysError, ServeError, StoreError), told(UnreachableError, ReadError, code=Exit.NOT_READY):
        asyncio.run(serve(settings, lambda address: say(f"status service at {address}")))

"""`eligibility doctor`: would a worker start here, and is the system well?"""

import typer

from streams.cli.connection import connected
from streams.cli.console import Exit, Json, painted, show, show_json

app = typer.Typer()

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@app.command(epilog="Example: eligibility doctor && eligibility worker")
def doctor(json: Json = False) -> None:
    """Look at brokers, certificates, topics, transactions, ledgers, workers and lag. Changes nothing.

    Each finding says what to do. Exit code 4 when a worker would not start here.
    """
    import asyncio

    from streams.inspection.doctor import Finding, Level, examine

    settings = connected()

    async def look() -> list[Finding]:
        found = []
        async for finding in examine(settings):
            found.append(finding)
            if not json:
                show(
                    f"{painted(finding.level.value.ljust(4), _COLOURS[finding.level])} {finding.what}: {finding.found}"
                )
                if finding.do:
                    show(f"     {finding.do}")
        return found

    findings = asyncio.run(look())
    if json:
        show_json([finding._asdict() for finding in findings])
    if any(finding.level is Level.FAIL for finding in findings):
        raise typer.Exit(Exit.NOT_READY)

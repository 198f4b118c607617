"""`eligibility lag`: how far each lane is behind."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.connection import connected
from streams.cli.console import Exit, Json, show, show_json, told

if TYPE_CHECKING:
    from streams.inspection.lag import LaneLag

app = typer.Typer()


@app.command(epilog="Example: eligibility lag --at-most 60")
def lag(
    at_most: Annotated[float | None, typer.Option(min=0, help="Exit code 3 when a lane is further behind (s).")] = None,
    json: Json = False,
) -> None:
    """How far each lane is behind, by its ledger: records not yet applied, and the age of the oldest of them (s)."""
    import asyncio

    from streams.inspection.lag import lags
    from streams.reading import ReadError

    settings = connected()
    with told(ReadError, code=Exit.NOT_READY):
        found = asyncio.run(lags(settings, time.time_ns() // 1_000_000))
    if json:
        show_json([each._asdict() for each in found])
    else:
        for each in found:
            show(_line(each))
    if at_most is not None and any(each.seconds > at_most for each in found):
        raise typer.Exit(Exit.DIFFERENT)


def _line(lag: "LaneLag") -> str:
    block = "never opened" if lag.block is None else f"block {lag.block}"
    if not lag.records:
        return f"lane {lag.lane}: {block}, nothing waits"
    sources = ", ".join(f"{name} {count}" for name, count in lag.sources.items())
    return f"lane {lag.lane}: {block}, {lag.records} records, {lag.seconds:.1f} s ({sources})"

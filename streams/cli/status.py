"""`eligibility status`: what holds for an account now, and why."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, Json, show, show_json, told
from streams.settings import Settings

if TYPE_CHECKING:
    from schemas.availability import AvailabilityEvent
    from schemas.status import CurrentStatus

app = typer.Typer()

_AGAIN_SECONDS = 0.5


@app.command(epilog="Example: eligibility status tw-00001 --lang zh")
def status(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    product: Annotated[str | None, typer.Option(help="Only this product.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the texts: en or zh.")] = "en",
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for an account that is not known yet.")] = 0,
    json: Json = False,
) -> None:
    """The present status of every product, with all reasons in words, and whether its service is up.

    Exit code 4 when the account is not known.
    """
    import asyncio

    from streams.availability import read_availability
    from streams.cli.availability_words import lines
    from streams.cli.words import language, paragraphs
    from streams.reading import ReadError

    spoken = language(lang)
    settings = connected()
    with told(ReadError, code=Exit.NOT_READY):
        pictures = asyncio.run(_pictures(settings, account, wait))
        services = asyncio.run(read_availability(settings))
    pictures = _chosen(account, product, pictures)
    if json:
        show_json([_with_texts(picture, services.get(picture.data.product)) for picture in pictures])
        return
    for picture in pictures:
        for line in paragraphs(picture.data, picture.time, spoken):
            show(line)
        service = services.get(picture.data.product)
        for line in () if service is None else lines(service.data, spoken):
            show(line)


async def _pictures(settings: Settings, account: str, wait: float) -> "list[CurrentStatus]":
    import asyncio

    from streams.current import read_current

    end = time.monotonic() + wait
    # What is waited for happens in other processes: there is no event to wait on.
    while not (pictures := await read_current(settings, account)) and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(_AGAIN_SECONDS)
    return pictures


def _chosen(account: str, product: str | None, pictures: "list[CurrentStatus]") -> "list[CurrentStatus]":
    if not pictures:
        raise CommandError(f"{account}: no status (yet): no valid event of it has been applied", Exit.NOT_READY)
    if product is None:
        return pictures
    chosen = [picture for picture in pictures if picture.data.product == product]
    if not chosen:
        known = ", ".join(picture.data.product for picture in pictures)
        raise CommandError(f"{account}: no product {product}; it has {known}", Exit.NOT_READY)
    return chosen


def _with_texts(picture: "CurrentStatus", service: "AvailabilityEvent | None") -> dict[str, Any]:
    from schemas.reasons import LANGUAGES
    from streams.cli.words import reason_text

    texts = [
        {lang: reason_text(reason, lang, picture.data.catalogue) for lang in LANGUAGES}
        for reason in picture.data.reasons
    ]
    availability = None if service is None else service.document()["data"]
    return {**picture.document(), "texts": texts, "availability": availability}

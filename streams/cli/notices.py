"""`eligibility notices`: what customers were told, by when the law wants it, and how each wants to be told."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, Json, show, show_json, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.preferences import PreferencesEvent
    from streams.notify.asking import Sent
    from streams.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What customers were told, and by when the law wants it.")

Account = Annotated[str, typer.Argument(help="The account's id.")]
AtOption = Annotated[str | None, typer.Option(metavar="TIME", help="The instant, such as 2026-01-05T08:00:00Z; now.")]


@app.command("list", epilog="Example: eligibility notices list A0000001")
def list_messages(account: Account, json: Json = False) -> None:
    """The messages of an account: when, over which channel, in which words, and what became of them."""
    from schemas.instants import instant_text

    found = _messages(account)
    if json:
        show_json([_document(each) for each in found])
        return
    for each in found:
        attempted = each.attempted
        outcome = (each.outcome or "on its way") + (f" ({each.detail})" if each.detail else "")
        show(f"{instant_text(each.at)} {attempted.channel} {outcome} {attempted.message}")
        for line in attempted.content.body.splitlines():
            show(f"  {line}")
    show(f"{len(found)} messages")


@app.command(epilog="Example: eligibility notices again A0000001")
def again(account: Account, json: Json = False) -> None:
    """Make every message of an account again from what the ledger holds, and compare it byte for byte.

    Exit code 3 where one comes out otherwise.
    """
    from streams.notify.asking import is_made_again

    rows = [(each.attempted.message, is_made_again(each)) for each in _messages(account)]
    different = [message for message, same in rows if not same]
    if json:
        show_json({"messages": len(rows), "different": different})
    else:
        for message, same in rows:
            show(f"{message} {'the same' if same else 'DIFFERENT'}")
        show(f"{len(rows)} messages made again, {len(different)} different")
    if different:
        raise CommandError("messages come out otherwise than they were sent", Exit.DIFFERENT)


@app.command(epilog="Example: eligibility notices clocks --json")
def clocks(at: AtOption = None, json: Json = False) -> None:
    """The clocks of law: 30 days for adverse action, 20 for disputes and reviews, 60 ahead for documents."""
    import asyncio

    from schemas.instants import instant_text
    from streams.cli.asked import instant
    from streams.notify.asking import read_standing
    from streams.reading import ReadError

    with told(ReadError, code=Exit.NOT_READY):
        standing = asyncio.run(read_standing(connected(), instant(at)))
    if json:
        show_json(
            {
                "at": instant_text(standing.at),
                "laws": {law: counts._asdict() for law, counts in standing.counts.items()},
                "overdue": [
                    {
                        "clock": each.clock,
                        "law": each.law,
                        "account_id": each.account,
                        "due_at": instant_text(each.due_at),
                    }
                    for each in standing.overdue
                ],
            }
        )
        return
    for law, counts in standing.counts.items():
        show(f"{law}: " + ", ".join(f"{name} {count:,}" for name, count in counts._asdict().items()))
    for each in standing.overdue:
        show(f"overdue since {instant_text(each.due_at)}: {each.law} {each.clock}")


@app.command(epilog="Example: eligibility notices stuck")
def stuck(json: Json = False) -> None:
    """Notices that no channel took, or of which nobody can tell whether one did."""
    import asyncio

    from streams.notify import asking
    from streams.reading import ReadError

    with told(ReadError, code=Exit.NOT_READY):
        found = asking.stuck(asyncio.run(asking.read_entries(connected())))
    if json:
        rows = [{"account_id": each.account, "notice": each.planned.notice, "said": each.said} for each in found]
        show_json(rows)
        return
    for each in found:
        show(f"{each.planned.notice}: {'; '.join(each.said)}")
    show(f"{len(found)} notices are stuck")


@app.command(epilog="Example: eligibility notices resend A1/jiebei/3 --by ops-7")
def resend(
    notice: Annotated[str, typer.Argument(help="The notice's id, as `stuck` shows it.")],
    by: Annotated[str, typer.Option(help="Who decides so: it stands in the ledger.")],
) -> None:
    """Have a stuck notice sent once more, as a new message: where it was uncertain a customer may have it twice."""
    import asyncio

    from streams.messages import now_ms
    from streams.notify import asking
    from streams.publish import PublishError, publisher
    from streams.reading import ReadError

    settings = connected()

    async def send() -> None:
        found = asking.stuck(await asking.read_entries(settings, notice.partition("/")[0]))
        one = next((each for each in found if each.planned.notice == notice), None)
        if one is None:
            raise CommandError(f"{notice}: no such notice is stuck; `eligibility notices stuck` lists them", Exit.USAGE)
        async with publisher(settings, ["notices"], linger_ms=0) as sender:
            await sender.send([asking.reopened(one.account, notice, by, now_ms())])

    with told(PublishError), told(ReadError, code=Exit.NOT_READY):
        asyncio.run(send())
    show(f"{notice} will be sent once more")


@app.command(epilog="Example: eligibility notices prefer A0000001 --lang en --quiet 22:00-07:00 --zone Europe/Berlin")
def prefer(
    account: Account,
    lang: Annotated[str | None, typer.Option(help="en or zh.")] = None,
    zone: Annotated[str | None, typer.Option(help="Such as Asia/Shanghai.")] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="mailbox, webhook, mail, push; the first that takes it. Repeatable.")
    ] = None,
    address: Annotated[list[str] | None, typer.Option(metavar="CHANNEL=ADDRESS", help="Of mail and push.")] = None,
    quiet: Annotated[str | None, typer.Option(metavar="HH:MM-HH:MM", help="Nothing is sent in these hours.")] = None,
    digest: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="All of a day in one message at this time.")
    ] = None,
    mute: Annotated[
        list[str] | None, typer.Option(help="A product of which nothing is to be told. Repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """How an account's holder wants to be told: shown, or with options set anew as a whole."""
    import asyncio

    from streams.notify.asking import read_preferences
    from streams.publish import PublishError
    from streams.reading import ReadError

    settings = connected()
    given = {
        "language": lang,
        "zone": zone,
        "channels": channel,
        "addresses": dict(each.split("=", 1) for each in address if "=" in each) if address else None,
        "quiet": dict(zip(("from", "until"), quiet.split("-", 1), strict=False)) if quiet else None,
        "digest": digest,
        "muted": mute,
    }
    data = {name: value for name, value in given.items() if value}
    with told(PublishError), told(ReadError, code=Exit.NOT_READY):
        if data:
            asyncio.run(_publish(settings, account, data))
        found = asyncio.run(read_preferences(settings, account))
    _show_preferences(found, json)


async def _publish(settings: "Settings", account: str, data: "Mapping[str, object]") -> None:
    import uuid

    from schemas.errors import ContractError
    from schemas.instants import instant_text
    from schemas.preferences import PREFERENCES, parse_preferences
    from streams.codec.canonical import canonical
    from streams.messages import now_ms
    from streams.publish import Outgoing, publisher

    at = now_ms()
    stated = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/eligibility/notices",
        "type": PREFERENCES,
        "subject": account,
        "time": instant_text(at),
        "data": data,
    }
    with told(ContractError, code=Exit.USAGE):
        event = parse_preferences(stated)
    async with publisher(settings, ["preferences"], linger_ms=0) as sender:
        await sender.send([Outgoing("preferences", account.encode(), canonical(event.document()), at)])


def _show_preferences(found: "PreferencesEvent | None", json: bool) -> None:
    data = {} if found is None else found.document()["data"]
    if json:
        show_json(data)
        return
    for name, value in data.items():
        show(f"{name}: {value}")
    if not data:
        show("nothing was said: the operator's settings hold")


def _messages(account: str) -> "list[Sent]":
    import asyncio

    from streams.notify import asking
    from streams.reading import ReadError

    with told(ReadError, code=Exit.NOT_READY):
        return asking.messages(asyncio.run(asking.read_entries(connected(), account)))


def _document(each: "Sent") -> dict[str, object]:
    from schemas.instants import instant_text

    became = {"at": instant_text(each.at), "outcome": each.outcome, "detail": each.detail}
    return {**each.attempted.document(), **became}

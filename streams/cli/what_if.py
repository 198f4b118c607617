"""`eligibility what-if`: what events that haven't happened would bring. Nothing is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.asked import Account, Asked, AtOption, Files, PolicyOption, ProductOption, asked_now, instant
from streams.cli.audited import ArchiveOption, KeysOption
from streams.cli.console import CommandError, Exit, Json, show, show_json, told
from streams.cli.replay import FilesCommand

if TYPE_CHECKING:
    from schemas.event import Event
    from streams.query.present import Present

app = typer.Typer()


@app.command(
    cls=FilesCommand, epilog="Example: eligibility what-if tw-00001 --add paid.ndjson --until 2027-01-01T00:00:00Z"
)
def what_if(
    account: Account,
    add: Annotated[
        Path | None, typer.Option(help="NDJSON of the events that would happen; - is standard input.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Let time go on to here; the last event's.")] = None,
    product: ProductOption = None,
    at: AtOption = None,
    lang: Annotated[str, typer.Option(help="Language of the texts: en or zh.")] = "en",
    events: Files = None,
    archive: ArchiveOption = None,
    keys: KeysOption = None,
    policy: PolicyOption = None,
    json: Json = False,
) -> None:
    """The statuses that would come of events and of time, from the account as it is now, or at an instant.

    Each event is learnt of when it happens. Without events it tells what time alone brings. Exit code 4 when nothing is
    known of the account.
    """
    from schemas.errors import ContractError
    from schemas.status import parse_status
    from streams.cli.words import language, paragraphs
    from streams.query.what_if import what_if as suppose

    spoken, t = language(lang), instant(at)
    if at is None and not events and archive is None and policy is None:
        found = asked_now(account, t)
    else:
        found = _known(Asked(account, events, policy, archive, keys), t)
    if found is None:
        raise CommandError(f"{account}: nothing known at that time", Exit.NOT_READY)
    supposed = _events(account, add)
    last = max((each.time for each in supposed), default=t)
    end = max(last, t) if until is None else instant(until, "--until")
    with told(ContractError, code=Exit.USAGE):
        statuses = suppose(found.account, supposed, end, found.policies, found.settings)
    chosen = [each for each in statuses if product in (None, each["data"]["product"])]
    if json:
        show_json(chosen)
        return
    if not chosen:
        show("nothing would change" if spoken == "en" else "不会有变化")
    for each in chosen:
        event = parse_status(each)
        for line in paragraphs(event.data, event.time, spoken):
            show(line)


def _known(asked: Asked, t: int) -> "Present | None":
    """The account at an instant, from its log."""
    from streams.query.known import known
    from streams.query.present import Present

    found = known(asked.log, t, "then", asked.policy)
    return None if found is None else Present(found.account, found.policies, asked.log.settings)


def _events(account: str, file: Path | None) -> "list[Event]":
    """The events of a file, all of this account."""
    from streams.files import FileError, read_events

    with told(FileError, code=Exit.USAGE):
        found = [each.event for each in read_events([] if file is None else [file])]
    for event in found:
        if event.subject != account:
            raise CommandError(f"{file}: {event.id}: an event of {event.subject}, not of {account}", Exit.USAGE)
    return found

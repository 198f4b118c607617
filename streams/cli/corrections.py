"""`eligibility corrections`: what earlier statuses should have been, told once."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.connection import connected
from streams.cli.console import Json, say, show, show_json, told

if TYPE_CHECKING:
    from streams.corrections.finding import Published

app = typer.Typer()


@app.command(epilog="Example: eligibility corrections --dry-run")
def corrections(
    accounts: Annotated[
        list[str] | None, typer.Argument(help="Only these accounts; all with late, corrected or suppressed facts.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be published, publish nothing.")] = False,
    json: Json = False,
) -> None:
    """Recompute from the log what earlier statuses should have been, and publish what was told otherwise.

    Each goes to the topic corrections once, however often this is called: what was corrected already is told already.
    """
    import asyncio

    from streams import failpoints
    from streams.corrections.publishing import correct
    from streams.publish import PublishError
    from streams.reading import ReadError

    settings = connected()
    if settings.failpoints is not None:
        failpoints.arm(failpoints.parse(settings.failpoints))
    with told(ReadError, PublishError):
        found = asyncio.run(correct(settings, accounts or [], dry=dry_run, progress=say))
    if json:
        show_json([each.event for each in found])
        return
    for each in found:
        show(_line(each))
    show(f"{len(found)} corrections {'would be published' if dry_run else 'published'}")


def _line(published: "Published") -> str:
    """One correction in one line."""
    data = published.event["data"]
    until = data["until"] or "now"
    facts = ", ".join(f"{each['event_id']} ({each['why']})" for each in data["facts"])
    same = [[reason["code"] for reason in data[name]["reasons"]] for name in ("said", "should")]
    said, should = (_picture(data[name], rules=same[0] == same[1]) for name in ("said", "should"))
    span = f"{data['since']} to {until}"
    return f"{data['account_id']} {data['product']}: {said}, should have been {should}, {span}: {facts}"


def _picture(picture: dict[str, object], rules: bool) -> str:
    """Status and codes; `rules`: with the rules, where the codes alone don't tell the difference."""
    from streams.cli.words import status_word

    reasons = picture["reasons"]
    assert isinstance(reasons, list), "a picture has a list of reasons"
    codes = [reason["code"] + (f" {reason['rule']}" if rules and reason["rule"] else "") for reason in reasons]
    return status_word(str(picture["status"]), "en") + (f" [{', '.join(codes)}]" if codes else "")

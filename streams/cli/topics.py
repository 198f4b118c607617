"""`eligibility topics`: the catalogue against the brokers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.connection import connected, settings
from streams.cli.console import Exit, Json, say, show, show_json, told
from streams.local.rights import Role
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.local.topics import Difference, Wanted

app = typer.Typer(help="Topics: create what is missing, refuse what is wrong.", no_args_is_help=True)


@app.command(epilog="Example: eligibility topics plan")
def plan(json: Json = False) -> None:
    """What `apply` would create, and what it could not mend. Changes nothing."""
    from streams.local import admin

    missing, wrong = _ask(admin.plan, connected())
    _report(missing, wrong, "would create", json)


@app.command(epilog="Example: ELIGIBILITY_PARTITIONS=8 eligibility topics apply")
def apply(json: Json = False) -> None:
    """Create the missing topics. Never alters or deletes one: exit code 3 names what a person has to decide."""
    from streams.local import admin

    created, wrong = _ask(admin.apply, connected())
    _report(created, wrong, "created", json)
    if wrong:
        raise typer.Exit(Exit.DIFFERENT)


@app.command(epilog="Example: eligibility topics verify && eligibility worker")
def verify(json: Json = False) -> None:
    """Check every topic and the brokers' transactions, as a worker does at its start; exit code 3 on a difference."""
    from streams.local import admin

    wrong = _ask(admin.verify, connected())
    _report([], wrong, "", json)
    if wrong:
        raise typer.Exit(Exit.DIFFERENT)


@app.command(epilog="Example: eligibility topics acls worker --principal User:eligibility-worker | sh")
def acls(
    role: Annotated[Role, typer.Argument(help="Whose rights.")],
    principal: Annotated[str, typer.Option(help="Who gets the rights, as the brokers name it.")],
    json: Json = False,
) -> None:
    """The least rights of a role on the brokers, as calls of Kafka's `kafka-acls`. Asks no broker, changes nothing."""
    from streams.local.rights import commands, rights

    current = settings()
    rows = rights(role, current)
    if json:
        show_json([row._asdict() for row in rows])
        return
    for line in commands(rows, principal, current.kafka.bootstrap_servers or "localhost:9092"):
        show(line)


def _ask(question: Any, current: Settings) -> Any:
    import asyncio

    from streams.local.admin import TopicsError

    say(f"brokers {current.kafka.bootstrap_servers}, topics {current.topic_prefix}*, {current.partitions} partitions")
    with told(TopicsError, code=Exit.NOT_READY):
        return asyncio.run(question(current))


def _report(topics: Sequence["Wanted"], wrong: Sequence["Difference"], verb: str, json: bool) -> None:
    if json:
        document: dict[str, Any] = {"differences": [difference._asdict() for difference in wrong]}
        if verb:
            document["topics"] = [{"topic": t.name, "partitions": t.partitions, "configs": t.configs} for t in topics]
        show_json(document)
        return
    for topic in topics:
        configs = " ".join(f"{name}={value}" for name, value in topic.configs.items())
        show(f"{verb} {topic.name}: {topic.partitions} partitions, {configs}")
    for difference in wrong:
        show(f"wrong: {difference}")
    if not topics and not wrong:
        show("all topics are as the catalogue says")

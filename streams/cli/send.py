"""`eligibility send`: events from files into the source topics."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, Json, say, show, show_json, told
from streams.cli.keys import private_key, sign
from streams.cli.policy import read_sound_policy
from streams.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from schemas.policy import PolicyDocument
    from streams.files import FileEvent
    from streams.publish import Outgoing

app = typer.Typer()

Order = Literal["merged", "one-after-another"]


@app.command(epilog="Example: eligibility send --history --policy policy.yaml events.ndjson.gz")
def send(
    files: Annotated[list[Path], typer.Argument(help="NDJSON of events, also .gz or .zst; - is standard input.")],
    history: Annotated[
        bool, typer.Option("--history", help="Record timestamps from the file; ends with clock.advanced.")
    ] = False,
    until: Annotated[
        str | None, typer.Option(help="With --history: send what is recorded up to this instant, and end there.")
    ] = None,
    topic_order: Annotated[Order, typer.Option(help="With --history: in which order topics are filled.")] = "merged",
    policy: Annotated[
        Path | None,
        typer.Option(help="Check this policy and put it into force; with --history from its effective_from."),
    ] = None,
    keys: Annotated[
        list[Path] | None,
        typer.Option("--key", help="Sign what people sign; with --policy twice: the proposer's and the approver's."),
    ] = None,
    json: Json = False,
) -> None:
    """Publish events: every line is checked first, then all are sent, keyed by their subject.

    With --key events that people sign, and that aren't signed yet, get the first key's signature.

    A history has to be complete before workers start: they apply what is there in the order of its record times.
    """
    from schemas.errors import ContractError
    from streams.files import FileError, read_events

    if until is not None and not history:
        raise CommandError("--until needs --history: without it every record's timestamp is now", Exit.USAGE)
    document = None if policy is None else read_sound_policy(policy)
    with told(FileError, ContractError):
        events = list(read_events(files))
        end = _end(until)
    hands = [private_key(path) for path in keys or ()]
    if document is not None and len(hands) == 1:
        raise CommandError("--policy needs two keys: whoever proposes a policy can't approve it", Exit.USAGE)
    if hands:
        with told(ValueError):
            events = [sign(event, hands[0]) for event in events]
    settings = connected()
    if history:
        records = _history(events, document, end, topic_order, settings, hands)
    else:
        records = _present(events, document, hands)
    _publish(settings, records, json)


def _end(until: str | None) -> int | None:
    from pydantic import TypeAdapter, ValidationError

    from schemas.values import Instant

    if until is None:
        return None
    try:
        return int(TypeAdapter(Instant).validate_python(until))
    except ValidationError as error:
        raise CommandError(f"--until {until}: wanted an instant such as 2026-01-05T08:00:00Z", Exit.USAGE) from error


def _present(
    events: list["FileEvent"], policy: "PolicyDocument | None", hands: list["Ed25519PrivateKey"]
) -> list["Outgoing"]:
    from streams import messages
    from streams.publish import Outgoing

    first = messages.policy_in_force(policy, messages.now_ms(), hands) if policy else []
    return [*first, *(Outgoing(event.topic, event.key, event.value, None) for event in events)]


def _history(
    events: list["FileEvent"],
    policy: "PolicyDocument | None",
    until: int | None,
    order: Order,
    settings: Settings,
    hands: list["Ed25519PrivateKey"],
) -> list["Outgoing"]:
    from streams import files, messages
    from streams.publish import Outgoing

    if until is not None:
        events = [event for event in events if event.recorded <= until]
    if not events and until is None:
        raise CommandError("no event to send: without one --history needs --until to know where it ends", Exit.USAGE)
    end = max(event.recorded for event in events) if until is None else until
    ordered = files.history_order(events) if order == "merged" else files.topic_order(events)
    first = []
    if policy is not None:
        at = messages.history_activation(policy, settings.activation_delay_ms)
        first = messages.policy_in_force(policy, at, hands)
    sent = (Outgoing(event.topic, event.key, event.value, event.recorded) for event in ordered)
    return [*first, *sent, messages.clock_advanced(end)]


def _publish(settings: Settings, records: list["Outgoing"], json: bool) -> None:
    import asyncio
    import time
    from collections import Counter

    from streams.publish import PublishError, UnreachableError, publisher

    topics = dict(sorted(Counter(record.topic for record in records).items()))

    async def publish() -> None:
        async with publisher(settings, topics) as producer:
            await producer.send(records, lambda count: say(f"{count} of {len(records)} sent"))

    began = time.monotonic()
    with told(PublishError), told(UnreachableError, code=Exit.NOT_READY):
        asyncio.run(publish())
    if json:
        show_json({"sent": len(records), "topics": topics, "seconds": round(time.monotonic() - began, 3)})
    else:
        many = "record" if len(records) == 1 else "records"
        show(f"sent {len(records)} {many}: " + ", ".join(f"{topic} {count}" for topic, count in topics.items()))

"""`eligibility dead-letters`: what was rejected and why, and back into the sources once it can be accepted."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.connection import connected
from streams.cli.console import CommandError, Exit, Json, say, show, show_json, told
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.deadletters.letters import Letter, Place
    from streams.deadletters.resend import Decision, Wishes

app = typer.Typer(help="Rejected records: list, show, resend.", no_args_is_help=True)

From = Annotated[
    str | None,
    typer.Option("--from", help="Full name of another topic of dead letters: Kafka Streams', Connect's or Spring's."),
]
Code = Annotated[str | None, typer.Option(help="Only this code: invalid_json, wrong_partition, ...")]
Source = Annotated[str | None, typer.Option(help="Only what came from this topic, with or without the prefix.")]
Key = Annotated[str | None, typer.Option(help="Only this key: an account.")]
Since = Annotated[str | None, typer.Option(help="Only record times from this instant on.")]
Until = Annotated[str | None, typer.Option(help="Only record times before this instant.")]
Places = Annotated[list[str] | None, typer.Argument(metavar="PARTITION/OFFSET...", help="As `list` shows them.")]

_VALUE_CHARACTERS_MAX = 4000


@app.command(
    "list", epilog="Example: eligibility dead-letters list --code wrong_partition --since 2026-01-05T00:00:00Z"
)
def list_letters(
    code: Code = None,
    source: Source = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=0, help="Show so many at most; all are counted.")] = 100,
    from_topic: From = None,
    json: Json = False,
) -> None:
    """What was rejected: its place here, its place in the source, code and field, key, and what was expected."""
    settings = connected()
    found: list[Letter] = []
    counts: Counter[str] = Counter()

    def take(letter: "Letter") -> None:
        counts[letter.origin.code or letter.origin.exception or "no code"] += 1
        if len(found) < limit:
            found.append(letter)

    _read(settings, from_topic, _filter(settings, code, source, key, until), _instant("--since", since), take)
    if json:
        show_json({"count": counts.total(), "codes": dict(counts), "letters": [_brief(letter) for letter in found]})
        return
    for letter in found:
        show(_line(letter))
    listed = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    say(f"{counts.total()} dead letters{': ' if listed else ''}{listed}")
    if counts.total() > len(found):
        say(f"{counts.total() - len(found)} more are not shown: --limit")


@app.command("show", epilog="Example: eligibility dead-letters show 0/17")
def show_letters(places: Places = None, from_topic: From = None, json: Json = False) -> None:
    """Dead letters whole: origin, reason, all headers and the value. It may hold personal data."""
    import asyncio

    from streams.deadletters.letters import NoLetterError, letters_at, topic_of
    from streams.reading import ReadError

    wanted = _places(places)
    if not wanted:
        raise CommandError("which one? eligibility dead-letters show PARTITION/OFFSET", Exit.USAGE)
    settings = connected()
    with told(ReadError, code=Exit.NOT_READY), told(NoLetterError):
        found = asyncio.run(letters_at(settings, topic_of(settings, from_topic), wanted))
    if json:
        show_json([_whole(letter) for letter in found])
        return
    for letter in found:
        for line in _paragraph(letter):
            show(line)


@app.command("resend", epilog="Example: eligibility dead-letters resend --code wrong_partition --dry-run")
def resend_letters(
    places: Places = None,
    code: Code = None,
    source: Source = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter there is.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done; send nothing.")] = False,
    keep_times: Annotated[
        bool,
        typer.Option("--keep-times", help="With the dead letters' record times; otherwise they are learnt of now."),
    ] = False,
    hopeless_too: Annotated[bool, typer.Option("--hopeless-too", help="Also what would be rejected again.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what was sent again before.")] = False,
    from_topic: From = None,
    json: Json = False,
) -> None:
    """Send rejected records to the topic that they came from: key, value and own headers unchanged.

    Each is sent once, however often this is called. Exit code 3 when some of the chosen ones can't be sent.
    """
    import asyncio

    from streams.deadletters import letters, resend
    from streams.messages import now_ms
    from streams.publish import PublishError
    from streams.reading import ReadError

    wanted = _places(places)
    filters = any(each is not None for each in (code, source, key, since, until))
    if sum((bool(wanted), filters, everything)) != 1:
        raise CommandError("choose what to resend: places, or filters such as --code, or --all", Exit.USAGE)
    first = _instant("--since", since)
    settings = connected()
    wishes = resend.Wishes(now_ms(), keep_times, hopeless_too, again)
    chosen: list[Letter] = []
    if not wanted:
        _read(settings, from_topic, _filter(settings, code, source, key, until), first, chosen.append)
    with told(ReadError, code=Exit.NOT_READY), told(letters.NoLetterError, PublishError):
        if wanted:
            chosen = asyncio.run(letters.letters_at(settings, letters.topic_of(settings, from_topic), wanted))
        decisions = asyncio.run(_resend(settings, chosen, wishes, dry=dry_run))
    _tell(decisions, dry=dry_run, json=json)
    if any(each.outcome in (resend.Outcome.HOPELESS, resend.Outcome.FOREIGN) for each in decisions):
        raise typer.Exit(Exit.DIFFERENT)


async def _resend(settings: Settings, chosen: "list[Letter]", wishes: "Wishes", *, dry: bool) -> "list[Decision]":
    from streams.deadletters.resend import resend

    return await resend(settings, chosen, wishes, dry=dry, progress=lambda count: say(f"{count} sent"))


def _read(
    settings: Settings,
    from_topic: str | None,
    wanted: "Callable[[Letter], bool]",
    since: int | None,
    take: "Callable[[Letter], None]",
) -> None:
    import asyncio

    from streams.deadletters.letters import letters, topic_of
    from streams.reading import ReadError

    async def read() -> None:
        async for letter in letters(settings, topic_of(settings, from_topic), wanted, since):
            if since is None or letter.timestamp >= since:
                take(letter)

    with told(ReadError, code=Exit.NOT_READY):
        asyncio.run(read())


def _filter(
    settings: Settings, code: str | None, source: str | None, key: str | None, until: str | None
) -> "Callable[[Letter], bool]":
    from schemas.errors import Code as Known

    if code is not None and code not in set(Known):
        raise CommandError(f"--code {code}: the codes are {', '.join(Known)}", Exit.USAGE)
    end = _instant("--until", until)

    def wanted(letter: "Letter") -> bool:
        return (
            (code is None or letter.origin.code == code)
            and (source is None or letter.origin.topic in (source, settings.topic_prefix + source))
            and (key is None or letter.key == key.encode())
            and (end is None or letter.timestamp < end)
        )

    return wanted


def _instant(option: str, text: str | None) -> int | None:
    from schemas.instants import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise CommandError(f"{option} {text}: wanted an instant such as 2026-01-05T08:00:00Z", Exit.USAGE) from error


def _places(texts: list[str] | None) -> "list[Place]":
    from streams.deadletters.letters import Place

    found = []
    for text in texts or ():
        partition, slash, offset = text.partition("/")
        if not (slash and partition.isdecimal() and offset.isdecimal()):
            raise CommandError(f"{text}: wanted PARTITION/OFFSET of a dead letter, such as 0/17", Exit.USAGE)
        found.append(Place(int(partition), int(offset)))
    return found


def _line(letter: "Letter") -> str:
    said = letter.origin
    reason = f"{said.code} {said.field}".rstrip() if said.code else said.exception or "no reason"
    return f"{letter.place}  from {_source(letter)}  {reason}  key {_key(letter)}  {said.message or ''}".rstrip()


def _source(letter: "Letter") -> str:
    said = letter.origin
    return "/".join("?" if part is None else str(part) for part in (said.topic, said.partition, said.offset))


def _key(letter: "Letter") -> str:
    return "none" if letter.key is None else _printed(letter.key, 80)


def _printed(data: bytes, characters_max: int) -> str:
    from schemas.errors import printable

    return printable(data.decode(errors="backslashreplace"), characters_max)


def _brief(letter: "Letter") -> dict[str, Any]:
    from schemas.instants import instant_text

    said = letter.origin
    return {
        "place": str(letter.place),
        "time": instant_text(letter.timestamp) if letter.timestamp >= 0 else None,
        "key": None if letter.key is None else letter.key.decode(errors="backslashreplace"),
        **said._asdict(),
    }


def _whole(letter: "Letter") -> dict[str, Any]:
    """All of it; bytes that are no text in hexadecimal, under names that say so."""
    headers = [{"name": name, **_content("value", content)} for name, content in letter.headers]
    return {**_brief(letter), **_content("value", letter.value), "headers": headers}


def _content(name: str, data: bytes | None) -> dict[str, Any]:
    if data is None:
        return {name: None}
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_hex": data.hex()}


def _paragraph(letter: "Letter") -> Iterator[str]:
    brief, said = _brief(letter), letter.origin
    yield f"{letter.id}: {_line(letter).partition('  ')[2]}"
    yield f"  written by: {said.family}; record time: {brief['time'] or 'none'}"
    if said.exception is not None:
        yield f"  exception: {said.exception}"
    for name, content in letter.headers:
        yield f"  header {name}: {'null' if content is None else _header(content)}"
    size = "null (a tombstone)" if letter.value is None else f"{len(letter.value)} bytes"
    yield f"  value: {size}"
    if letter.value:
        yield f"  {_printed(letter.value, _VALUE_CHARACTERS_MAX)}"


def _header(content: bytes) -> str:
    """A header as text; as hexadecimal where it has bytes that no text has, such as Spring's numbers."""
    printed = content.decode(errors="replace")
    return printed if printed.isprintable() and "\N{REPLACEMENT CHARACTER}" not in printed else f"0x{content.hex()}"


def _tell(decisions: "list[Decision]", *, dry: bool, json: bool) -> None:
    from streams.deadletters.resend import Outcome

    counts = Counter(str(decision.outcome) for decision in decisions)
    if json:
        rows = [
            {"place": str(each.letter.place), "source": _source(each.letter), "outcome": each.outcome, "why": each.why}
            for each in decisions
        ]
        show_json({"dry_run": dry, "counts": dict(counts), "letters": rows})
        return
    for each in decisions:
        word = "would be sent" if dry and each.outcome is Outcome.SENT else str(each.outcome)
        why = f": {each.why}" if each.why else ""
        show(f"{each.letter.place}  from {_source(each.letter)}  {word}{why}")
    say(", ".join(f"{name}: {count}" for name, count in counts.items()) or "no dead letter was chosen")

"""The least rights of each role on the brokers, as Kafka's ACLs. What isn't listed here nobody needs."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from schemas.topics import BROADCAST, SOURCE_ORDER, TOPICS, changelog_name
from streams.settings import Settings

Role = Literal["worker", "feeder", "subscriber", "auditor", "corrector", "operator", "web", "staff", "notifier"]
Resource = Literal["topic", "group", "transactional-id"]

ROLES: Final[dict[Role, str]] = {
    "worker": "reads sources and its own state, writes outputs, state and ledger; one login for all workers",
    "feeder": "writes events into the six source topics, reads nothing",
    "subscriber": "reads status changes, corrections and the present picture, writes nothing",
    "auditor": "reads everything, writes nothing",
    "corrector": "reads everything, writes what earlier statuses should have been",
    "operator": "creates topics, tells policies and operations, looks at lag and ledgers",
    "web": "reads outputs and the state for people, writes what customers ask and say, and who read what",
    "staff": "all of web and auditor, for the pages of support, operations and audit; sends dead letters again",
    "notifier": "reads status, reviews, identity and how customers want to be told, writes the ledger of notices",
}
_OUTPUTS: Final = ("status", "current", "availability", "dead-letters", "shadow", "ledger")


class Right(NamedTuple):
    """Operations, as `kafka-acls` names them, on a resource; `prefixed`: on all whose names begin so.

    Read and Write include Describe.
    """

    resource: Resource
    name: str
    prefixed: bool
    operations: tuple[str, ...]


def rights(role: Role, settings: Settings) -> list[Right]:
    """What a role needs on a system with these settings, and no more."""
    application = settings.application_id
    changelog = changelog_name(application)
    sources = [name for name in SOURCE_ORDER if name not in BROADCAST]
    check = Right("transactional-id", f"{application}-verify", False, ("Write",))
    match role:
        case "worker":
            return [
                *_catalogue(settings, "Describe", "DescribeConfigs"),
                *_topics(settings, SOURCE_ORDER, "Read"),
                *_topics(settings, [name for name in _OUTPUTS if name != "ledger"], "Write"),
                *_topics(settings, ["ledger"], "Read", "Write"),
                Right("topic", changelog, False, ("Read", "Write", "Describe", "DescribeConfigs")),
                Right("group", application, False, ("Read",)),
                Right("transactional-id", f"{settings.topic_prefix}ledger-", True, ("Write",)),
                check,
            ]
        case "feeder":
            return list(_topics(settings, sources, "Write"))
        case "subscriber":
            return [
                *_topics(settings, ["status", "current", "availability", "corrections"], "Read"),
                Right("group", f"{application}-subscriber", True, ("Read",)),
            ]
        case "auditor":
            return [*_topics(settings, TOPICS, "Read"), Right("topic", changelog, False, ("Read",))]
        case "web":
            return [
                *_topics(settings, ["status", "current", "availability", "corrections", "notices"], "Read"),
                *_topics(settings, ["accounts", "reviews", "feedback", "access"], "Write"),
                Right("topic", changelog, False, ("Read",)),
            ]
        case "staff":
            return [
                *rights("auditor", settings),
                *_topics(settings, [*SOURCE_ORDER, "feedback", "access"], "Write"),
                Right("transactional-id", f"{application}-resend", False, ("Write",)),
            ]
        case "notifier":
            return [
                *_topics(settings, ["identity", "reviews", "status", "preferences"], "Read"),
                *_topics(settings, ["notices"], "Read", "Write"),
                Right("group", f"{application}-notifier", False, ("Read",)),
                Right("transactional-id", f"{application}-notifier-", True, ("Write",)),
            ]
        case "corrector":
            return [
                *rights("auditor", settings),
                *_topics(settings, ["corrections"], "Write"),
                Right("transactional-id", f"{application}-corrections", False, ("Write",)),
            ]
        case "operator":
            return [
                *_catalogue(settings, "Create", "Describe", "DescribeConfigs"),
                *_topics(settings, [*SOURCE_ORDER, "ledger", "dead-letters"], "Read"),
                *_topics(settings, sorted(BROADCAST), "Write"),
                Right("topic", changelog, False, ("Create", "Describe", "DescribeConfigs")),
                Right("group", application, False, ("Describe",)),
                check,
            ]


def commands(rows: Iterable[Right], principal: str, bootstrap: str) -> Iterator[str]:
    """The calls of Kafka's own `kafka-acls` that give these rights."""
    for right in rows:
        words = ["kafka-acls", "--bootstrap-server", bootstrap, "--add", "--allow-principal", principal]
        for operation in right.operations:
            words += ["--operation", operation]
        words += [f"--{right.resource}", right.name]
        if right.prefixed:
            words += ["--resource-pattern-type", "prefixed"]
        yield shlex.join(words)


def _topics(settings: Settings, names: Iterable[str], *operations: str) -> Iterator[Right]:
    for name in names:
        yield Right("topic", TOPICS[name].full_name(settings.topic_prefix), False, operations)


def _catalogue(settings: Settings, *operations: str) -> Iterator[Right]:
    """Every topic of the catalogue, by its prefix, or one by one where there is none."""
    if settings.topic_prefix:
        yield Right("topic", settings.topic_prefix, True, operations)
    else:
        yield from _topics(settings, TOPICS, *operations)

"""The verbs of `eligibility`. Only the one that is called is imported: `--help` stays quick, whatever a verb needs.

A verb's module is `streams.cli.<verb>` (hyphens are underscores) with a `typer.Typer` named `app`: with one command and
no callback it is the verb itself, otherwise its commands follow the verb.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

VERBS = {
    "up": "Everything on this machine: Kafka, topics, workers and a feed of real events. Ctrl-C stops all.",
    "worker": "One worker: takes events in, puts status changes out, each exactly once.",
    "web": "The status service: what holds for an account, why and what was told, over HTTP.",
    "notifier": "Customers are told what changed for them: once, in order, when they may be disturbed.",
    "notices": "What customers were told, by when the law wants it, how each wants to be told.",
    "kafka": "The local Kafka alone: start, stop, status.",
    "topics": "Topics against the catalogue: plan, apply, verify.",
    "send": "Publish events from a file.",
    "status": "The present status of an account, with reasons.",
    "explain": "Why a status holds, from which records, and what opens it.",
    "what-if": "What events that haven't happened would bring; nothing is written.",
    "reasons": "What each reason means, what to do about it, how it works.",
    "corrections": "What earlier statuses should have been, told once facts came late or were put right.",
    "replay": "Statuses from files of events, without any Kafka, or from what a ledger recorded.",
    "verify": "What was emitted against what the log implies: equal, or the first divergence.",
    "archive": "Every topic to files that verify and replay read without Kafka.",
    "anchor": "Signed heads of the ledgers for another place: sign, prove, check.",
    "dead-letters": "Rejected records: list, show, resend.",
    "policy": "Policies: check, show.",
    "keys": "Keys that people sign with: new, show, sign, check; and the status service's: api.",
    "schemas": "Contracts: export as JSON Schema and AsyncAPI, check events.",
    "doctor": "Would a worker start here, and is the system well?",
    "lag": "How far each lane is behind, in records and in time.",
    "config": "The settings in force.",
}


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """The application that understands these arguments: the called verb whole, the others by name and summary."""
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    app = typer.Typer(
        name="eligibility",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Example: eligibility up",
    )
    app.callback()(_root)
    for verb, summary in VERBS.items():
        if verb == called:
            _mount(app, verb, importlib.import_module(module_of(verb)).app)
        else:
            app.command(verb, help=summary)(_not_called(verb))
    return app


def module_of(verb: str) -> str:
    """The module that holds a verb."""
    return f"streams.cli.{verb.replace('-', '_')}"


def _mount(app: typer.Typer, verb: str, module_app: typer.Typer) -> None:
    commands = module_app.registered_commands
    if len(commands) == 1 and module_app.registered_callback is None and not module_app.registered_groups:
        commands[0].name = verb
        app.registered_commands.append(commands[0])
    else:
        app.add_typer(module_app, name=verb)


def _not_called(verb: str) -> Callable[[], None]:
    def stand_in() -> None:
        raise AssertionError(f"{verb} was called, but not imported")

    return stand_in


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("eligibility-streams"))
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Real-time eligibility of credit accounts: events in through Kafka, status changes with reasons out."""

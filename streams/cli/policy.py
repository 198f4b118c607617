"""`eligibility policy`: policies checked and shown."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import CommandError, Exit, Json, show, show_bytes, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.errors import Problem
    from schemas.policy import PolicyDocument

app = typer.Typer(no_args_is_help=True)

STANDARD_INPUT = Path("-")

File = Annotated[Path, typer.Argument(help="The policy, YAML or JSON; - is standard input.")]


@app.callback()
def policies() -> None:
    """Policies: check, show."""


@app.command(epilog="Example: eligibility policy check policy.yaml --former policy-6.yaml")
def check(
    file: File,
    former: Annotated[
        Path | None, typer.Option(help="The version that it replaces: no product may just vanish.")
    ] = None,
    json: Json = False,
) -> None:
    """Refuse a policy that can't be meant: unknown facts, contradictions, rules that never fail, vague reasons.

    Every problem is one line that names its place and shows what would be right. Exit code 0 when there is none, 1 when
    there are some, 2 when a file can't be read. Lanes refuse the same when the policy is proposed.
    """
    from schemas.errors import PolicyError
    from streams.core.policy.check import check_policy

    replaced = None if former is None else read_policy(former)
    try:
        policy = _parsed(file)
        problems: Sequence[Problem] = check_policy(policy, replaced)
    except PolicyError as error:
        problems = error.problems
    if problems:
        _tell(file, problems, json)
        raise typer.Exit(Exit.FAILED)
    if json:
        document = {"policy": policy.policy, "version": policy.version, "digest": policy.digest}
        show_json({"ok": True, **document, "problems": []})
    else:
        rules = sum(len(product.rules) for product in policy.products.values())
        counts = f"products: {len(policy.products)}, rules: {rules}"
        show(f"{file}: {policy.policy} version {policy.version} is sound: {counts}\n{policy.digest}")


@app.command(name="show", epilog="Example: eligibility policy show policy.yaml --lang zh")
def show_policy(
    file: File,
    lang: Annotated[str, typer.Option(help="Language of names and reasons: en, zh or both.")] = "both",
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Print the canonical form (RFC 8785): its SHA-256 is the digest.")
    ] = False,
    json: Json = False,
) -> None:
    """What a policy says, in words: each product's rules, what follows when one fails, why, and what opens it again."""
    from streams.cli.policy_words import paragraphs

    if lang not in ("en", "zh", "both"):
        raise CommandError(f"--lang {lang}: wanted en, zh or both", Exit.USAGE)
    policy = read_policy(file)
    if canonical:
        # Without a line end, so that `| sha256sum` gives the digest.
        show_bytes(policy.canonical() + (b"\n" if sys.stdout.isatty() else b""))
    elif json:
        names = {"policy": policy.policy, "version": policy.version, "digest": policy.digest}
        show_json({**names, "document": policy.document()})
    else:
        show("\n".join(paragraphs(policy, ("en", "zh") if lang == "both" else (lang,))))


def read_policy(path: Path) -> "PolicyDocument":
    """The policy in a file. A file that can't be read is a usage error, a malformed policy a failure that tells all."""
    from schemas.errors import PolicyError

    try:
        return _parsed(path)
    except PolicyError as error:
        raise CommandError("\n".join(f"{path}: {problem}" for problem in error.problems)) from error


def read_sound_policy(path: Path) -> "PolicyDocument":
    """As `read_policy`; what `policy check` refuses is a failure too: lanes would reject its proposal."""
    from streams.core.policy.check import check_policy

    policy = read_policy(path)
    problems = check_policy(policy)
    if problems:
        raise CommandError("\n".join(f"{path}: {problem}" for problem in problems))
    return policy


def _parsed(path: Path) -> "PolicyDocument":
    from schemas.policy import load_policy

    try:
        text = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", Exit.USAGE) from error
    return load_policy(text)


def _tell(file: Path, problems: "Sequence[Problem]", json: bool) -> None:
    if json:
        show_json({"ok": False, "problems": [problem._asdict() for problem in problems]})
        return
    for problem in problems:
        show(f"{file}: {problem}")

"""`eligibility policy`: policies checked and shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import CommandError, Exit, Json, show, show_json

if TYPE_CHECKING:
    from schemas.errors import Problem
    from schemas.policy import Limit, Operators, PolicyDocument, Product, Rule

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The policy, YAML or JSON; - is standard input.")]

OPERATOR_SIGNS = {
    "at_most": "at most",
    "at_least": "at least",
    "below": "below",
    "above": "above",
    "is": "is",
    "one_of": "one of",
    "none_of": "none of",
    "before": "before",
    "not_before": "not before",
}


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

    Exit code 1 when something is wrong; every message names the place and shows what would be right.
    """
    from schemas.errors import PolicyError
    from streams.core.policy.check import check_policy

    try:
        policy = _load(file)
        found = check_policy(policy, _load(former) if former is not None else None)
    except PolicyError as error:
        _tell(file, list(error.problems), json)
        return
    if found:
        _tell(file, found, json)
    elif json:
        show_json(
            {"ok": True, "policy": policy.policy, "version": policy.version, "digest": policy.digest, "problems": []}
        )
    else:
        rules = sum(len(product.rules) for product in policy.products.values())
        show(
            f"{file}: {policy.policy} version {policy.version} is sound: {len(policy.products)} products, {rules} rules"
        )
        show(policy.digest)


@app.command(name="show", epilog="Example: eligibility policy show policy.yaml --lang zh")
def show_policy(
    file: File,
    lang: Annotated[str, typer.Option(help="Language of names and reasons: en or zh.")] = "en",
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Print the canonical form that the digest is of.")
    ] = False,
    json: Json = False,
) -> None:
    """What a policy says, in words: per product each limit, what follows when it doesn't hold, and why."""
    from schemas.errors import PolicyError

    if lang not in ("en", "zh"):
        raise CommandError(f"--lang {lang}: wanted en or zh", Exit.USAGE)
    try:
        policy = _load(file)
    except PolicyError as error:
        _tell(file, list(error.problems), json)
        return
    if canonical:
        show(policy.canonical().decode())
    elif json:
        show_json({"digest": policy.digest, "document": policy.document()})
    else:
        for line in _words(policy, lang):
            show(line)


def _load(path: Path) -> "PolicyDocument":
    import sys

    from schemas.policy import load_policy

    try:
        return load_policy(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _tell(file: Path, problems: list["Problem"], json: bool) -> None:
    if json:
        show_json({"ok": False, "problems": [problem._asdict() for problem in problems]})
    else:
        for problem in problems:
            hint = f", for example {problem.example}" if problem.example else ""
            show(f"{file}: {problem.place}: got {problem.came}, expected {problem.expected}{hint}")
    raise typer.Exit(Exit.FAILED)


def _words(policy: "PolicyDocument", lang: str) -> list[str]:
    from schemas.instants import instant_text

    lines = [
        f"{policy.policy} version {policy.version} ({policy.motive})",
        f"in force from {instant_text(policy.effective_from)}",
        f"{policy.digest}",
        f"dates in {policy.zone}, amounts in {policy.currency}, past due from "
        f"{policy.repayment_cutoff // 60:02d}:{policy.repayment_cutoff % 60:02d} of the day after",
    ]
    lines += [
        f"segment {segment.name}: " + " and ".join(_limit(limit) for limit in segment.when)
        for segment in policy.segments
    ]
    for name, product in policy.products.items():
        lines += ["", *_product(name, product, lang)]
    return lines


def _product(name: str, product: "Product", lang: str) -> list[str]:
    title = product.name.zh if lang == "zh" else product.name.en
    withdrawn = ", withdrawn" if product.withdrawn else ""
    lines = [f"{name}: {title}, by {product.provider}{withdrawn}"]
    for rule in product.rules:
        lines += _rule(rule, lang)
    return lines


def _rule(rule: "Rule", lang: str) -> list[str]:
    from schemas.instants import date_text

    if rule.limit is not None:
        said = _limit(rule.limit)
    else:
        said = f" {'or' if rule.any else 'and'} ".join(_limit(part) for part in (rule.any or rule.all))
    lines = [f"  {rule.id}: {said}", f"    else {rule.else_}: {_reason(rule.reason, lang)}"]
    if rule.reopen is not None:
        lines.append(f"    once failed, holds again only {_operators(rule.reopen)}")
    lines += [f"    for {segment}: {_operators(operators)}" for segment, operators in rule.for_.items()]
    if rule.unknown_reason is not None:
        lines.append(f"    unknown {rule.unknown}: {_reason(rule.unknown_reason, lang)}")
    if rule.observe is not None:
        lines.append(f"    then {rule.observe.days} days {rule.observe.else_}: {_reason(rule.observe.reason, lang)}")
    if rule.superseded_by:
        lines.append(f"    silent while {' or '.join(rule.superseded_by)} fails")
    if rule.from_ is not None or rule.to is not None:
        begin = f"from {date_text(rule.from_)} " if rule.from_ is not None else ""
        lines.append(f"    {begin}{f'until before {date_text(rule.to)}' if rule.to is not None else ''}".rstrip())
    return lines


def _limit(limit: "Limit") -> str:
    arguments = [str(value) for value in limit.args.values()]
    if limit.window is not None:
        arguments.append(f"last {limit.window.count} {'days' if limit.window.unit == 'd' else 'months'}")
    asked = f" ({', '.join(arguments)})" if arguments else ""
    return f"{limit.fact}{asked} {_operators(limit)}"


def _operators(operators: "Operators") -> str:
    return " and ".join(
        f"{OPERATOR_SIGNS[name]} {_operand(name, value)}" for name, value in operators.operators.items()
    )


def _operand(name: str, value: Any) -> str:
    from schemas.instants import date_text

    if isinstance(value, list):
        return ", ".join(value)
    if name in ("before", "not_before"):
        return date_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reason(code: str, lang: str) -> str:
    from schemas.reasons import REASONS

    reason = REASONS[code]
    return f"{code} {reason.zh if lang == 'zh' else reason.en}"

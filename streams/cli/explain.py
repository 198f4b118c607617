"""`eligibility explain`: why a status holds, from which records, and what opens it."""

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.asked import Account, Asked, AtOption, Files, PolicyOption, ProductOption, instant
from streams.cli.audited import ArchiveOption, KeysOption
from streams.cli.console import CommandError, Exit, Json, say, show, show_json
from streams.cli.replay import FilesCommand
from streams.cli.writing import written

app = typer.Typer()


@app.command(cls=FilesCommand, epilog="Example: eligibility explain tw-00001 --product cash --html why.html")
def explain(
    account: Account,
    product: ProductOption = None,
    at: AtOption = None,
    known: Annotated[
        str, typer.Option(help="With --at: 'then', as it was known then; 'now', with what came later about it.")
    ] = "then",
    lang: Annotated[str, typer.Option(help="Language of the texts: en or zh.")] = "en",
    html: Annotated[Path | None, typer.Option(help="Write a page that needs nothing else.")] = None,
    events: Files = None,
    archive: ArchiveOption = None,
    keys: KeysOption = None,
    policy: PolicyOption = None,
    json: Json = False,
) -> None:
    """Why: every reason with the records behind it, every check, what was said before, and the path to clear.

    The account's records are applied again, up to the instant. Exit code 4 when nothing is known of the account.
    """
    from streams.cli.words import language
    from streams.query.explain import differences, explanation
    from streams.query.known import KNOWLEDGE, Knowledge
    from streams.query.known import known as known_at
    from streams.query.report import report
    from streams.query.words import WORDS, explanation_lines

    spoken = language(lang)
    if known not in ("then", "now"):
        raise CommandError(f"--known {known}: then or now", Exit.USAGE)
    knowledge: Knowledge = "now" if known == "now" else "then"
    asked, t = Asked(account, events, policy, archive, keys), instant(at)
    then, now = (known_at(asked.log, t, each, asked.policy) for each in KNOWLEDGE)
    chosen, other = (now, then) if knowledge == "now" else (then, now)
    if chosen is None or not chosen.pictures:
        raise CommandError(f"{account}: no status at that time", Exit.NOT_READY)
    documents = explanation(asked.log, chosen, knowledge, product, asked.prefix)
    if not documents:
        raise CommandError(f"{account}: no product {product}; it has {', '.join(chosen.pictures)}", Exit.NOT_READY)
    moved = list(chosen.pictures) if other is None else differences(chosen, other)
    for document in documents:
        document["differs_with_other_knowledge"] = document["product"] in moved
    if html is not None:
        with written(html) as write:
            write(report(documents, spoken).encode())
        say(f"written: {html}")
    elif json:
        show_json(documents)
    else:
        for document in documents:
            for line in explanation_lines(document, spoken):
                show(line)
            if document["differs_with_other_knowledge"]:
                show(WORDS[spoken]["differs" if known == "then" else "differed"])

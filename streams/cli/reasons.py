"""`eligibility reasons`: what each reason means, what to do about it, how it works and how to keep it good."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from schemas.reasons import CATALOGUE_VERSION, REASONS, Language, Reason, page, unchangeable
from streams.cli.console import CommandError, Exit, Json, show, show_json
from streams.cli.words import language

app = typer.Typer()

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "works": "How this works",
        "keep": "How to keep it good",
        "to do": "What to do",
        "A": "you can act",
        "T": "time ends it",
        "O": "the lender's side",
        "L": "the law, or who the product is for",
        "U": "not known yet",
        "C": "your own choice",
    },
    "zh": {
        "works": "这是怎么回事",
        "keep": "怎样保持良好",
        "to do": "怎么办",
        "A": "您可以处理",
        "T": "到期自动结束",
        "O": "机构一方",
        "L": "法律或产品的对象范围",
        "U": "信息尚缺",
        "C": "您自己的选择",
    },
}


@app.command(epilog="Example: eligibility reasons REP-01 --lang zh")
def reasons(
    code: Annotated[str | None, typer.Argument(help="A reason's code, for its page; without it all of them.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the texts: en or zh.")] = "en",
    json: Json = False,
) -> None:
    """The reasons that statuses give, in words; one code's page says how it works and how to keep it good."""
    spoken = language(lang)
    if code is not None and code not in REASONS:
        raise CommandError(f"{code}: no such reason; eligibility reasons lists all", Exit.USAGE)
    chosen = [REASONS[code]] if code is not None else list(REASONS.values())
    if json:
        show_json([_document(each, spoken) for each in chosen])
    elif code is None:
        for each in chosen:
            show(f"{each.code}  {each.text(spoken)}")
    else:
        for line in _page(chosen[0], spoken):
            show(line)


def _page(reason: Reason, lang: Language) -> Iterator[str]:
    words, read = _WORDS[lang], page(reason.code, lang)
    yield f"{reason.code} ({words[reason.cls]})"
    yield f"  {reason.text(lang)}"
    fixed = unchangeable(reason.code, lang)
    if fixed is not None:
        yield f"  {fixed}"
    yield f"{words['to do']}:"
    yield f"  {reason.remedy_text(lang)}"
    yield f"{words['works']}:"
    yield f"  {read.works}"
    yield f"{words['keep']}:"
    yield f"  {read.keep}"


def _document(reason: Reason, lang: Language) -> dict[str, Any]:
    read = page(reason.code, lang)
    return {
        "code": reason.code,
        "category": reason.category,
        "class": reason.cls,
        "adverse": reason.adverse,
        "disclosure": reason.disclosure,
        "text": reason.text(lang),
        "remedy": reason.remedy_text(lang),
        "unchangeable": unchangeable(reason.code, lang),
        "how_it_works": read.works,
        "how_to_keep_it_good": read.keep,
        "catalogue": CATALOGUE_VERSION,
    }

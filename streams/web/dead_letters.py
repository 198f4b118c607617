"""The page of dead letters: what was rejected, and the newest of it sent again to where it came from.

Nothing on it names a person: `eligibility dead-letters show` has a letter whole. Each resend is recorded in `access`,
letter by letter, before it is done.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from schemas.reasons import Language
from schemas.values import ACCOUNT_PATTERN
from streams.deadletters.letters import Letter, NoLetterError, Place
from streams.deadletters.resend import Decision, Outcome
from streams.messages import now_ms
from streams.publish import PublishError
from streams.reading import ReadError
from streams.web import access, html, running
from streams.web.forms import Fields, one_of, spoken
from streams.web.keys import Holder
from streams.web.problems import ProblemError, invalid
from streams.web.service import COSTLY, Caller, Service, ServiceOf, requires, spend
from streams.web.store import Document
from streams.web.wording.operations import OPERATIONS

router = APIRouter(include_in_schema=False)

PATH: Final = "/operations/dead-letters"
PAGE: Final = 40
"""Letters on a page: a form has 50 fields at most."""
NOBODY: Final = "dead-letters"
"""Stands in `access` for the account where a letter's key is none."""
_FIELD: Final = "letter-"
_PLACE: Final = re.compile(r"(\d{1,9})/(\d{1,18})")


@router.get(PATH, dependencies=[requires("operations", "audit")])
async def dead_letters_page(
    request: Request,
    at: ServiceOf,
    key: Caller,
    code: Annotated[str, Query(max_length=40, description="Only these.")] = "",
    lang: Annotated[Language | None, Query()] = None,
) -> Response:
    """The newest dead letters, each with what is wrong with it, and a form that sends those that are chosen again."""
    language = html.spoken(request, lang)
    answer = await at.desk.rejected()
    every = [] if answer.value is None else answer.value.newest
    chosen = [each for each in every if code in ("", each.origin.code or each.origin.family)]
    codes: Counter[str] = Counter() if answer.value is None else answer.value.codes
    return html.page(
        request,
        "dead_letters.html",
        language,
        words=OPERATIONS[language],
        code=code,
        codes=codes.most_common(),
        count=codes.total(),
        rows=[running.letter(each, language) for each in chosen[:PAGE]],
        more=max((codes[code] if code else codes.total()) - PAGE, 0),
        sends="operations" in key.scopes,
        **running.known(answer, language),
    )


@router.post(PATH, dependencies=[requires("operations")])
async def resend(request: Request, at: ServiceOf, key: Caller, fields: Fields) -> Response:
    """What became of each letter that was chosen, or what would: nothing is sent by `try`."""
    language, dry = spoken(request, fields), one_of(fields, "do", "try", "send") == "try"
    places = [_place(name) for name in fields if name.startswith(_FIELD)]
    if not places:
        raise invalid("letter", "none is chosen")
    spend(at, key, COSTLY)
    try:
        if not dry:
            await _record(at, key, places)
        decisions = await at.desk.behind.resent(places, now_ms(), dry)
    except NoLetterError as error:
        raise ProblemError("not-found", str(error)) from error
    except (ReadError, PublishError) as error:
        raise ProblemError("not-recorded", str(error)) from error
    return html.page(
        request,
        "resent.html",
        language,
        words=OPERATIONS[language],
        back=PATH,
        dry=dry,
        rows=[_row(each, dry, language) for each in decisions],
        sent=sum(each.outcome is Outcome.SENT for each in decisions),
        now=running.when(now_ms(), language),
        again=[f"{_FIELD}{each.letter.place}" for each in decisions if dry and each.outcome is Outcome.SENT],
    )


async def _record(at: Service, key: Holder, places: list[Place]) -> None:
    """Who sends which letters again, each a record of its account's, before anything is sent. Raises ReadError too."""
    for letter in await at.desk.behind.letters(places):
        record = access.access_record(_whose(letter), key, f"POST {PATH} {letter.place}", True, now_ms())
        await access.send(at.sink, record, "Who sends letters again can't be recorded now, so none was sent.")


def _whose(letter: Letter) -> str:
    key = (letter.key or b"").decode(errors="replace")
    return key if re.fullmatch(ACCOUNT_PATTERN, key) else NOBODY


def _place(name: str) -> Place:
    found = _PLACE.fullmatch(name.removeprefix(_FIELD))
    if found is None:
        raise invalid("letter", "not the place of a dead letter")
    return Place(int(found[1]), int(found[2]))


def _row(decision: Decision, dry: bool, lang: Language) -> Document:
    words = OPERATIONS[lang]
    outcome = decision.outcome
    return {
        "place": str(decision.letter.place),
        "outcome": outcome.name,
        "word": words["would be sent" if dry and outcome is Outcome.SENT else f"outcome {outcome.name}"],
        "why": decision.why,
    }

"""From what is to be told to the words of a message. Pure: the same notices in the same version give the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.instants import date_text
from schemas.notices import Answer, Expiry, NoticeContent, NoticePlanned
from schemas.reasons import CATALOGUE_VERSION, VERSIONS, Language, remedy, render, unchangeable, values_of
from schemas.status import StatusEvent, StatusReason
from streams.notify.hours import local_text
from streams.notify.wording import version_1

TEMPLATE: Final = "1"
"""The version in which messages are written now."""
TEMPLATES: Final[Mapping[str, Mapping[Language, Mapping[str, str]]]] = {"1": version_1.WORDS}
_UNSAID: Final = "…"


def content(notices: Sequence[NoticePlanned], language: Language, zone: str, template: str = TEMPLATE) -> NoticeContent:
    """The words of a message about one notice, or about several in a digest. Raises KeyError for an unknown version."""
    words = TEMPLATES[template][language]
    parts = ["\n".join(_Told(each, language, zone, words).lines()) for each in notices]
    return NoticeContent(title=words["title"], body="\n\n".join(parts), short=words["short"])


class _Told:
    """One notice in one language."""

    def __init__(self, notice: NoticePlanned, language: Language, zone: str, words: Mapping[str, str]) -> None:
        self._notice, self._language, self._zone, self._words = notice, language, zone, words

    def lines(self) -> Iterator[str]:
        """The text, line by line."""
        if self._notice.status is not None:
            yield from self._status(self._notice.status)
        elif self._notice.answer is not None:
            yield from self._answer(self._notice.answer)
        elif self._notice.expiry is not None:
            yield from self._expiry(self._notice.expiry)

    def _say(self, name: str, **values: Any) -> str:
        return self._words[name].format(**values)

    def _when(self, at: int) -> str:
        return local_text(at, self._zone)

    def _status(self, event: StatusEvent) -> Iterator[str]:
        data = event.data
        version = data.catalogue if data.catalogue in VERSIONS else CATALOGUE_VERSION
        yield self._say(
            "status",
            product=data.product,
            provider=data.provider,
            word=self._words[data.status],
            since=self._when(event.time),
            zone=self._zone,
        )
        yield self._words[f"side {data.side or 'none'}"]
        shown = data.reasons[: data.reasons_shown]
        if shown:
            yield self._words["why"]
        for number, reason in enumerate(shown, 1):
            yield from self._reason(number, reason, version)
        if len(data.reasons) > len(shown):
            yield self._say("more", n=len(data.reasons) - len(shown))
        if not data.terms.new_draws:
            yield self._words["no draws"]
        elif data.terms.max_amount is not None:
            yield self._say("up to", amount=data.terms.max_amount, currency=data.terms.currency or "")
        if data.next_change is not None:
            word = self._words[data.next_change.status]
            yield self._say("next", at=self._when(data.next_change.at), word=word)
        if data.status != "OPEN":
            if data.alternatives:
                names = ", ".join(f"{each.product} ({each.provider})" for each in data.alternatives)
                yield self._say("alternatives", products=names)
            yield self._words["rights"]
        yield self._say("reference", reference=data.reference)

    def _reason(self, number: int, reason: StatusReason, version: str) -> Iterator[str]:
        # Of what isn't to be disclosed nothing is said but what the catalogue says to everybody.
        values = {} if reason.disclosure == "limited" else values_of(reason.values, reason.unit)
        text = render(reason.code, self._language, values, missing=_UNSAID, version=version)
        yield f"{number}. {text} [{reason.code}]"
        fixed = unchangeable(reason.code, self._language, version=version)
        if fixed is not None:
            yield f"   {fixed}"
        yield f"   {remedy(reason.code, self._language, values, version=version)}"
        if reason.clears_at is not None and reason.disclosure == "full":
            yield f"   {self._say('clears', at=self._when(reason.clears_at))}"

    def _answer(self, answer: Answer) -> Iterator[str]:
        assert self._notice.law is not None, "an answer is one to a request that the law knows"
        yield self._say(f"answer {self._notice.law}", id=answer.request_id)
        if answer.outcome is not None:
            yield self._say("outcome", outcome=answer.outcome)
        yield self._words["where"]

    def _expiry(self, expiry: Expiry) -> Iterator[str]:
        yield self._say("expiry", day=date_text(expiry.expires_on))
        yield self._words["renew"]

"""An account as its owner is told of it: the twelve points of a customer's message, as plain values for templates."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from schemas.availability import AvailabilityData, Outage, availability_text, parse_availability
from schemas.instants import instant_text
from schemas.reasons import Language, unchangeable
from streams.core.path.scene import Scene
from streams.query.disputed import Dispute, answers_due, open_disputes
from streams.query.values import value
from streams.query.waiting import waiting
from streams.query.words import WORDS, reason_text
from streams.web import answers, telling
from streams.web.engine import Judged, judged
from streams.web.instants import Shown, shown
from streams.web.service import Service
from streams.web.store import Document
from streams.web.wording.customer import PAGE

PAST_MAX: Final = 20
_CORRECTIONS_MAX: Final = 3
_UTC: Final = ZoneInfo("UTC")


class Customer:
    """An account's products in one language, at an instant (ms)."""

    def __init__(self, at: Service, account: str, lang: Language, now: int) -> None:
        self._at, self._account, self._lang, self._now = at, account, lang, now
        self._words = PAGE[lang]
        self._zone, self._names = _UTC, dict[str, dict[str, str]]()
        self._up = at.view.store.availability()
        policies = at.replica.policies(account)
        in_force = policies.in_force(account, policies.era_at(now))
        if in_force is not None:
            self._zone = ZoneInfo(in_force.program.context.zone.name)
            self._names = at.replica.names(account, in_force.program.digest)

    def when(self, text: str) -> Shown:
        """An instant in the policy's zone, which the page names once."""
        return shown(text, self._zone, self._lang, named=False)

    @property
    def now(self) -> Shown:
        """As of when the page tells, with the zone."""
        return shown(instant_text(self._now), self._zone, self._lang)

    def name(self, product: str) -> str:
        """What a product is called; its id where no policy names it."""
        return self._names.get(product, {}).get(self._lang, product)

    def place(self, product: str) -> int:
        """A product's place in the policy's order."""
        return self._at.replica.policies(self._account).place_of(product)

    def product(self, picture: Document) -> Document:
        """One product's section, from its CloudEvent of `current`."""
        data, version = picture["data"], answers.wording(picture["data"])
        count = data["reasons_shown"]
        found = judged(self._at.replica, self._account, data["product"], self._now)
        opens = None if found is None or data["status"] == "OPEN" else found.opens
        disputes, waits = ([], None) if found is None else (open_disputes(found.scene), waiting(found.scene))
        return {
            "product": data["product"],
            "name": self.name(data["product"]),
            "provider": data["provider"],
            "status": data["status"],
            "word": WORDS[self._lang][data["status"]],
            "side": data["side"],
            "since": self.when(picture["time"]),
            "service": self._service(data["product"], found),
            "corrected": [
                self._correction(each["data"])
                for each in self._at.view.store.corrections(self._account, data["product"], _CORRECTIONS_MAX)
            ],
            "cases": [] if found is None else self._cases(found.scene),
            "reasons": [self._reason(each, version, found, disputes) for each in data["reasons"][:count]],
            "count": len(data["reasons"]),
            "hidden": [
                {"text": reason_text(each, self._lang, version), "code": each["code"]}
                for each in data["reasons"][count:]
            ],
            "bureau": any(telling.of_bureau(each["fact"]) for each in data["reasons"]),
            "currency": "CNY" if found is None else found.currency,
            "terms": self._terms(data["terms"]),
            "change": self._change(data["next_change"] if waits is None else waits),
            "review_on": None if found is None or found.review_on is None else self._day(found.review_on),
            "path": None if opens is None else telling.path(opens, self._lang, self.when, data["reasons"]),
            "alternatives": [
                {**each, "name": self.name(each["product"])}
                for each in data["alternatives"]
                if data["status"] != "OPEN"
            ],
            "checks": [] if found is None else [self._check(each, found) for each in found.checks],
            "history": self._history(data["product"]),
            "reference": data["reference"],
            "catalogue": data["catalogue"],
            "disputable": [
                {"code": each["code"], "text": reason_text(each, self._lang, version)} for each in data["reasons"]
            ],
            "paused": any(each["code"] in ("CHO-01", "ACC-04") for each in data["reasons"]),
        }

    def _day(self, date: str) -> Shown:
        return Shown(date, telling.day(date, self._lang))

    def _service(self, product: str, found: Judged | None) -> Document:
        """Is the service up for this customer, and what is announced."""
        event = self._up.get(product)
        if event is None:
            return {"known": False, "outage": None, "announced": [], "frozen": False}
        data: AvailabilityData = parse_availability(event).data
        outage = data.for_customer(None if found is None else found.region, None)
        return {
            "known": True,
            "outage": None if outage is None else self._outage(outage),
            "frozen": data.frozen,
            "announced": [
                {"from": self._instant(each.from_), "until": None if each.until is None else self._instant(each.until)}
                for each in data.announced
                if each.channel is None and each.region in (None, None if found is None else found.region)
            ],
        }

    def _outage(self, outage: Outage) -> Document:
        until = outage.until if outage.expected_until is None else outage.expected_until
        return {
            "state": outage.state,
            "texts": [availability_text(each, self._lang) for each in outage.reasons],
            "until": None if until is None else self._instant(until),
        }

    def _instant(self, ms: int) -> Shown:
        return self.when(instant_text(ms))

    def _correction(self, data: Document) -> Document:
        return {
            "reference": data["reference"],
            "since": self.when(data["since"]),
            "until": None if data["until"] is None else self.when(data["until"]),
            "said": WORDS[self._lang][data["said"]["status"]],
            "should": WORDS[self._lang][data["should"]["status"]],
        }

    def _cases(self, scene: Scene) -> list[Document]:
        """What the customer has asked for that isn't answered yet."""
        people, context = scene.state.people, scene.judge(scene.state, scene.at)
        answer = 0 if context is None else context[0].program.context.answer_ms
        found = []
        for kind, opening, cases in (
            ("dispute", "opened", people.disputes),
            ("review", "requested", people.reviews),
            ("explanation", "requested", people.explanations),
        ):
            for name, case in sorted(cases.items()):
                step = case.steps.get(opening)
                if not case.open or step is None or step.value.get("product", scene.product) != scene.product:
                    continue
                due = self._instant(step.time + answer) if answer and kind != "explanation" else None
                found.append({"kind": kind, "id": name, "since": self._instant(step.time), "due": due})
        return found

    def _reason(self, reason: Document, version: str, found: Judged | None, disputes: list[Dispute]) -> Document:
        limit, unit, observed = reason["limit"], reason["unit"], reason["observed"]
        compared = observed is not None and limit is not None and not isinstance(observed, bool)
        return {
            "code": reason["code"],
            "text": reason_text(reason, self._lang, version),
            # An answer of yes or no, or days of a date that is past, are said better by the sentence itself.
            "measured": compared and not (unit == "days" and str(observed).startswith("-")),
            "observed": value(observed, unit, self._lang),
            "limit": value(limit, unit, self._lang),
            "source": telling.source(reason["fact"], self._lang),
            "since": None if reason["since"] is None else self.when(reason["since"]),
            "clears": None if reason["clears_at"] is None else self.when(reason["clears_at"]),
            "disputed": [self.when(each) for each in answers_due(disputes, reason)],
            "fixed": unchangeable(reason["code"], self._lang, version=version) is not None,
            "remedy": answers.to_do(reason, self._lang, version),
            "effect": None if found is None else found.effect(reason["rule"], reason["code"]),
        }

    def _terms(self, terms: Document) -> str:
        if not terms["new_draws"]:
            return self._words["no draws"]
        if terms.get("max_amount") is None:
            return self._words["draws"]
        return self._words["up to"].format(terms["max_amount"], terms.get("currency") or "")

    def _change(self, change: Document | None) -> Document | None:
        if change is None:
            return None
        return {
            "at": self.when(change["at"]),
            "status": change["status"],
            "word": WORDS[self._lang][change["status"]],
        }

    def _check(self, check: Document, found: Judged) -> Document:
        text = telling.check(check, found.windows.get(check["rule"]), self._lang)
        return {"result": check["result"], "word": WORDS[self._lang][check["result"]], "code": check["code"], **text}

    def _history(self, product: str) -> list[Document]:
        found = []
        for each in self._at.view.store.past(self._account, None, PAST_MAX, product):
            event = each.document()
            data = event["data"]
            found.append(
                {
                    "at": self.when(event["time"]),
                    "status": data["status"],
                    "word": WORDS[self._lang][data["status"]],
                    "cause": self._words[f"cause {data['cause']['kind']}"],
                    "reference": data["reference"],
                    "reasons": answers.shown_reasons(data, self._lang),
                }
            )
        return found


def supposed(customer: Customer, changes: list[Document], lang: Language) -> list[Document]:
    """Status events that would come, as the interface answers them, for people."""
    return [
        {
            "name": customer.name(each["product"]),
            "at": customer.when(each["time"]),
            "status": each["status"],
            "word": WORDS[lang][each["status"]],
            "reasons": answers.shown_reasons(each, lang),
        }
        for each in changes
    ]

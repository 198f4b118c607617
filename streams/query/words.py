"""Paths, checks and explanations in words, zh and en: plain lines for a terminal, and what the report says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from schemas.reasons import LANGUAGES, REASONS, Language, remedy, render, unchangeable, values_of
from schemas.wording.template import Values, fill
from streams.query.disputed import answers_due
from streams.query.values import value

UNSAID: Final = "…"
_OBSERVATION: Final = "wait-observation"
"""The remedy where a failure has cleared, and its limit is for how long it is observed."""

WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "OPEN": "open",
        "LIMITED": "limited",
        "NOT_OPEN": "not open",
        "UNDER_REVIEW": "under review",
        "since": "since",
        "at": "as of",
        "then": "as known then",
        "now": "as known now",
        "why": "Why",
        "checks": "All checks",
        "pass": "pass",
        "near": "near the limit",
        "fail": "fail",
        "limit": "limit",
        "observed": "holds again, and is observed for {}",
        "unknown": "not known",
        "evidence": "From these records",
        "history": "What was said",
        "disputed": "you disputed this; an answer is due by",
        "waiting": "holds already, and is told at",
        "decided": "a person decided this",
        "decided until": "a person decided this, until",
        "path": "What opens it",
        "open already": "it is open",
        "doable": "you can do this:",
        "time": "only time opens it:",
        "unchangeable": "nothing that one can do opens it:",
        "sooner": "sooner, with more to do:",
        "then on": "then",
        "costs": "to pay in all",
        "no application": "no new credit application until",
        "clears": "clears by itself on",
        "can do": "you can act",
        "limited why": "its details can't be told here; please ask us",
        "law": "can't be changed because the law forbids it",
        "provider": "can't be changed by you because the lender decides",
        "decision": "can't be changed now because a decision or a fact is awaited",
        "nothing": "can't be changed because no event that one can bring about clears it",
        "differs": "with what is known now it looks otherwise: --known now",
        "differed": "as known then it looked otherwise: --known then",
    },
    "zh": {
        "OPEN": "可用",
        "LIMITED": "部分可用",
        "NOT_OPEN": "暂不可用",
        "UNDER_REVIEW": "审核中",
        "since": "自",
        "at": "截至",
        "then": "按当时所知",
        "now": "按现在所知",
        "why": "原因",
        "checks": "全部检查",
        "pass": "通过",
        "near": "接近限额",
        "fail": "未通过",
        "limit": "限额",
        "observed": "已恢复,观察期{}",
        "unknown": "未知",
        "evidence": "依据的记录",
        "history": "历次状态",
        "disputed": "您已对此提出异议,答复期限为",
        "waiting": "已成立,告知时间为",
        "decided": "由人工决定",
        "decided until": "由人工决定,有效期至",
        "path": "如何恢复",
        "open already": "当前可用",
        "doable": "您可以这样做:",
        "time": "只需等待:",
        "unchangeable": "目前没有可以采取的办法:",
        "sooner": "更快的办法(需要多做一些):",
        "then on": "随后",
        "costs": "合计支付",
        "no application": "在此之前请勿新申请信贷:",
        "clears": "自动解除时间",
        "can do": "您可以处理",
        "limited why": "详情不便在此说明,请联系我们",
        "law": "无法改变,因为法律规定如此",
        "provider": "您无法改变,因为由机构决定",
        "decision": "暂时无法改变,因为尚待结果或信息",
        "nothing": "无法改变,因为没有可以采取的行动能解除它",
        "differs": "按现在所知,结论不同:--known now",
        "differed": "按当时所知,结论不同:--known then",
    },
}

_STEPS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "repayment.received": "pay {amount} {currency} {what}",
        "identity.verified": "verify your identity (level {level})"
        "[, with a document valid until {document_expires_on:day}]",
        "account.unrestricted": "have the restriction lifted ({state})",
        "account.opened": "open the account again",
        "account.updated": "tell us {what}",
        "consent.changed": "give or withdraw the consent ({scope})",
        "choice.made": "reopen it",
        "security.cleared": "have the security flag cleared ({flag})",
        "delinquency.reported": "catch up with the lender who reports; the next report says at most {months_past_due}",
        "score.updated": "a score of {value} at {provider}",
        "income.updated": "prove a monthly income of {monthly} {currency}",
        "obligations.updated": "bring down what you owe elsewhere: {what}",
        "court_record.changed": "settle the court record {record_id}",
        "spending.recorded": "use the account for {amount} {currency}",
    },
    "zh": {
        "repayment.received": "支付{amount} {currency} {what}",
        "identity.verified": "完成实名认证(等级{level})[,证件有效期至{document_expires_on:day}]",
        "account.unrestricted": "解除限制({state})",
        "account.opened": "重新开立账户",
        "account.updated": "提供信息:{what}",
        "consent.changed": "更改授权({scope})",
        "choice.made": "恢复使用",
        "security.cleared": "解除安全标记({flag})",
        "delinquency.reported": "还清上报机构的欠款,下次上报逾期不超过{months_past_due}个月",
        "score.updated": "{provider}评分达到{value}",
        "income.updated": "证明月收入{monthly} {currency}",
        "obligations.updated": "减少其他负债:{what}",
        "court_record.changed": "履行法院记录{record_id}",
        "spending.recorded": "使用账户消费{amount} {currency}",
    },
}


_FIELDS: Final = {
    "balance": ("欠款余额", "balance"),
    "monthly_payment": ("每月还款", "monthly payment"),
    "lenders": ("授信机构数", "lenders"),
    "total_limit": ("总额度", "total limit"),
    "region": ("所在地区", "region"),
    "born_on": ("出生日期", "born on"),
    "opened_on": ("开立日期", "opened on"),
    "student": ("在校学生", "student"),
}


def _field(name: str, lang: Language) -> str:
    """A field of an event as people call it."""
    return _FIELDS[name][LANGUAGES.index(lang)] if name in _FIELDS else name


def step_text(step: dict[str, Any], lang: Language) -> str:
    """What is to be done in one step."""
    data = step["data"]
    named = [str(data[name]) for name in ("loan_id", "installment") if name in data]
    stated = [f"{_field(name, lang)} {value}" for name, value in data.items() if name != "currency"]
    what = (f"({'/'.join(named)})" if named else "") if step["type"] == "repayment.received" else ", ".join(stated)
    values = {**{name: str(value) for name, value in data.items()}, "what": what}
    return " ".join(fill(_STEPS[lang][step["type"]], lang, values, "").split())


def reason_text(reason: dict[str, Any], lang: Language, version: str) -> str:
    """A reason's sentence in a version's words, filled from its evidence alone."""
    values = values_of(reason["values"], reason["unit"])
    return render(reason["code"], lang, values, missing=UNSAID, version=version)


def path_lines(path: dict[str, Any], lang: Language, reasons: Sequence[dict[str, Any]] = ()) -> Iterator[str]:
    """What opens it: steps with their dates, what follows, and what can't be changed and why; `reasons` as they were
    said, whose values fill what is to be done.
    """
    words = WORDS[lang]
    yield words["open already"] if path["verdict"] == "open" else words[path["verdict"]]
    if path["plan"] is not None:
        yield from _plan_lines(path["plan"], lang)
    if path["no_application_until"] is not None:
        yield f"  {words['no application']} {path['no_application_until']}"
    if path["sooner"] is not None:
        yield words["sooner"]
        yield from _plan_lines(path["sooner"], lang)
    values = {each["code"]: values_of(each["values"], each["unit"]) for each in reasons}
    for way in path["ways"]:
        yield f"  [{way['code']}] {way_text(way, lang, values.get(way['code'], {}))}"


def way_text(way: dict[str, Any], lang: Language, values: Values) -> str:
    """What can be done about one reason."""
    words = WORDS[lang]
    if way["actions"]:
        return f"{words['can do']}: {remedy(way['code'], lang, values)}"
    if way["clears_at"] is not None:
        return f"{words['clears']} {way['clears_at']}"
    if way["why"] == "limited":
        return words["limited why"]
    return unchangeable(way["code"], lang) or words[way["why"]]


def _plan_lines(plan: dict[str, Any], lang: Language) -> Iterator[str]:
    words = WORDS[lang]
    for number, step in enumerate(plan["steps"], 1):
        yield f"  {number}. {step['at']} {step_text(step, lang)}"
    for turn in plan["turns"]:
        yield f"  {words['then on']}: {turn['at']} {words[turn['status']]}"
    if plan["money"].strip("0.") and plan["steps"]:
        yield f"  {words['costs']}: {plan['money']}"


def check_text(check: dict[str, Any], lang: Language) -> str:
    """One check in one line."""
    words = WORDS[lang]
    text = f"{words[check['result']]}: {check['rule'] or check['code']}"
    if "fact" not in check:
        return text
    seen, limit = (value(check[name], check["unit"], lang) for name in ("value", "limit"))
    if REASONS[check["code"]].remedy == _OBSERVATION and check["value"] is None:
        return f"{text} {check['fact']} {words['observed'].format(limit)}"
    return f"{text} {check['fact']} {seen or words['unknown']} ({words['limit']} {limit})"


def besides(document: dict[str, Any], lang: Language) -> Iterator[str]:
    """What a status event doesn't say: a status that waits to be told, and a person's decision to open, with its end
    and reason; any other decision is told as a reason.
    """
    words, waits, decided = WORDS[lang], document["waiting"], document["decided"]
    if waits is not None:
        yield f"{words[waits['status']]} {words['waiting']} {waits['at']}"
    if decided is not None and decided["status"] == "OPEN":
        said = words["decided"] if decided["until"] is None else f"{words['decided until']} {decided['until']}"
        yield f"{said}: {decided['reason']}"


def explanation_lines(document: dict[str, Any], lang: Language) -> Iterator[str]:
    """A whole explanation for a terminal."""
    words, status = WORDS[lang], document["status"]
    word = words[status["status"]]
    yield f"{document['product']}: {word}, {words['since']} {document['since']} ({words['at']} {document['at']}, " + (
        f"{words[document['knowledge']]})"
    )
    yield from (f"  {line}" for line in besides(document, lang))
    for number, reason in enumerate(status["reasons"], 1):
        yield f"  {number}. {reason_text(reason, lang, status['catalogue'])} [{reason['code']}]"
        yield from (f"     {words['disputed']} {day}" for day in answers_due(document["disputes"], reason))
    yield f"{words['path']}:"
    if document["path"] is not None:
        yield from (f"  {line}" for line in path_lines(document["path"], lang, status["reasons"]))
    yield f"{words['checks']}:"
    yield from (f"  {check_text(check, lang)}" for check in document["checks"])
    if document["evidence"]:
        yield f"{words['evidence']}:"
    for each in document["evidence"]:
        event = each["event"]
        content = orjson.dumps(event["data"]).decode()
        yield f"  {each['event_id']}: {where(each)} {each['recorded_at']} {event['type']} {content}"
    yield f"{words['history']}:"
    for each in document["history"]:
        yield f"  {each['at']} {words[each['status']]} {' '.join(each['reasons'])}".rstrip()


def where(record: dict[str, Any]) -> str:
    """A record's place: topic, partition and offset, or file and line."""
    if "file" in record:
        return f"{record['file']}:{record['line']}"
    return f"{record['topic']}/{record['partition']}/{record['offset']}"

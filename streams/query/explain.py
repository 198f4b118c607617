"""Why: status, every check, the records behind each reason, what was said before, and what opens it."""

from __future__ import annotations

from typing import Any

from schemas.instants import instant_text
from streams.core.calendar import END
from streams.core.evaluate import Verdict
from streams.core.path.scene import Scene
from streams.core.path.search import path
from streams.query.checks import checks
from streams.query.disputed import open_disputes
from streams.query.known import Knowledge, Known, place_of
from streams.query.log import Log
from streams.query.opens import path_document
from streams.query.waiting import waiting


def explanation(
    log: Log, found: Known, knowledge: Knowledge, product: str | None, prefix: str, disclosed: bool = False
) -> list[dict[str, Any]]:
    """One document for each product, or for the one that is asked for; `prefix` is that of the topics' names.

    Checks of limited disclosure show no more than their code, unless all is to be `disclosed`, as to an auditor.
    """
    return [
        _of_product(log, found, knowledge, name, picture, prefix, disclosed)
        for name, picture in found.pictures.items()
        if product in (None, name)
    ]


def _of_product(
    log: Log,
    found: Known,
    knowledge: Knowledge,
    product: str,
    picture: dict[str, Any],
    prefix: str,
    disclosed: bool,
) -> dict[str, Any]:
    data = picture["data"]
    scene = Scene(found.own(), product, found.at, found.policies)
    clear = path(found.own(), product, found.at, found.policies)
    judged = scene.judge(scene.state, scene.at)
    home = "CNY" if judged is None else judged[0].program.context.currency
    decided = None if judged is None else judged[1].verdict
    ids = [id_ for reason in data["reasons"] for id_ in reason["evidence"]]
    ids = list(dict.fromkeys(ids if decided is None else [*ids, *decided.evidence]))
    return {
        "account_id": log.account,
        "product": product,
        "at": instant_text(found.at),
        "knowledge": knowledge,
        "since": picture["time"],
        "status": data,
        "waiting": waiting(scene),
        "decided": None if decided is None else _decision(decided),
        "checks": checks(scene, disclosed),
        "disputes": open_disputes(scene),
        "evidence": [
            {"event_id": id_, **place_of(found.records[id_], log, prefix)} for id_ in ids if id_ in found.records
        ],
        "history": [
            {
                "at": each["time"],
                "status": each["data"]["status"],
                "reasons": [reason["code"] for reason in each["data"]["reasons"]],
                "event_id": each["data"]["cause"]["event_id"],
            }
            for each in found.statuses
            if each["subject"] == log.account and each["data"]["product"] == product
        ],
        "path": None if clear is None else path_document(clear, home),
    }


def _decision(decided: Verdict) -> dict[str, Any]:
    """What a person decided that holds now, until when (null: without an end), and the reason given."""
    until = None if decided.until >= END else instant_text(decided.until)
    return {"rule": decided.rule, "status": decided.status, "until": until, "reason": decided.reason}


def differences(one: Known, other: Known) -> list[str]:
    """Products whose status or reasons differ between two ways of knowing."""
    return [name for name, each in one.pictures.items() if _gist(each) != _gist(other.pictures.get(name))]


def _gist(picture: dict[str, Any] | None) -> Any:
    if picture is None:
        return None
    status = picture["data"]
    return status["status"], [(each["code"], each["observed"], each["limit"]) for each in status["reasons"]]

"""W1 as one would write it in Faust: an agent, a table, one event at a time.

Settings by environment: W1_BROKER, W1_TOPIC, W1_EVENTS, W1_GUARANTEE, W1_COMMIT_S, W1_FOLDER. Prints one JSON line when
so many events are processed. The bench holds this file's hash: it is not tuned against.
"""

import json
import os
import sys
import time
from datetime import date, datetime
from typing import Any

import faust

TOPIC = os.environ["W1_TOPIC"]
EVENTS = int(os.environ["W1_EVENTS"])
DAY = 86_400

app = faust.App(
    f"{TOPIC}-app",
    broker=f"kafka://{os.environ['W1_BROKER']}",
    store="memory://",
    datadir=os.environ["W1_FOLDER"],
    processing_guarantee=os.environ["W1_GUARANTEE"],
    topic_partitions=4,
    broker_commit_interval=float(os.environ["W1_COMMIT_S"]),
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    topic_disable_leader=True,
)
events = app.topic(TOPIC, key_type=str, key_serializer="raw", value_serializer="json")
statuses = app.topic(f"{TOPIC}-status", key_type=str, key_serializer="raw", value_serializer="json")
accounts = app.Table(f"{TOPIC}-accounts", key_type=str, value_type=dict, partitions=4)
seen = {"events": 0, "began": 0.0, "cpu": 0.0}


def fresh() -> dict[str, Any]:
    return {"open": {}, "hard": [], "level": 0, "expires": None, "status": None, "reasons": [], "sequence": 0}


def fold(account: dict[str, Any], event: dict[str, Any], now: int) -> None:
    kind = event["type"]
    if kind in ("repayment.due", "repayment.received"):
        key = f"{event['loan_id']}:{event['installment']}"
        if kind == "repayment.due":
            account["open"][key] = [event["due_on"], event["amount"]]
        elif key in account["open"]:
            account["open"][key][1] -= event["amount"]
            if account["open"][key][1] <= 0:
                del account["open"][key]
    elif kind == "inquiry.recorded" and event["kind"] == "hard":
        account["hard"].append(now)
    elif kind == "identity.verified":
        account["level"], account["expires"] = event["level"], event["document_expires_on"]


def judge(account: dict[str, Any], at: datetime, now: int) -> list[str]:
    account["hard"] = [each for each in account["hard"] if each > now - 180 * DAY]
    recent = sum(each > now - 30 * DAY for each in account["hard"])
    today = at.date()
    worst = max(((today - date.fromisoformat(due_on)).days for due_on, _ in account["open"].values()), default=0)
    reasons = []
    if worst >= 30:
        reasons.append("OVERDUE_30")
    elif worst >= 1:
        reasons.append("OVERDUE")
    if recent > 3:
        reasons.append("INQUIRIES_30D")
    if len(account["hard"]) > 8:
        reasons.append("INQUIRIES_180D")
    if account["level"] < 2:
        reasons.append("IDENTITY_UNVERIFIED")
    elif account["expires"] < today.isoformat():
        reasons.append("IDENTITY_EXPIRED")
    return reasons


@app.agent(events)
async def eligibility(stream: Any) -> None:
    async for event in stream:
        if not seen["events"]:
            seen["began"], seen["cpu"] = time.time(), time.process_time()
        key = event["account_id"]
        account = accounts.get(key) or fresh()
        at = datetime.fromisoformat(event["occurred_at"])
        now = int(at.timestamp())
        fold(account, event, now)
        reasons = judge(account, at, now)
        light = {"OVERDUE", "INQUIRIES_30D"}
        status = "eligible" if not reasons else "restricted" if light.issuperset(reasons) else "ineligible"
        if (status, reasons) != (account["status"], account["reasons"]):
            account["sequence"] += 1
            change = {
                "account_id": key,
                "sequence": account["sequence"],
                "status": status,
                "previous": account["status"],
                "reasons": reasons,
                "as_of": event["occurred_at"],
                "event_id": event["id"],
            }
            account["status"], account["reasons"] = status, reasons
            await statuses.send(key=key, value=change)
        accounts[key] = account
        seen["events"] += 1
        if seen["events"] == EVENTS:
            seconds, cpu = time.time() - seen["began"], time.process_time() - seen["cpu"]
            sys.stdout.write(json.dumps({"events": EVENTS, "seconds": seconds, "cpu": cpu}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    sys.argv = ["faust", "worker", "-l", "warn", "--without-web"]
    app.main()

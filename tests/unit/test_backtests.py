"""The card data's policies refuse exactly the accounts that the reference values name, each for one reason."""

import hashlib
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.instants import parse_instant
from schemas.policy import load_policy
from streams import local
from streams.audit.replay import Line, Replay
from streams.files import numbered_lines

LOCAL = Path(local.__file__).parent
CARDS = LOCAL / "data/taiwan_1000.ndjson.gz"
REFERENCE = json.loads((Path(__file__).parents[1] / "golden/taiwan/reference_taiwan_1000.json").read_text("utf-8"))
END = parse_instant("2005-10-01T00:00:00Z")

BACKTESTS = [
    ("taiwan-two-months-late", "refuse if months_past_due >= 2 in 2005-09", "REP-07"),
    ("taiwan-one-month-late", "refuse if months_past_due >= 1 in 2005-09", "REP-07"),
    ("taiwan-two-months-late-in-quarter", "refuse if any months_past_due >= 2 in 2005-07..2005-09", "REP-07"),
    ("taiwan-three-missed", "refuse if >= 3 missed months in 2005-04..2005-09", "REP-03"),
    ("taiwan-no-repayment", "refuse if no repayment received in 2005-07..2005-09", "REP-08"),
]


def last_statuses(policy: str) -> dict[str, dict[str, Any]]:
    lines = (Line(CARDS.name, number, line) for number, line in numbered_lines(CARDS))
    document = load_policy((LOCAL / "policies" / f"{policy}.yaml").read_bytes())
    found = {}
    for value in Replay().run(lines, document, END):
        data = orjson.loads(value)["data"]
        found[data["account_id"]] = data
    return found


@pytest.mark.parametrize(("policy", "name", "code"), BACKTESTS, ids=[each[0] for each in BACKTESTS])
def test_a_backtest_refuses_exactly_the_named_accounts(policy: str, name: str, code: str) -> None:
    expected = REFERENCE["policies"][name]
    last = last_statuses(policy)
    refused = sorted(account for account, data in last.items() if data["status"] != "OPEN")
    assert len(last) == REFERENCE["overall"]["accounts"]
    assert len(refused) == expected["refused"]["accounts"]
    assert hashlib.sha256("\n".join(refused).encode()).hexdigest() == expected["refused_ids_sha256"]
    assert {tuple(reason["code"] for reason in last[account]["reasons"]) for account in refused} == {(code,)}


def test_every_backtest_of_the_reference_has_its_policy() -> None:
    assert {name for _, name, _ in BACKTESTS} == REFERENCE["policies"].keys()


def test_the_policies_list_no_account() -> None:
    for policy, _, _ in BACKTESTS:
        assert "tw-" not in (LOCAL / "policies" / f"{policy}.yaml").read_text("utf-8")

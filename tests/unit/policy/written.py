"""Small policies, written as YAML, and what the check says of them in one line each."""

from __future__ import annotations

from typing import Any

import yaml

from schemas.policy import parse_policy
from streams.core.policy.check import check_policy

Document = dict[str, Any]

AT = "products.loan.rules[0]"
"""Where the first rule of `policy` stands."""

OVERDUE = "id: overdue, fact: repayment.days_past_due, at_most: 0, else: NOT_OPEN, reason: REP-01"


def read(text: str) -> Document:
    """A flow mapping without its braces; dates and the like stay texts."""
    document: Document = yaml.load("{" + text + "}", Loader=_Texts)  # noqa: S506  a safe loader with fewer types
    return document


class _Texts(yaml.SafeLoader):
    """Without dates: what looks like one is text, as in policies (YAML 1.2)."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def policy(*rules: str, **more: Any) -> Document:
    """A policy of one product `loan`, in force from 2026 on, with these rules."""
    product = {"name": {"zh": "借", "en": "Loan"}, "provider": "bank", "rules": [read(rule) for rule in rules]}
    base = {
        "policy": "test",
        "version": 7,
        "effective_from": "2026-01-01T00:00:00+08:00",
        "products": {"loan": product},
    }
    return base | more


def said(document: Document, former: Document | None = None) -> list[str]:
    """What the check says, one line a problem."""
    before = None if former is None else parse_policy(former)
    return [str(problem) for problem in check_policy(parse_policy(document), before)]

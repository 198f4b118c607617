"""`eligibility policy` as a user calls it: what is wrong line by line, what a policy says in words."""

import hashlib
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest

from schemas.policy import load_policy
from streams.cli.policy_words import paragraphs
from tests.unit.cli.calls import Called, call

POLICIES = Path(__file__).parents[3] / "streams" / "local" / "policies"
SOUND = """
policy: my-credit
version: 3
effective_from: 2026-01-01T00:00:00+08:00
segments:
  - name: loyal
    when: [{fact: account.age_days, at_least: 730}, {fact: repayment.late_count, window: 1m, at_most: 0}]
reviews: {every: 1m, day: 6}
products:
  loan:
    name: {zh: 借, en: Loan}
    provider: bank
    terms: {LIMITED: {new_draws: true, max_amount: "500.00"}}
    rules:
      - id: overdue
        fact: repayment.days_past_due
        at_most: 0
        for: {loyal: {at_most: 3}}
        else: NOT_OPEN
        reason: REP-01
        observe: {days: 30, else: LIMITED, reason: REP-04}
        source: clause 4.2
      - id: score
        fact: score.value
        provider: zhima
        at_least: 600
        reopen_at_least: 605
        else: NOT_OPEN
        reason: SCO-01
        unknown: UNDER_REVIEW
        unknown_reason: SCO-02
        superseded_by: [overdue]
      - id: income
        any: [{fact: income.verified, is: true}, {fact: account.region, none_of: [CN-54, CN-65]}]
        from: 2026-03-01
        to: 2027-01-01
        else: LIMITED
        reason: CAP-02
"""
SCORE_LOW = "Your credit score is {score}; this product needs {limit}. What weighed most: {factors}"
SCORE_REMEDY = (
    "Pay on time and use less of your limits, beginning with what is named above"
    " / 按时还款、降低已用额度,从上面的因素做起"
)
IN_WORDS = """\
my-credit version 3 (internal)
digest    {digest}
from      2025-12-31T16:00:00Z
zone      Asia/Shanghai; past due from 00:00 of the day after
currency  CNY
reviews   every 1 month, on day 6
segments  loyal: account.age_days at least 730 and repayment.late_count (last 1 month) at most 0

loan: Loan / 借, by bank, adds no inquiry
  OPEN          new draws
  LIMITED       new draws up to 500.00 CNY
  NOT_OPEN      no new draws
  UNDER_REVIEW  no new draws
  overdue
    holds     repayment.days_past_due at most 0
    segments  loyal: at most 3
    else      NOT_OPEN      REP-01  {{amount}} is overdue; the oldest payment is {{dpd}} days late
                                    还有{{amount}}逾期待还,最早一笔已逾期{{dpd}}天
    unknown   passes
    after     30 days  LIMITED       REP-04  After an overdue payment there is an observation period until {{date}}
                                             逾期之后有一段观察期,到{{date}}为止
    opens     the customer can: Pay what is overdue / 还清逾期款项
    source    clause 4.2
  score
    holds     score.value (provider zhima) at least 600
    else      NOT_OPEN      SCO-01  {score_low}
                                    您的信用分是{{score}},该产品需要达到{{limit}};影响最大的因素:{{factors}}
    reopens   at least 605
    unknown   UNDER_REVIEW  SCO-02  We do not have a credit score of yours yet that can be used
                                    我们还没有您的可用信用分
    opens     the customer can: {score_remedy}
    silent    while overdue fails
  income
    holds     any of  income.verified is true
                      account.region none of CN-54, CN-65
    else      LIMITED       CAP-02  Your income is not confirmed yet, or below what this product needs
                                    您的收入还没有得到核实,或低于该产品的要求
    unknown   passes
    opens     the customer can: Send proof of your income / 提交收入证明
    dates     from 2026-03-01 on until before 2027-01-01
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(SOUND, encoding="utf-8")
    return path


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._with = capsys, monkeypatch

    def __call__(self, *arguments: object) -> Called:
        return call(*self._with, "policy", *arguments)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(capsys, monkeypatch)


def test_a_sound_policy_is_told_with_its_digest(run: Run, file: Path) -> None:
    digest = load_policy(SOUND).digest
    assert run("check", file) == Called(
        0, f"{file}: my-credit version 3 is sound: products: 1, rules: 3\n{digest}\n", ""
    )
    told = orjson.loads(run("check", file, "--json").out)
    assert told == {"ok": True, "policy": "my-credit", "version": 3, "digest": digest, "problems": []}


def test_every_problem_is_one_line_with_its_place(run: Run, file: Path) -> None:
    file.write_text(SOUND.replace("at_least: 600", "at_least: 700").replace("reason: REP-01", "reason: REP-02"))
    place = "products.loan.rules"
    lines = [
        f"{place}[0].reason: got REP-02 on repayment.days_past_due, expected a reason that repayment.days_past_due can "
        "fill: only repayment.worst_days_past_due can fill {dpd} and {m} of REP-02, for example REP-01",
        f"{place}[1].reopen_at_least: got 605, looser than at_least: 700, expected a limit as strict as the plain one "
        "or stricter: a rule that failed holds again only from there, for example 700",
    ]
    assert run("check", file) == Called(1, "".join(f"{file}: {line}\n" for line in lines), "")
    told = orjson.loads(run("check", file, "--json").out)
    assert told["ok"] is False
    assert [problem["place"] for problem in told["problems"]] == [f"{place}[0].reason", f"{place}[1].reopen_at_least"]


def test_a_malformed_policy_tells_all_its_places_too(run: Run, file: Path) -> None:
    file.write_text(SOUND.replace("provider: bank", "provider: Bank!").replace("at_least: 600", "at_lest: 600"))
    done = run("check", file)
    assert done.code == 1
    assert [line.removeprefix(f"{file}: ").partition(":")[0] for line in done.out.splitlines()] == [
        "products.loan.provider",
        "products.loan.rules[1].at_lest",
    ]
    shown = run("show", file)
    assert (shown.code, shown.out) == (1, "")
    assert shown.err.startswith(f"eligibility: {file}: products.loan.provider: got ")


def test_a_product_may_not_vanish_from_the_former_version(run: Run, file: Path) -> None:
    done = run("check", file, "--former", POLICIES / "w1.yaml")
    assert done.code == 1
    assert done.out.startswith(f'{file}: products.w1: got nothing, where version 1 of "w1" has it, expected ')
    assert run("check", file, "--former", file).code == 0


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_delivered_policies_pass_and_are_shown(run: Run, path: Path) -> None:
    assert run("check", path).code == 0
    shown = run("show", path)
    assert shown.code == 0
    assert load_policy(path.read_bytes()).digest in shown.out
    assert "\x1b" not in shown.out, "no colours in a pipe"


@pytest.mark.parametrize("arguments", [("check", "none.yaml"), ("show", "none.yaml"), ("check",), ("show", "-x")])
def test_a_file_that_cannot_be_read_is_a_wrong_call(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


def test_an_unknown_language_is_a_wrong_call(run: Run, file: Path) -> None:
    assert run("show", file, "--lang", "fr") == Called(2, "", "eligibility: --lang fr: wanted en, zh or both\n")


def test_a_policy_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SOUND.encode())))
    assert run("check", "-").out.startswith("-: my-credit version 3 is sound")


def test_a_policy_is_shown_in_words(run: Run, file: Path) -> None:
    assert run("show", file).out == IN_WORDS.format(
        digest=load_policy(SOUND).digest, score_low=SCORE_LOW, score_remedy=SCORE_REMEDY
    )


def test_how_quiet_a_policy_is_and_what_is_near_are_shown(run: Run, file: Path) -> None:
    quiet = "quiet: {per_day: 12, dwell_minutes: 10}\nnear_percent: 20\nproducts:"
    file.write_text(SOUND.replace("\nproducts:", f"\n{quiet}", 1), encoding="utf-8")
    lines = run("show", file).out.splitlines()
    told = "at most 12 status events within 24 hours; a worse status never waits, a better one 10 minutes"
    assert f"quiet     {told}" in lines
    assert "near      within 20 % of a limit" in lines


def test_a_policy_is_shown_in_one_language(run: Run, file: Path) -> None:
    chinese = run("show", file, "--lang", "zh").out
    assert "loan: 借, by bank" in chinese
    assert "REP-01  还有{amount}逾期待还,最早一笔已逾期{dpd}天\n" in chinese
    assert "overdue by" not in chinese


def test_a_withdrawn_product_is_shown_as_such() -> None:
    policy = load_policy(SOUND.replace("provider: bank", "provider: bank\n    withdrawn: true\n    adds_inquiry: true"))
    assert "loan: Loan, by bank, adds an inquiry, WITHDRAWN" in list(paragraphs(policy, ["en"]))


def test_the_canonical_form_has_the_digest(run: Run, file: Path) -> None:
    shown = run("show", file, "--canonical").out
    assert f"sha256:{hashlib.sha256(shown.encode()).hexdigest()}" == load_policy(SOUND).digest
    told = orjson.loads(run("show", file, "--json").out)
    assert told["digest"] == load_policy(SOUND).digest
    assert load_policy(orjson.dumps(told["document"])).digest == told["digest"]

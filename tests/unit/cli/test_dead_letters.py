"""`dead-letters` called wrongly: one message, before any broker is asked."""

import pytest

from tests.unit.cli.calls import call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show",), "which one? eligibility dead-letters show PARTITION/OFFSET"),
        (("show", "17"), "17: wanted PARTITION/OFFSET of a dead letter, such as 0/17"),
        (("resend",), "choose what to resend: places, or filters such as --code, or --all"),
        (("resend", "0/1", "--all"), "choose what to resend: places, or filters such as --code, or --all"),
        (("resend", "0/x"), "0/x: wanted PARTITION/OFFSET of a dead letter, such as 0/17"),
    ],
)
def test_a_wrong_choice_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    called = call(capsys, monkeypatch, "dead-letters", *arguments)
    assert (called.code, called.out, called.err) == (2, "", f"eligibility: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--code", "bad"), "--code bad: the codes are invalid_json, "),
        (("--since", "yesterday"), "--since yesterday: wanted an instant such as 2026-01-05T08:00:00Z"),
        (("--until", "5"), "--until 5: wanted an instant such as 2026-01-05T08:00:00Z"),
    ],
)
def test_a_wrong_filter_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    called = call(capsys, monkeypatch, "dead-letters", "list", *arguments)
    assert called.code == 2
    assert called.err.startswith(f"eligibility: {message}")


@pytest.mark.parametrize("arguments", [("list",), ("show", "0/1"), ("resend", "--all"), ("resend", "0/1")])
def test_without_brokers_that_answer_it_is_not_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    called = call(capsys, monkeypatch, "dead-letters", *arguments)
    assert (called.code, called.out) == (4, "")
    assert called.err.startswith("eligibility: brokers 127.0.0.1:1: ")

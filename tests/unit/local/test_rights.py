"""Rights of roles as calls of Kafka's own tool."""

import shlex

import pytest

from schemas.topics import TOPICS
from streams.local.rights import ROLES, commands, rights
from streams.settings import Settings
from tests.unit.cli.calls import call


def test_a_right_is_one_call_of_kafka_acls() -> None:
    lines = list(commands(rights("subscriber", Settings()), "User:ann's", "kafka-1:9093"))
    assert lines[0] == (
        "kafka-acls --bootstrap-server kafka-1:9093 --add --allow-principal 'User:ann'\"'\"'s' "
        "--operation Read --topic eligibility.status"
    )
    assert shlex.split(lines[-1])[-4:] == ["--group", "eligibility-subscriber", "--resource-pattern-type", "prefixed"]


@pytest.mark.parametrize("role", ["worker", "operator"])
def test_without_a_prefix_the_catalogues_topics_are_named_one_by_one(role: str) -> None:
    rows = rights(role, Settings(topic_prefix=""))  # type: ignore[arg-type]
    assert all(row.name for row in rows)
    assert {row.name for row in rows if "DescribeConfigs" in row.operations} >= set(TOPICS)


def test_the_verb_prints_the_calls_and_refuses_unknown_roles(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ROLES:
        done = call(capsys, monkeypatch, "topics", "acls", role, "--principal", "User:x")
        assert done.out.startswith("kafka-acls --bootstrap-server ")
    done = call(capsys, monkeypatch, "topics", "acls", "boss", "--principal", "User:x")
    assert done.code == 2
    assert "boss" in done.err

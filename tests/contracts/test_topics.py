"""The catalogue of topics is the contract's table, in its order."""

from schemas.topics import BROADCAST, FOREVER, SOURCE_ORDER, TOPICS, changelog_name


def test_the_order_of_sources_is_the_contracts() -> None:
    assert SOURCE_ORDER == (
        "repayments", "inquiries", "identity", "accounts", "finances", "reviews", "operations", "policies",
    )  # fmt: skip
    assert {"operations", "policies"} == BROADCAST
    assert list(TOPICS)[8:] == [
        "status", "current", "availability", "dead-letters", "ledger", "shadow", "feedback", "access", "notices",
        "corrections", "preferences",
    ]  # fmt: skip
    assert [topic.order for topic in TOPICS.values()] == list(range(19))


def test_only_pictures_are_compacted_and_only_shadows_are_forgotten() -> None:
    assert {name for name, topic in TOPICS.items() if topic.cleanup == "compact"} == {
        "current", "availability", "preferences",
    }  # fmt: skip
    assert {name for name, topic in TOPICS.items() if topic.retention_ms != FOREVER} == {"shadow"}
    assert {name for name, topic in TOPICS.items() if topic.any_timestamp_type} == {"ledger"}
    assert {name for name, topic in TOPICS.items() if topic.partitions == "1"} == BROADCAST | {"availability"}


def test_names_in_kafka() -> None:
    assert TOPICS["dead-letters"].full_name() == "eligibility.dead-letters"
    assert TOPICS["status"].full_name("bank.") == "bank.status"
    assert changelog_name("eligibility") == "eligibility-accounts-changelog"

"""The topics that the settings ask for, compared with what is there."""

import dataclasses

from schemas.topics import TOPICS
from streams.local.topics import Found, Wanted, differences, wanted_topics
from streams.settings import Settings


def _found(topic: Wanted) -> Found:
    return Found(topic.name, topic.partitions, topic.configs)


def test_every_topic_of_the_catalogue_is_wanted_and_the_changelog() -> None:
    wanted = wanted_topics(Settings(topic_prefix="x.", application_id="app", partitions=6))
    assert [topic.name for topic in wanted] == [*(f"x.{name}" for name in TOPICS), "app-accounts-changelog"]
    by_name = {topic.name: topic for topic in wanted}
    assert by_name["x.repayments"].checked["retention.ms"] == "-1"
    assert by_name["x.operations"].partitions == 1
    assert by_name["x.current"].checked["cleanup.policy"] == "compact"
    assert "message.timestamp.type" not in by_name["x.ledger"].checked
    assert by_name["app-accounts-changelog"].partitions == 6


def test_three_replicas_ask_for_two_in_sync() -> None:
    assert wanted_topics(Settings(replication_factor=3))[0].configs["min.insync.replicas"] == "2"
    assert "min.insync.replicas" not in wanted_topics(Settings(replication_factor=1))[0].configs


def test_old_timestamps_of_a_history_begin_no_new_files_but_what_is_deleted_or_compacted_closes_its_files() -> None:
    configs = {topic.name: topic.configs for topic in wanted_topics(Settings(topic_prefix="", application_id="app"))}
    century = str(100 * 365 * 86_400_000)
    assert {name for name, each in configs.items() if each.get("segment.ms") != century} == {"shadow"}
    compacted = {name for name, each in configs.items() if "segment.bytes" in each}
    assert compacted == {"current", "availability", "preferences", "app-accounts-changelog"}


def test_topics_as_wanted_have_no_differences() -> None:
    wanted = wanted_topics(Settings())
    assert not list(differences(wanted, {topic.name: _found(topic) for topic in wanted}))


def test_each_difference_names_topic_setting_found_and_wanted() -> None:
    topic = wanted_topics(Settings())[0]
    present = dataclasses.replace(_found(topic), partitions=7, configs={**topic.configs, "cleanup.policy": "compact"})
    partitions, cleanup = differences([topic], {topic.name: present})
    assert str(partitions).startswith("eligibility.repayments: partitions is 7, wanted 4 (")
    assert str(cleanup).startswith("eligibility.repayments: cleanup.policy is compact, wanted delete (")

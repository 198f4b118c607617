"""Kafka's jars: the tested ones or none."""

from pathlib import Path

import pytest

from streams.local import jars
from streams.local.errors import LocalKafkaError


def test_the_lock_names_the_brokers_jar_of_the_version() -> None:
    locked = jars.locked()
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in locked
    assert all(len(digest) == 64 for digest in locked.values())


def test_a_jar_that_is_not_the_tested_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "kafka.jar"
    jar.write_bytes(b"not Kafka")
    (expected,) = jars.digests((jar,)).values()
    monkeypatch.setattr(jars, "locked", lambda: {"kafka.jar": expected})
    jars.check((jar,))
    jar.write_bytes(b"tampered")
    with pytest.raises(LocalKafkaError, match=rf"kafka\.jar: SHA-256 [0-9a-f]+, expected {expected}"):
        jars.check((jar,))


def test_a_missing_jar_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "locked", lambda: {"kafka.jar": "0" * 64})
    with pytest.raises(LocalKafkaError, match=r"kafka\.jar: SHA-256 missing"):
        jars.check(())

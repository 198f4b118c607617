"""Settings: read from the environment, secrets from files, wrong and unknown names told."""

from pathlib import Path

import pytest

from streams.security import client_options, security_protocol
from streams.settings import KafkaSettings, Settings, SettingsError, core_settings, load, variables


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*variables(), "ELIGIBILITY_SECRETS_DIR"]:
        monkeypatch.delenv(name, raising=False)


def test_a_nested_variable_reaches_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", "kafka-1:9092,kafka-2:9092")
    monkeypatch.setenv("ELIGIBILITY_PARTITIONS", "12")
    settings = load()
    assert settings.kafka.bootstrap_servers == "kafka-1:9092,kafka-2:9092"
    assert settings.partitions == 12


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ELIGIBILITY_PARTITION", "ELIGIBILITY_PARTITIONS"),
        ("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVER", "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS"),
        ("eligibility_topics_prefix", "ELIGIBILITY_TOPIC_PREFIX"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_nearest_known(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError, match=f"{name}: no such setting; the nearest is {nearest} "):
        load()


def test_every_wrong_variable_is_told_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELIGIBILITY_PARTITIONS", "many")
    monkeypatch.setenv("ELIGIBILITY_LANE__BLOCK_RECORDS", "0")
    with pytest.raises(SettingsError) as error:
        load()
    first, second = sorted(str(error.value).splitlines())
    assert first.startswith("ELIGIBILITY_LANE__BLOCK_RECORDS: ")
    assert first.endswith("came '0'")
    assert second.startswith("ELIGIBILITY_PARTITIONS: ")
    assert second.endswith("came 'many'")


def test_a_secret_may_be_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "eligibility_kafka__sasl_password").write_text("opensesame\n")
    monkeypatch.setenv("ELIGIBILITY_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ELIGIBILITY_KAFKA__SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("ELIGIBILITY_KAFKA__SASL_USERNAME", "lane")
    settings = load()
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "opensesame"
    assert "opensesame" not in repr(settings)
    assert "opensesame" not in str(settings.model_dump(mode="json"))


def test_secrets_may_lie_as_kubernetes_mounts_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = tmp_path / "..2026_11_24"
    version.mkdir()
    (version / "eligibility_kafka__sasl_password").write_text("opensesame")
    (tmp_path / "..data").symlink_to(version.name)
    (tmp_path / "eligibility_kafka__sasl_password").symlink_to("..data/eligibility_kafka__sasl_password")
    monkeypatch.setenv("ELIGIBILITY_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ELIGIBILITY_KAFKA__SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("ELIGIBILITY_KAFKA__SASL_USERNAME", "lane")
    password = load().kafka.sasl_password
    assert password is not None
    assert password.get_secret_value() == "opensesame"


def test_a_missing_directory_of_secrets_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ELIGIBILITY_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="nowhere is not a directory"):
        load()


@pytest.mark.parametrize(
    ("variables_set", "message"),
    [
        ({"ELIGIBILITY_LANE__BLOCK_DEADLINE_S": "60"}, "block_deadline_s 60.0 has to be less than rebalance_timeout_s"),
        ({"ELIGIBILITY_HEARTBEAT_S": "5"}, "less than three times heartbeat_s"),
        ({"ELIGIBILITY_KAFKA__SASL_MECHANISM": "PLAIN"}, "ELIGIBILITY_KAFKA: sasl_mechanism PLAIN needs"),
        ({"ELIGIBILITY_KAFKA__SSL_CERTFILE": "c.pem"}, "belong together"),
        ({"ELIGIBILITY_KAFKA__SASL_MECHANISM": "OAUTHBEARER"}, "OAUTHBEARER needs oauth_token_file, or else"),
        ({"ELIGIBILITY_KAFKA__OAUTH_TOKEN_URL": "http://sso.example.org/"}, "ELIGIBILITY_KAFKA__OAUTH_TOKEN_URL"),
        ({"ELIGIBILITY_MONITOR_ADDRESS": "9464"}, "ELIGIBILITY_MONITOR_ADDRESS"),
        ({"ELIGIBILITY_LOG_FORMAT": "xml"}, "ELIGIBILITY_LOG_FORMAT"),
        ({"ELIGIBILITY_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}, "needs sasl_mechanism"),
        ({"ELIGIBILITY_TOPIC_PREFIX": "a/b"}, "ELIGIBILITY_TOPIC_PREFIX"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables_set: dict[str, str], message: str
) -> None:
    for name, value in variables_set.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message):
        load()


def test_what_matters_to_the_outcome_is_handed_to_the_core() -> None:
    core = core_settings(Settings(grace_ms=1, future_ms=2, evaluations_per_block=3, activation_delay_ms=4))
    assert core.as_dict() == {"grace_ms": 1, "future_ms": 2, "evaluations_per_block": 3, "activation_delay_ms": 4}


def test_events_may_come_unsigned_only_on_this_machine_or_with_leave() -> None:
    here, there = KafkaSettings(), KafkaSettings(bootstrap_servers="127.0.0.1:9092,kafka.example:9092")
    key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert core_settings(Settings(kafka=here)).trust_root == ""
    assert core_settings(Settings(kafka=there, allow_unsigned=True)).trust_root == ""
    assert core_settings(Settings(kafka=here, trust_root=key, allow_unsigned=True)).trust_root == key
    for settings in (Settings(kafka=there), Settings(kafka=here, allow_unsigned=False)):
        with pytest.raises(SettingsError, match="TRUST_ROOT"):
            core_settings(settings)


@pytest.mark.parametrize(
    ("servers", "mechanism", "protocol"),
    [
        ("127.0.0.1:9092", None, "PLAINTEXT"),
        ("localhost:9092,[::1]:9093", None, "PLAINTEXT"),
        ("localhost:9092", "PLAIN", "SASL_PLAINTEXT"),
        ("kafka.example:9092", None, "SSL"),
        ("kafka.example:9092", "SCRAM-SHA-512", "SASL_SSL"),
        ("127.0.0.1:9092,10.0.0.1:9092", None, "SSL"),
    ],
)
def test_connections_to_other_machines_are_encrypted_by_default(
    servers: str, mechanism: str | None, protocol: str
) -> None:
    credentials = {"sasl_mechanism": mechanism, "sasl_username": "u", "sasl_password": "p"} if mechanism else {}
    kafka = KafkaSettings.model_validate({"bootstrap_servers": servers, **credentials})
    assert security_protocol(kafka) == protocol


def test_plain_text_to_another_machine_needs_leave() -> None:
    kafka = KafkaSettings(bootstrap_servers="kafka.example:9092", security_protocol="PLAINTEXT")
    with pytest.raises(SettingsError, match="ALLOW_PLAINTEXT"):
        security_protocol(kafka)
    assert security_protocol(kafka.model_copy(update={"allow_plaintext": True})) == "PLAINTEXT"


def test_a_client_gets_credentials_and_a_context() -> None:
    kafka = KafkaSettings.model_validate(
        {
            "bootstrap_servers": "kafka.example:9092",
            "sasl_mechanism": "SCRAM-SHA-256",
            "sasl_username": "lane",
            "sasl_password": "opensesame",
        }
    )
    options = client_options(kafka)
    assert options.pop("ssl_context").check_hostname
    assert options == {
        "bootstrap_servers": "kafka.example:9092",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "lane",
        "sasl_plain_password": "opensesame",
    }


def test_a_missing_certificate_is_told(tmp_path: Path) -> None:
    kafka = KafkaSettings(bootstrap_servers="kafka.example:9092", ssl_cafile=tmp_path / "ca.pem")
    with pytest.raises(SettingsError, match="SSL_"):
        client_options(kafka)


def test_without_brokers_there_is_no_client() -> None:
    with pytest.raises(SettingsError, match="BOOTSTRAP_SERVERS"):
        client_options(KafkaSettings())

"""The settings of a command, with brokers in them: those that are set, else the local Kafka of this directory."""

from typing import TYPE_CHECKING

from streams.cli.console import CommandError, Exit, told
from streams.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from streams.local.kafka import LocalKafka


def settings() -> Settings:
    """The settings of the environment; a wrong one is a usage error."""
    with told(SettingsError, code=Exit.USAGE):
        return load()


def local_kafka(current: Settings, port: int = 0) -> "LocalKafka":
    """The local Kafka of this directory, running or not."""
    from streams.local.kafka import LocalKafka

    return LocalKafka(current.data_dir / "kafka", port)


def with_brokers(current: Settings, bootstrap: str) -> Settings:
    """The same settings with these brokers."""
    return current.model_copy(update={"kafka": current.kafka.model_copy(update={"bootstrap_servers": bootstrap})})


def connected() -> Settings:
    """Settings with `kafka.bootstrap_servers` filled in; not ready (4) when there are no brokers at all."""
    from streams.security import security_protocol

    current = settings()
    if current.kafka.bootstrap_servers is None:
        broker = local_kafka(current)
        if broker.pid is None:
            raise CommandError(
                "no brokers: start the local ones with `eligibility kafka start`, or set "
                "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS=host:port",
                Exit.NOT_READY,
            )
        current = with_brokers(current, broker.bootstrap)
    with told(SettingsError, code=Exit.USAGE):
        security_protocol(current.kafka)
    return current

"""Server settings of the one-node broker: small, quick to start, nothing deleted by age."""

from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"


def server_properties(logs: Path, port: int, controller_port: int, overrides: Mapping[str, str]) -> str:
    """The text of server.properties; `overrides` win over what is set here."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(logs),
        "auto.create.topics.enable": "false",
        # Sources and ledger are kept for ever; each topic says so itself too (contracts.md).
        "log.retention.ms": "-1",
        # One node: whatever Kafka wants three of by default.
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        # 50 partitions each by default, of which every one is a directory to open at start.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        # After a crash the controller waits this long (default 9 s) before the broker may register again.
        "broker.session.timeout.ms": "6000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": str(16 << 20),
    }
    return "".join(f"{name}={value}\n" for name, value in {**settings, **overrides}.items())

"""Errors of the local broker, told in one line that says what to do."""


class LocalKafkaError(Exception):
    """The local Kafka cannot be found, started, reached or stopped."""

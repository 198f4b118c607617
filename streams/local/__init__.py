"""What runs on one machine: Apache Kafka from pip, topics, the feed of the demonstration."""

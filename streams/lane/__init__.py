"""One partition's life: fence, restore, merge, block, transaction. Knows Kafka, not Faust."""

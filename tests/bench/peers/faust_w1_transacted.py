"""faust_w1.py with its statuses inside Faust's transactions, where exactly once needs them.

Faust 0.15.3 chooses a record's transaction by the partitions that its consumer knows of the record's topic
(`TransactionManager.send`); of a topic that is only written the consumer knows none, so that with
`processing_guarantee="exactly_once"` the statuses go out by the plain producer, outside every transaction. Here they
take the transaction of the event that they follow from: what its user would have to write. Settings as faust_w1.py's.
"""

import sys
from typing import Any

from faust import current_event
from faust.transport.consumer import TransactionManager

from tests.bench.peers import faust_w1

STATUSES = f"{faust_w1.TOPIC}-status"
send_by_topic = TransactionManager.send


async def send(
    self: Any,
    topic: str,
    key: Any,
    value: Any,
    partition: Any,
    timestamp: Any,
    headers: Any,
    *,
    transactional_id: str | None = None,
) -> Any:
    event = current_event()
    if topic != STATUSES or event is None:
        return await send_by_topic(self, topic, key, value, partition, timestamp, headers)
    source = event.message.tp
    transaction = f"{self.app.conf.id}-{self.app.assignor.group_for_topic(source.topic)}-{source.partition}"
    return await self.producer.send(
        topic, key, value, source.partition, timestamp, headers, transactional_id=transaction
    )


TransactionManager.send = send  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.argv = ["faust", "worker", "-l", "warn", "--without-web"]
    faust_w1.app.main()

"""The figures of certificates: looked at when the worker starts, and then once an hour."""

import asyncio
import logging
from typing import Final

from streams import certificates
from streams.settings import KafkaSettings, SettingsError
from streams.worker.metrics import Metrics

EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)


async def watch(kafka: KafkaSettings, metrics: Metrics) -> None:
    """Looks for ever; without TLS there is nothing to look at."""
    while True:
        await look(kafka, metrics)
        await asyncio.sleep(EVERY_S)


async def look(kafka: KafkaSettings, metrics: Metrics) -> None:
    """One look. A server that cannot be reached leaves the figure as it is: brokers have alerts of their own."""
    try:
        expiries = [expires async for _, expires, _ in certificates.shown(kafka) if expires is not None]
    except SettingsError as error:  # its files are being exchanged; what is connected stays so
        log.warning("certificates cannot be looked at: %s", error)
        return
    if expiries:
        metrics.certificates.labels("broker").set(min(expiries))
    mine = certificates.own(kafka)
    if mine is not None:
        metrics.certificates.labels("client").set(mine)

"""Is a broker there, and is it ours? Asked with Kafka's own requests, not by looking at the port."""

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


async def cluster_id(bootstrap: str, timeout_s: float = 5.0) -> str | None:
    """The cluster's id as the broker at `bootstrap` tells it, or None when nothing there answers as Kafka does.

    Asks for API versions and metadata; only a cluster with a controller counts.
    """
    if not await asyncio.to_thread(_listens, bootstrap):
        return None
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # a refused connection is an answer here, not an error
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(timeout_s * 1000))
    try:
        async with asyncio.timeout(timeout_s):
            await admin.start()
            description = await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        logger.setLevel(level)
        await admin.close()
    return str(description["cluster_id"]) if description["brokers"] and description["controller_id"] >= 0 else None


def cluster_id_now(bootstrap: str, timeout_s: float = 5.0) -> str | None:
    """`cluster_id` for callers without an event loop, or inside one that must not be entered again."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, cluster_id(bootstrap, timeout_s)).result()


def free_port(host: str) -> int:
    """A TCP port of `host` on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """Could a server bind this port now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _listens(bootstrap: str) -> bool:
    host, _, port = bootstrap.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        return False
    return True

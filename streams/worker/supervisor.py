"""What systemd is told of a worker (sd_notify): ready, and that it makes progress. Without systemd nothing happens."""

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Final

SOCKET: Final = "NOTIFY_SOCKET"


class Supervisor:
    """The supervisor that started this process, if it is one that listens."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get(SOCKET)
        self._ready = False

    def tell(self, dead: str | None, unready: str | None) -> None:
        """Feeds the watchdog unless the worker is `dead`; says once that it is ready, and always why it is not."""
        if self._address is None or dead is not None:
            return
        lines = ["WATCHDOG=1", f"STATUS={unready or 'every lane is restored and running'}"]
        if unready is None and not self._ready:
            lines.append("READY=1")
            self._ready = True
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # an address that begins with @ is in the abstract namespace
            sender.connect("\0" + self._address[1:] if self._address.startswith("@") else self._address)
            sender.sendall("\n".join(lines).encode())

"""Whatever OpenAPI allows, and much that it doesn't, is answered as it says: schemathesis against the running service.

Left out is the stream of events, which doesn't end; test_web.py reads it.
"""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from streams.codec.murmur2 import partition_of
from streams.settings import Settings
from tests.support.core import Lane
from tests.support.events import due, inquiry
from tests.support.serving import serving, tell
from tests.support.webworld import POLICY

LANE = partition_of("A", 3)
TOML = Path(__file__).with_name("schemathesis.toml")
CASES = 15
"""Generated for each operation, beside those that cover each of its parameters."""


async def test_schemathesis_finds_nothing(settings: Settings, tmp_path: Path) -> None:
    lane = Lane(POLICY, number=LANE, partitions=3).feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04"))
    await tell(settings, lane.tick("2025-01-12"), LANE)
    every = ("support", "operations", "audit")
    async with serving(tmp_path, settings, every, requests_per_second=1e6, burst=1e6) as service:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "--no-color", "--config-file", str(TOML), "run",
            f"{service.address}/openapi.json", "--header", f"Authorization: Bearer {service.token}",
            "--exclude-path-regex", "/events$", "--max-examples", str(CASES), "--seed", "1",
            "--continue-on-failure", "--generation-database", "none",
        ]  # fmt: skip
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
        assert counted is not None, done.stdout
        assert int(counted[1]) > 300, "it really asked"
        assert "Authentication failed" not in done.stdout
        assert "Missing test data" not in done.stdout
        assert service.process.log.count("Traceback") == 0, service.process.log

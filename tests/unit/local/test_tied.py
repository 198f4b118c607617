"""What is tied to a process ends with it, also by SIGKILL; nothing else does."""

import signal
import subprocess
import sys

import psutil
import pytest

OWNER = """
import subprocess, sys, time
from streams.local.tied import tie
made = [subprocess.Popen(["sleep", "600"]) for _ in range(4)]
for each in made[:3]:
    tie(each.pid)
made[0].kill()  # one that has ended by itself is no obstacle
made[0].wait()
tie(made[0].pid)
print(*(each.pid for each in made[1:]), flush=True)
if sys.argv[1] == "waits":
    time.sleep(600)
"""


@pytest.mark.parametrize("end", ["is killed", "ends"])
def test_what_is_tied_ends_with_its_process(end: str) -> None:
    command = [sys.executable, "-c", OWNER, "waits" if end == "is killed" else "ends"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        tied, other, free = (psutil.Process(int(word)) for word in owner.stdout.readline().split())
        try:
            if end == "is killed":
                owner.send_signal(signal.SIGKILL)
            assert psutil.wait_procs([tied, other], timeout=20)[1] == []
            assert free.is_running(), "what is not tied goes on"
        finally:
            free.kill()
        owner.wait()
        assert owner.stderr is not None
        assert owner.stderr.read() == ""

"""Runs the README's commands in a fresh clone with a virtual environment of its own, and prints the time each took.

Usage: python deploy/scripts/readme.py [--with-tests] [--keep]

All blocks marked `sh` run in order in one shell, as a reader would type them; the first command that fails ends it.
`make test` takes minutes and is left out unless asked for. Without a terminal `make run` ends by itself.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "\x01done"
TESTS = "make test"
# Where a command fails, what earlier ones started is still there.
CLEAR_UP = "kill $(jobs -p) 2>/dev/null || true; test ! -d .eligibility || eligibility kafka stop || true"


def commands(text: str) -> Iterator[str]:
    """The commands of the text's `sh` blocks; one with a here-document is one command."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = iter(block.splitlines())
        for line in lines:
            command = [line]
            if document := re.search(r"<<'(\w+)'", line):
                for more in lines:
                    command.append(more)
                    if more == document[1]:
                        break
            yield "\n".join(command)


def run(todo: list[str], directory: Path) -> list[tuple[str, float]]:
    """Runs the commands in one shell; returns each with its seconds. Raises SystemExit when one fails."""
    script = f"set -em\ntrap '{CLEAR_UP}' EXIT\n" + "".join(f"{command}\necho '{MARK}'\n" for command in todo)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ELIGIBILITY_", "VIRTUAL_ENV"))
    }
    shell = subprocess.Popen(
        ["bash", "-c", script],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert shell.stdout is not None
    took: list[tuple[str, float]] = []
    print(f"$ {todo[0]}", flush=True)
    began = time.monotonic()
    for line in shell.stdout:
        if line.strip() != MARK:
            print(f"  {line}", end="", flush=True)
            continue
        took.append((todo[len(took)], time.monotonic() - began))
        if len(took) < len(todo):
            print(f"$ {todo[len(took)]}", flush=True)
        began = time.monotonic()
    if shell.wait() or len(took) < len(todo):
        sys.exit(f"failed: {todo[min(len(took), len(todo) - 1)]}")
    return took


def main() -> None:
    """Clones, runs, prints the table, clears up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--with-tests", action="store_true", help=f"run `{TESTS}` too")
    parser.add_argument("--keep", action="store_true", help="keep the directory")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="readme-"))
    clone = directory / "eligibility-streams"
    try:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        text = (clone / "README.md").read_text(encoding="utf-8")
        took = run([each for each in commands(text) if options.with_tests or each != TESTS], clone)
    finally:
        if options.keep:
            print(f"kept: {clone}")
        else:
            shutil.rmtree(directory)
    print("\nseconds  command")
    for command, seconds in took:
        print(f"{seconds:7.1f}  {command.splitlines()[0][:100]}")
    print(f"{sum(seconds for _, seconds in took):7.1f}  in all")


if __name__ == "__main__":
    main()

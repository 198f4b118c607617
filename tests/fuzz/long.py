"""`python -m tests.fuzz.long decode|policy SECONDS`: coverage-guided fuzzing (atheris), as `make fuzz` runs it.

A failing input is left in .fuzz, and the exit code is not 0. Give the file's name instead of SECONDS to run it again.
"""

import gc
import sys
import tempfile
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas", "streams.codec", "streams.core", "yaml"]):
    from tests.fuzz import seeds, targets

INPUT_BYTES_MAX = 1 << 14
INSTRUMENTED = 10.0
"""Code that counts its branches is slower by about this factor."""
FOUND = Path(".fuzz")
TARGETS = {
    "decode": (targets.decode_target, targets.DECODE_BYTES_A_SECOND, seeds.decode_seeds),
    "policy": (targets.policy_target, targets.POLICY_BYTES_A_SECOND, seeds.policy_seeds),
}


def one(name: str, data: bytes) -> None:
    """One input, whatever it is, within its bound."""
    target, speed, _ = TARGETS[name]
    with targets.bounded(len(data), speed, INSTRUMENTED, frozen=True):
        target(data)


def main(name: str, seconds: str) -> None:
    """Fuzzes one target; never returns."""
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(TARGETS[name][2]()):
            (corpus / f"seed-{number}").write_bytes(seed)
        words = Path(folder) / "words"
        words.write_text("".join(f'"{_quoted(token)}"\n' for token in seeds.TOKENS), encoding="ascii")
        options = [f"-max_len={INPUT_BYTES_MAX}", f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1"]
        if seconds.isdecimal():
            options += [f"-max_total_time={seconds}", f"-dict={words}", "-timeout=60", "-verbosity=0", str(corpus)]
        else:
            options.append(seconds)
        gc.freeze()
        atheris.Setup([sys.argv[0], *options], partial(one, name))
        atheris.Fuzz()


def _quoted(token: bytes) -> str:
    """A word as libFuzzer's dictionaries write it."""
    return "".join(f"\\x{byte:02x}" for byte in token)


if __name__ == "__main__":
    main(*sys.argv[1:])

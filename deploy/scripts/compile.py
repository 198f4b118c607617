"""Compiles the pure core to native modules with mypyc, and what is written in C, in a copy of the packages.

    python deploy/scripts/compile.py INTO

INTO gets `schemas` and `streams` with a native module beside each compiled source; with INTO first on PYTHONPATH every
command runs compiled. Does nothing when INTO is up to date. Needs mypy, setuptools, a C compiler and Python's headers;
what the modules compute is the same (`make test-compiled`), only faster.
"""

import os
import shutil
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

PACKAGES = ("schemas", "streams")
COMPILED = (
    "schemas/event.py",
    "schemas/installments.py",
    "schemas/instants.py",
    "schemas/memory.py",
    "schemas/money.py",
    "schemas/quick.py",
    "schemas/references.py",
    "streams/codec/bulk_python.py",
    "streams/codec/decode.py",
    "streams/codec/digest.py",
    "streams/codec/merge.py",
    "streams/codec/murmur2.py",
    "streams/codec/partition.py",
    "streams/codec/records.py",
    "streams/codec/state.py",
    "streams/codec/status.py",
    "streams/core/*.py",
    "streams/core/facts/*.py",
    "streams/core/folds/*.py",
    "streams/core/policy/program.py",
    "streams/core/policy/segments.py",
    "streams/core/policy/shown.py",
)
INTERPRETED = ("streams/core/groups.py",)
"""Left as they are: msgspec's structs are native already, and mypyc doesn't know their options."""
IN_C = ("streams/codec/bulk_native.c",)

IMPOSSIBLE = 3
"""The exit status of a machine that can't compile; everything runs interpreted there."""

TOP = Path(__file__).parents[2]


def main() -> None:
    """Compile into the folder that the command line names, unless that was done already."""
    into = Path(sys.argv[1]).resolve() if len(sys.argv) == 2 else sys.exit(__doc__)
    sources = sorted(
        path for package in PACKAGES for path in (TOP / package).rglob("*") if path.is_file() and _is_source(path)
    )
    wanted = _digest([*sources, Path(__file__), TOP / "pyproject.toml"])
    stamp = into / "compiled.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) is None:
        _impossible("no C compiler found (on Debian and Ubuntu: apt install gcc libc6-dev)")
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        _impossible("Python.h not found (on Debian and Ubuntu: apt install python3-dev)")
    print(f"compile: {len(_modules(TOP))} modules into {into} (some minutes)", flush=True)
    shutil.rmtree(into, ignore_errors=True)
    for source in sources:
        target = into / source.relative_to(TOP)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    _build(into)
    stamp.write_text(wanted)


def _impossible(why: str) -> NoReturn:
    sys.stderr.write(f"compile: {why}\n")
    sys.exit(IMPOSSIBLE)


def _is_source(path: Path) -> bool:
    return path.suffix not in (".pyc", ".so") and "__pycache__" not in path.parts


def _modules(top: Path) -> list[str]:
    found = {path.relative_to(top) for pattern in COMPILED for path in top.glob(pattern)}
    return sorted(str(path) for path in found if path.name != "__init__.py" and str(path) not in INTERPRETED)


def _build(into: Path) -> None:
    """Runs mypyc and the C compiler in the copy; ends the process where one of them refuses."""
    from mypyc.build import mypycify  # noqa: PLC0415 - only where it is needed
    from setuptools import Extension, setup  # type: ignore[import-untyped]  # noqa: PLC0415

    os.chdir(into)
    shutil.copyfile(TOP / "pyproject.toml", into / "mypy.toml")
    modules = mypycify(
        ["--config-file=mypy.toml", "--follow-imports=silent", *_modules(into)],
        opt_level=os.environ.get("OPTIMISE", "3"),
        debug_level="0",
        separate=bool(os.environ.get("SEPARATE")),
    )
    modules += [
        Extension(path.removesuffix(".c").replace("/", "."), [path], extra_compile_args=["-O3"]) for path in IN_C
    ]
    setup(name="eligibility-streams-native", packages=[], ext_modules=modules, script_args=["-q", "build_ext", "-i"])
    shutil.rmtree(into / "build")


def _digest(paths: list[Path]) -> str:
    digest = sha256(sys.version.encode())
    for path in paths:
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()

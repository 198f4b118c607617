"""Whether the core runs as native modules (deploy/scripts/compile.py)."""

from streams.core import step


def is_compiled() -> bool:
    return not str(step.__file__).endswith(".py")

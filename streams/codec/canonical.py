"""Canonical bytes: RFC 8785 (JCS) for the values that contracts hold: texts, whole numbers, booleans, no floats."""

import re
from typing import Any, Final

import orjson
import rfc8785

# JCS sorts keys by UTF-16 units, orjson by code points: they differ only where characters beyond the BMP are.
_BEYOND_BMP: Final = re.compile(rb"[\xf0-\xf4]")


def canonical(value: Any) -> bytes:
    """The canonical JSON of `value`: keys sorted, no spaces, UTF-8."""
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if data.isascii() or not _BEYOND_BMP.search(data):
        return data
    return rfc8785.dumps(value)

"""Chinese punctuation as it is printed: marks that stand beside Chinese characters take their full width.

The texts themselves, which are versioned and compared byte for byte, stay as they are: this is how a page sets them.
"""

from __future__ import annotations

import re
from typing import Final

_HAN: Final = "\u3000-\u303f\u3400-\u9fff\uff01-\uff60\u201c\u201d"
_WIDE: Final = str.maketrans(",:;?!", "，：；？！")
_MARK: Final = re.compile(rf"(?<=[{_HAN}])\s?([,:;?!])\s?|([,:;?!])(?=[{_HAN}])")
_GAP: Final = re.compile(rf"(?<=。) +(?=[{_HAN}])")
_PAIR: Final = re.compile(r"\s?\(([^()<>]*)\)")
_BESIDE: Final = re.compile(rf"[{_HAN}]")
_REFERENCE: Final = re.compile(r"(&#?\w+;)")
_TEXT: Final = re.compile(r">([^<]+)<")


def typeset(html: str) -> str:
    """A page in Chinese with its text set; tags and their attributes stay as they are."""
    return _TEXT.sub(lambda found: f">{_set(found[1])}<", html)


def _set(text: str) -> str:
    """The parts between character references, whose own marks are none."""
    return "".join(part if place % 2 else _plain(part) for place, part in enumerate(_REFERENCE.split(text)))


def _plain(text: str) -> str:
    text = _GAP.sub("", text)
    text = _MARK.sub(lambda found: (found[1] or found[2]).translate(_WIDE), text)
    return _PAIR.sub(lambda found: _pair(found, text), text)


def _pair(found: re.Match[str], text: str) -> str:
    before = text[: found.start()][-1:]
    beside = before + found[1]
    return f"（{found[1]}）" if _BESIDE.search(beside) else found[0]

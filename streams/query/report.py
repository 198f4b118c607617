"""An explanation as one HTML page that needs nothing else: no script, no style sheet, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

import orjson

from schemas.instants import parse_instant
from schemas.reasons import Language
from streams.query.disputed import answers_due
from streams.query.words import WORDS, besides, check_text, path_lines, reason_text, where

WIDTH, HEIGHT, LEFT = 860, 92, 10
_COLOURS: Final = {"OPEN": "#2e7d32", "LIMITED": "#b7791f", "UNDER_REVIEW": "#6b5b95", "NOT_OPEN": "#b3261e"}
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "h2{margin-top:2.5rem}h3{margin-bottom:.3rem}li{margin:.2rem 0}code{font-size:.85em;word-break:break-all}"
    ".fail{color:#b3261e}.near{color:#8a5a00}.pass{color:#2e7d32}svg{width:100%;height:auto}"
)


def report(documents: Sequence[dict[str, Any]], lang: Language, title: str = "", lines: Sequence[str] = ()) -> str:
    """The page of an account's explanations, in one language; ended by lines under a title where there are some."""
    account = escape(documents[0]["account_id"])
    body = "".join(part for document in documents for part in _product(document, lang))
    body += f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""
    code = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8"><title>{account}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{account}</h1>{body}</body></html>\n"
    )


def _product(document: dict[str, Any], lang: Language) -> Iterator[str]:
    words, status = WORDS[lang], document["status"]
    yield f"<h2>{escape(document['product'])}: {words[status['status']]}</h2>"
    yield f"<p>{words['since']} {document['since']}; {words['at']} {document['at']}, {words[document['knowledge']]}</p>"
    yield timeline(document, lang)
    yield from (f"<p>{escape(line)}</p>" for line in besides(document, lang))
    if status["reasons"]:
        reasons = [
            f"{reason_text(each, lang, status['catalogue'])} [{each['code']}]"
            + "".join(f" ({words['disputed']} {day})" for day in answers_due(document["disputes"], each))
            for each in status["reasons"]
        ]
        yield _section(words["why"], reasons)
    if document["path"] is not None:
        yield _section(words["path"], list(path_lines(document["path"], lang, status["reasons"])))
    items = [f'<li class="{each["result"]}">{escape(check_text(each, lang))}</li>' for each in document["checks"]]
    yield f"<h3>{words['checks']}</h3><ul>{''.join(items)}</ul>"
    records = [
        f"<li>{escape(each['event_id'])}: {escape(where(each))} {each['recorded_at']}"
        f"<br><code>{escape(orjson.dumps(each['event']).decode())}</code></li>"
        for each in document["evidence"]
    ]
    if records:
        yield f"<h3>{words['evidence']}</h3><ul>{''.join(records)}</ul>"


def _section(title: str, lines: Sequence[str]) -> str:
    return f"<h3>{title}</h3><ul>{''.join(f'<li>{escape(line.strip())}</li>' for line in lines)}</ul>"


def timeline(document: dict[str, Any], lang: Language) -> str:
    """The statuses so far, and those that the plan promises (paler), as an inline SVG."""
    words = WORDS[lang]
    at = parse_instant(document["at"])
    past = [(parse_instant(each["at"]), each["status"]) for each in document["history"]]
    plan = (document["path"] or {}).get("plan")
    ahead = [] if plan is None else [(max(parse_instant(each["at"]), at), each["status"]) for each in plan["turns"]]
    spans = [*((begin, status, 1.0) for begin, status in past), *((begin, status, 0.45) for begin, status in ahead)]
    if not spans:
        return ""
    first, last = spans[0][0], max(at, spans[-1][0])
    last += max((last - first) // 12, 1)
    scale = (WIDTH - 2 * LEFT) / (last - first)
    ends = [*(begin for begin, _, _ in spans[1:]), last]
    bars = "".join(
        f'<rect x="{LEFT + (begin - first) * scale:.1f}" y="24" height="26" '
        f'width="{max((end - begin) * scale, 0.5):.1f}" fill="{_COLOURS[status]}" opacity="{opacity}">'
        f"<title>{words[status]}</title></rect>"
        for (begin, status, opacity), end in zip(spans, ends, strict=True)
    )
    x = LEFT + (at - first) * scale
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words["history"]}">{bars}'
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="60" stroke="#1b1b1b"/>'
        f'<text x="{min(x, WIDTH - 190):.1f}" y="12" font-size="11">{document["at"]}</text>'
        f'<text x="{LEFT}" y="78" font-size="11">{document["history"][0]["at"] if past else ""}</text></svg>'
    )

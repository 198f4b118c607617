"""A result as a table to read, in Markdown."""

from collections.abc import Mapping
from typing import Any

from tests.bench.results import Result


def table(result: Result) -> str:
    """Of a result that was just found."""
    return rendered(result.document())


def rendered(document: Mapping[str, Any]) -> str:
    """Figures with median, range and runs; then the ratios; then machine and versions."""
    lines = ["| figure | median | least to most | runs | unit |", "|---|---|---|---|---|"]
    for row in document["figures"]:
        shown = f"{amount(row['least'])} to {amount(row['most'])}" if row["runs"] > 1 else ""
        lines.append(f"| {row['name']} | {amount(row['median'])} | {shown} | {row['runs']} | {row['unit']} |")
    if document["ratios"]:
        lines += ["", "| ratio | value | better is |", "|---|---|---|"]
        for name, row in document["ratios"].items():
            lines.append(f"| {name} | {row['ratio']:.2f} | {'more' if row['more_is_better'] else 'less'} |")
    return "\n".join([*lines, "", made(document)])


def made(document: Mapping[str, Any]) -> str:
    """By what a result was made: machine, versions, commit."""
    where, with_ = document["machine"], document["versions"]
    libraries = ", ".join(f"{name} {number}" for name, number in with_.items())
    return (
        f"{where['cores']} cores of {where['processor']}, {where['memory_gib']} GiB, {where['system']}; {libraries}; "
        f"brokers and clients on the same machine; load average {where['load_before']:.1f} before, "
        f"{where['load_after']:.1f} after; commit {document['commit']}, {document['at']}"
    )


def amount(value: float) -> str:
    """With as many digits as say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"

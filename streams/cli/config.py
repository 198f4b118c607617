"""`eligibility config`: the settings in force."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from pydantic import BaseModel

from streams.cli.connection import settings
from streams.cli.console import Json, show, show_json
from streams.settings import NESTED, PREFIX, Settings, variables

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The settings in force."""


@app.command("show", epilog="Example: ELIGIBILITY_PARTITIONS=8 eligibility config show")
def show_settings(json: Json = False) -> None:
    """Every setting as the variable that sets it, with its value; secrets masked, changed ones marked with *."""
    current, default = _values(settings()), _values(Settings.model_construct())
    if json:
        show_json(current)
        return
    for name, value in current.items():
        mark = " " if value == default[name] else "*"
        show(f"{mark} {name}={'' if value is None else value}")


def _values(model: BaseModel) -> dict[str, Any]:
    """By variable; None for each one of a group that is not set at all."""
    flat = dict(_flat(model.model_dump(mode="json")))
    return {name: flat.get(name) for name in variables()}


def _flat(values: Mapping[str, Any], prefix: str = PREFIX) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name.upper()}{NESTED}")
        else:
            yield f"{prefix}{name.upper()}", value

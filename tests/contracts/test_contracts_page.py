"""The page of the contracts in the docs: what is exported, nothing older, and nothing missing."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from schemas.asyncapi import asyncapi_document

SCRIPT = Path(__file__).parents[2] / "deploy" / "scripts" / "contracts_page.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contracts_page", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_in_the_docs_is_the_export(script: ModuleType) -> None:
    assert script.PAGE.read_text(encoding="utf-8") == script.page(), "write it anew with: make contracts-page"


def test_every_topic_message_and_field_has_its_place(script: ModuleType) -> None:
    page, document = script.page(), asyncapi_document()
    headings = re.findall(r"^#+ `?([^`\n]+)`?$", page, re.MULTILINE)
    for channel in document["channels"].values():
        assert channel["address"] in headings
        assert set(channel["messages"]) <= set(headings)
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Event"):
            for field in schema.get("properties", {}):
                assert f"| `{field}`" in page, f"{name}.{field}"


def test_every_link_leads_to_a_heading(script: ModuleType) -> None:
    page = script.page()
    anchors = {heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links
    assert links <= anchors

"""Documents for operators: links lead somewhere, commands exist, the table of rights is the one that is enforced."""

import importlib
import re
from pathlib import Path

import pytest

from streams.cli.root import VERBS
from streams.local.rights import ROLES, Role, rights
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted((ROOT / "deploy/docs").rglob("*.md")), ROOT / "README.md"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"`[^`]*`", "", path.read_text(encoding="utf-8"))  # patterns in code look like links
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings}, target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    for verb, second in re.findall(r"`(?:[A-Z_]+=\S+ )*eligibility ([a-z-]+)(?: ([a-z-]+))?", path.read_text("utf-8")):
        assert verb in VERBS, verb
        app = importlib.import_module(f"streams.cli.{verb.replace('-', '_')}").app
        commands = {command.name or command.callback.__name__ for command in app.registered_commands}
        if second and len(commands) > 1:
            assert second in commands, f"{verb} {second}"


def row(role: Role) -> str:
    """A role's line of the table in security.md."""
    settings = Settings()
    reads, writes, besides = [], [], []
    for right in rights(role, settings):
        name = right.name.removeprefix(settings.topic_prefix)
        shown = "the changelog" if name.endswith("-accounts-changelog") else name
        rest = list(right.operations)
        if right.resource == "topic":
            reads += [shown] * ("Read" in rest)
            writes += [shown] * ("Write" in rest)
            rest = [operation for operation in rest if operation not in ("Read", "Write")]
        if rest:
            star = "*" if right.prefixed else ""
            besides.append(f"{', '.join(rest)} on {right.resource} `{right.name}{star}`")
    cells = [", ".join(reads), ", ".join(writes), "; ".join(besides)]
    return f"| {role} | {' | '.join(cell or '-' for cell in cells)} |"


def test_the_table_of_rights_is_the_one_that_is_enforced() -> None:
    text = (ROOT / "deploy/docs/security.md").read_text(encoding="utf-8")
    for role in ROLES:
        assert row(role) in text.splitlines()

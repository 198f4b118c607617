"""The house in order: the lock, the README's commands, the tasks."""

import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from streams.cli.root import VERBS

ROOT = Path(__file__).parents[2]


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="ascii")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def _readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme", ROOT / "deploy" / "scripts" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "build.txt", "fuzz.txt"])
def test_the_lock_pins_by_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="ascii")
    assert "://" not in text
    assert "--index" not in text
    for package in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in package, package.splitlines()[0]


def test_every_dependency_is_locked_and_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev = _pins("runtime.txt"), _pins("dev.txt")
    assert runtime.items() <= dev.items()
    extras = project["project"]["optional-dependencies"]
    imaged = [*project["project"]["dependencies"], *extras["notify"], *extras["web"]]
    asked = imaged, extras["local"]
    names = [re.split(r"[\[<>=!~ ]", each)[0] for each in (*asked[0], *asked[1], *project["dependency-groups"]["dev"])]
    assert set(names) <= set(dev)
    assert {re.split(r"[\[<>=!~ ]", each)[0] for each in asked[0]} <= set(runtime)
    assert {re.split(r"[\[<>=!~ ]", each)[0] for each in project["dependency-groups"]["fuzz"]} <= set(_pins("fuzz.txt"))


def test_what_tests_share_is_in_no_module_of_tests() -> None:
    shared = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*test_\w+", re.MULTILINE)
    found = {file.name: shared.findall(file.read_text(encoding="utf-8")) for file in ROOT.glob("tests/**/*.py")}
    assert len(found) > 100
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_readme_calls_only_verbs_that_exist() -> None:
    readme = _readme()
    commands = list(readme.commands((ROOT / "README.md").read_text(encoding="utf-8")))
    called = [command.split()[1] for command in commands if command.startswith("eligibility ")]
    assert set(called) <= set(VERBS)
    assert commands[:2] == ["make run", "make test"]


def test_a_here_document_belongs_to_its_command() -> None:
    text = "```sh\ncat > a <<'END'\nx\nEND\necho b\n```\nnot this\n```\nnor this\n```\n"
    assert list(_readme().commands(text)) == ["cat > a <<'END'\nx\nEND", "echo b"]


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE)
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[1] for line in told.splitlines()] == targets


def test_ci_runs_the_tests_and_then_the_checks() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)$", text, re.MULTILINE) == [
        "test",
        "lint",
        "types",
        "architecture",
        "manifests",
        "simulate",
        "faults",
    ]

"""What is under deploy/: valid by schema, linted, and speaking only of what exists."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from streams.cli.root import VERBS
from streams.local.rights import ROLES
from streams.settings import SECRETS_DIR, variables

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
WORKER_UNIT = (DEPLOY / "systemd/eligibility-worker@.service").read_text(encoding="utf-8")
PROFILES = ("core", "three", "people", "tools", "watch")
# The newest versions whose schemas the package carries, and an older one that many clusters still run.
KUBERNETES = ("1.30", kubernetes_validate.latest_version())


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def tool(name: str, *arguments: str | Path) -> str:
    """What a tool of the virtual environment says; empty when all is well."""
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def compose() -> Any:
    (document,) = documents(ROOT / "docker-compose.yml")
    return document


def test_the_compose_file_follows_its_schema(compose: Any) -> None:
    problems = Draft7Validator(get_builtin_schema("vendor.compose-spec")).iter_errors(compose)
    assert [problem.message for problem in problems] == []


def test_every_service_of_a_profile_finds_what_it_waits_for(compose: Any) -> None:
    services = compose["services"]
    assert {profile for service in services.values() for profile in service["profiles"]} == set(PROFILES)
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert set(service["profiles"]) <= set(services[other]["profiles"]), f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"]
    workers = {name: service for name, service in services.items() if "worker" in name}
    for profile, brokers in (("core", 1), ("three", 3)):
        own = [service["environment"] for service in workers.values() if profile in service["profiles"]]
        names = [environment["ELIGIBILITY_INSTANCE_ID"] for environment in own]
        assert len(set(names)) == len(names) == max(2, brokers)
        for environment in own:
            servers = environment["ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS"].split(",")
            assert len(servers) == brokers
            assert {server.partition(":")[0] for server in servers} <= set(services)
    scraped = {each["job_name"]: each for each in documents(DEPLOY / "prometheus/prometheus.yml")[0]["scrape_configs"]}
    targets = {target.partition(":")[0] for target in scraped["eligibility"]["static_configs"][0]["targets"]}
    assert targets == {name for name, service in workers.items() if "core" in service["profiles"]}
    named = [name for job in scraped.values() for each in job.get("dns_sd_configs", ()) for name in each["names"]]
    assert set(named) == {name for name, service in services.items() if service["profiles"] == ["people"]}


def test_images_are_pinned_and_ports_stay_on_this_machine(compose: Any) -> None:
    for service in compose["services"].values():
        assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert re.search(r"^ARG PYTHON=\d+\.\d+\.\d+-\S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    own = {s["image"] for s in compose["services"].values() if s["image"].startswith("eligibility")}
    assert own == {f"eligibility-streams:{VERSION}"}
    assert documents(DEPLOY / "kubernetes/kustomization.yaml")[0]["images"][0]["newTag"] == VERSION


@pytest.mark.parametrize("version", KUBERNETES)
def test_manifests_follow_the_schemas_of_kubernetes(version: str) -> None:
    for path in MANIFESTS:
        if path.name != "kustomization.yaml":
            for document in documents(path):
                kubernetes_validate.validate(document, version, strict=True)


def test_the_kustomization_has_every_manifest() -> None:
    listed = documents(DEPLOY / "kubernetes/kustomization.yaml")[0]["resources"]
    assert sorted([*listed, "kustomization.yaml"]) == [path.name for path in MANIFESTS]


def test_pods_run_without_rights() -> None:
    found = [document for path in MANIFESTS for document in documents(path) if "template" in document.get("spec", {})]
    assert {document["kind"] for document in found} == {"Deployment", "Job", "StatefulSet"}
    for document in found:
        pod = document["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "its variables would begin as settings do"
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            claims = [each["metadata"]["name"] for each in document["spec"].get("volumeClaimTemplates", ())]
            volumes = {*claims, *(each["name"] for each in pod["volumes"])}
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_every_role_of_a_pod_has_an_account_a_disruption_budget_and_the_login_of_its_role() -> None:
    found = [document for path in MANIFESTS for document in documents(path)]
    names = {each["metadata"]["name"] for each in found if each["kind"] in ("Deployment", "StatefulSet")}
    assert names == {f"eligibility-{role}" for role in ("worker", "web", "staff", "notifier")}
    assert names <= {f"eligibility-{role}" for role in ROLES}, "logins with rights of their own"
    for kind in ("ServiceAccount", "PodDisruptionBudget"):
        assert {each["metadata"]["name"] for each in found if each["kind"] == kind} == names
    for document in found:
        if document["kind"] in ("Deployment", "StatefulSet"):
            pod = document["spec"]["template"]["spec"]
            own = document["metadata"]["name"]
            (container,) = pod["containers"]
            assert container["args"][0] in VERBS
            assert {"name": "ELIGIBILITY_KAFKA__SASL_USERNAME", "value": own} in container["env"]
            assert pod["serviceAccountName"] == own
            assert own in [each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each]
            assert {"livenessProbe", "readinessProbe"} <= set(container)


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_units_run_a_verb_with_the_same_few_rights(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    (verb,) = re.findall(r"^ExecStart=/opt/eligibility/bin/eligibility (\S+)$", text, re.MULTILINE)
    assert verb in VERBS
    assert text[text.index("DynamicUser=yes") :] == WORKER_UNIT[WORKER_UNIT.index("DynamicUser=yes") :]
    role = unit.stem.removeprefix("eligibility-").removesuffix("@")
    assert role in ROLES
    files = re.findall(r"^EnvironmentFile=/etc/eligibility/(\S+)$", text, re.MULTILINE)
    last = "".join((DEPLOY / "systemd" / file).read_text(encoding="utf-8") for file in files)
    assert re.findall(r"^ELIGIBILITY_KAFKA__SASL_USERNAME=(\S+)$", last, re.MULTILINE)[-1] == f"eligibility-{role}"


def test_staff_and_customers_have_status_services_of_their_own(compose: Any) -> None:
    (web,), (staff,) = (
        [each for each in documents(DEPLOY / f"kubernetes/{name}.yaml") if each["kind"] == "StatefulSet"]
        for name in ("web", "staff")
    )
    pods = [each["spec"]["template"]["spec"] for each in (web, staff)]
    keys = [volume["secret"]["secretName"] for pod in pods for volume in pod["volumes"] if volume["name"] == "keys"]
    assert keys == ["eligibility-web-keys", "eligibility-staff-keys"]
    services = compose["services"]
    for part in ("ports", "volumes", "secrets"):
        assert services["web"][part] != services["staff"][part]
    units = [(DEPLOY / f"systemd/eligibility-{name}@.service").read_text(encoding="utf-8") for name in ("web", "staff")]
    for setting in ("ELIGIBILITY_WEB__ADDRESS", "ELIGIBILITY_WEB__DIRECTORY"):
        (one,), (other,) = (re.findall(rf"^Environment={setting}=(\S+)$", unit, re.MULTILINE) for unit in units)
        assert one != other


def test_yaml_and_dockerfile_are_lint_clean() -> None:
    assert tool("yamllint", "--strict", "docker-compose.yml", "deploy") == ""
    assert tool("hadolint", DEPLOY / "Dockerfile") == ""


def test_the_image_gets_what_it_copies() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    copied = {word for line in lines for word in line.split()}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def _deployed() -> Iterator[Path]:
    yield ROOT / "docker-compose.yml"
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and path.suffix not in (".pyc", ".png") and "decisions" not in path.parts:
            yield path


DEPLOYED = list(_deployed())


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_settings_that_are_named_exist(path: Path) -> None:
    named = set(re.findall(r"\bELIGIBILITY_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    others = {"ELIGIBILITY_KAFKA", "ELIGIBILITY_LONG"}  # all settings that begin so; a flag of the tests
    assert named <= {*variables(), SECRETS_DIR, *others}


def test_secrets_are_files_under_the_names_that_settings_read() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DEPLOYED if path.suffix != ".json")
    names = set(re.findall(r"\beligibility_[a-z]+__[a-z_]+[a-z]\b", text))
    assert names == {"eligibility_kafka__sasl_password", "eligibility_notifier__webhook_secret"}
    assert names <= {name.lower() for name in variables()}

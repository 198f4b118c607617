"""Alerts, dashboard and documents name only figures that exist; every alert has its runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from schemas.vocabulary import STATUSES
from streams.audit.findings import Kind
from streams.audit.watch import Figures
from streams.lane.states import State
from streams.notify.metrics import Metrics as NotifierMetrics
from streams.web.metrics import Metrics as WebMetrics
from streams.worker.metrics import APPLIED, REJECTED, Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RUNBOOKS = DEPLOY / "docs/runbooks"
ALERTS = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((DEPLOY / "grafana/dashboard.json").read_text(encoding="utf-8"))
# What a label may be asked for, where that is a closed set.
VALUES: dict[str, set[str]] = {
    "class": {kind.value for kind in Kind},
    "outcome": {APPLIED, REJECTED},
    "phase": {"apply", "commit"},
    "state": {state.value for state in State},
    "status": set(STATUSES),
}
_SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}


def registries() -> tuple[CollectorRegistry, ...]:
    """Of a worker, of an audit that goes on, of a notifier and of a status service."""
    return Metrics("", 1).registry, Figures().registry, NotifierMetrics().registry, WebMetrics().registry


def families() -> dict[str, str]:
    """Kind of each figure, by its family's name."""
    return {family.name: family.type for registry in registries() for family in registry.collect()}


def series() -> set[str]:
    """Every name under which Prometheus stores a figure."""
    return {name + suffix for name, kind in families().items() for suffix in _SUFFIXES[kind]}


def labels() -> dict[str, set[str]]:
    """The labels of each series."""
    found: dict[str, set[str]] = {}
    for registry in registries():
        for collector, names in registry._collector_to_names.items():
            own = set(getattr(collector, "_labelnames", ()))
            found |= dict.fromkeys(names, own | {"le"})
    return found


def expressions() -> dict[str, str]:
    """Every expression of alerts and dashboard, by where it stands."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in ALERTS}
    for panel in DASHBOARD["panels"]:
        for number, target in enumerate(panel.get("targets", ())):
            found[f"panel {panel['title']} {number}"] = target["expr"]
    return found


def named(text: str) -> set[str]:
    return set(re.findall(r"\beligibility_[a-z_]+[a-z]\b", text))


@pytest.mark.parametrize("place", list(expressions()))
def test_an_expression_asks_for_series_and_labels_that_exist(place: str) -> None:
    expression = expressions()[place]
    assert named(expression) or expression.startswith("up{")
    assert named(expression) <= series()
    known = labels()
    for name, selector in re.findall(r"\b(eligibility_\w+)\{([^}]*)\}", expression):
        own = known.get(name, set()) | {"instance", "job"}
        assert set(re.findall(r"(\w+)(?:=~?|!=|!~)", selector)) <= own
        for label, value in re.findall(r'(\w+)="([^"]*)"', selector):
            assert value in VALUES[label]


def test_every_figure_is_on_the_dashboard_or_in_an_alert_and_in_the_documents() -> None:
    shown = named(" ".join(expressions().values()))
    told = (DEPLOY / "docs/monitoring.md").read_text(encoding="utf-8")
    for name, kind in families().items():
        names = {name + suffix for suffix in _SUFFIXES[kind]}
        if not name.startswith("eligibility_process"):
            assert names & shown, f"{name} is neither on the dashboard nor in an alert"
            assert f"`{name}{'_total' if kind == 'counter' else ''}`" in told


def test_documents_name_figures_that_exist() -> None:
    for path in (DEPLOY / "docs").rglob("*.md"):
        found = {name for name in named(path.read_text(encoding="utf-8")) if "__" not in name}
        unknown = found - series() - set(families()) - {"eligibility_process"}
        assert not unknown, f"{path.name}: {unknown}"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_its_page(rule: dict[str, Any]) -> None:
    words = re.findall(r"[A-Z][a-z]+", rule["alert"].removeprefix("Eligibility"))
    page = ROOT / rule["annotations"]["runbook"]
    assert page == RUNBOOKS / f"{'-'.join(words).lower()}.md"
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^\*\*(It means|Look|Mend)\*\*", text, re.MULTILINE) == ["It means", "Look", "Mend"]
    assert f"| `{rule['alert']}` | [" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert rule["labels"]["severity"] in ("critical", "warning")


def test_panels_do_not_overlap_and_say_what_they_show() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])

"""The page of audit: every change with its records, what the verification found, and the report; for audit alone."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import orjson
import pytest

from schemas.references import reference
from streams.audit.findings import Difference, Finding, Kind, Place, Stage
from streams.web.audit import CHANGES
from tests.support.core import Lane
from tests.support.events import due, flagged, inquiry, paid
from tests.support.webworld import KEYS, POLICY, World

CANARY = "canary-device-4711"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The account A, overdue and paid; B, of whom a detail is of limited disclosure: the flag's name."""
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04").of("B"))
    lane.feed(flagged("2025-01-05", CANARY).of("B")).tick("2025-01-12").feed(paid("2025-01-13"))
    made = World(tmp_path, lane).ready()
    yield made
    await made.close()


async def _page(world: World, path: str, who: str = "audit") -> httpx.Response:
    return await world.get(path, who, Accept="text/html", **{"Accept-Language": "en"})


async def _verify(world: World, account: str = "A", who: str = "audit", **headers: str) -> httpx.Response:
    shown = {"Authorization": f"Bearer {KEYS[who][0]}", "Accept": "text/html"} | headers
    return await world.http.post(f"/audit/{account}/verification", data={"lang": "en"}, headers=shown)


def _finding(account: str | None) -> Finding:
    return Finding(
        Kind.DIFFERENT, Stage.OUTPUT, 0, 3, 1, Place("status", 0, 7, 7), f"row of {account}", account,
        (Difference("data.status", "OPEN", "NOT_OPEN"),),
    )  # fmt: skip


async def test_every_change_is_there_with_where_its_records_stand(world: World) -> None:
    text = unescape((await _page(world, "/audit/A")).text)
    for past in world.view.store.past("A", None, 50):
        data = past.document()["data"]
        assert data["reference"] in text
        assert f"eligibility.status/{past.lane}/{past.offset}" in text
        assert data["policy"]["digest"][:19] in text
    for record in world.lane.sources:
        if record.key == b"A":
            assert f"eligibility.{record.topic}/{record.partition}/{record.offset}" in text
            assert str(orjson.loads(record.value or b"")["id"]) in text
    assert '"installment": 1' in text, "the record itself"
    assert '<svg viewBox="0 0 860' in text
    assert "style=" not in text
    assert [each["data"]["what"] for each in world.topic.of("access")] == ["GET /audit/{id}"]


async def test_older_changes_are_on_pages_of_their_own(tmp_path: Path) -> None:
    lane = Lane(POLICY)
    for number in range(1, CHANGES):
        lane.feed(due(f"2025-01-{1 + number % 28:02d}", on="2025-01-01", loan=f"L{number}"))
        lane.feed(paid(f"2025-01-{1 + number % 28:02d}", "100.00", f"L{number}", 1))
    made = World(tmp_path, lane).ready()
    every = [each.document()["data"]["reference"] for each in made.view.store.past("A", None, 10_000)]
    assert len(every) > CHANGES
    seen, path = list[str](), "/audit/A"
    while path:
        text = (await _page(made, path)).text
        seen += re.findall(r'<p class="small soft">Reference number <span class="code">(\w{10})</span>', text)
        older = re.search(r'href="\?lang=en&amp;before=(\d+)"', text)
        path = f"/audit/A?before={older[1]}" if older else ""
    assert seen == every
    await made.close()


async def test_a_verification_is_asked_for_by_a_form_and_its_result_stands_on_the_page(world: World) -> None:
    assert "Not verified since this service was started" in (await _page(world, "/audit/A")).text
    assert world.behind.asked["verified"] == 0, "nothing is verified unless somebody asks"
    answer = await _verify(world)
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit/A?lang=en#verification")
    text = (await _page(world, "/audit/A")).text
    assert "Equal: what was emitted for this account" in text
    assert "Nothing was emitted beside that" in text
    assert world.topic.of("access")[1]["data"]["what"] == "POST /audit/{id}/verification"


async def test_a_difference_is_told_where_it_is_of_the_account_and_otherwise_without_the_others_name(
    world: World,
) -> None:
    world.behind.findings = [_finding("B")]
    await _verify(world)
    text = (await _page(world, "/audit/A")).text
    assert "Nothing wrong was found for this account" in text
    assert "row of B" not in text
    report = (await _page(world, "/audit/A/report.json")).json()["verification"]
    assert (report["outcome"], report["counts"]) == ("different", {"different": 1})
    assert (report["first"], report["first_by_account"], report["findings"]) == (None, {}, [])

    world.behind.findings = [_finding("B"), _finding("A"), _finding(None)]
    await _verify(world)
    text = (await _page(world, "/audit/A")).text
    assert "Different: what was emitted for this account" in text
    assert "row of A" in text
    assert "row of B" not in text
    report = (await _page(world, "/audit/A/report.json")).json()["verification"]
    assert [each["account"] for each in report["findings"]] == ["A", None]


async def test_what_the_brokers_refuse_is_said_beside_the_changes(world: World) -> None:
    world.behind.refused = "brokers b:9092: no answer"
    await _verify(world)
    text = (await _page(world, "/audit/A")).text
    assert text.count("no answer") == 2
    assert reference("A/cash/1") in text
    refused = await world.get("/audit/A/report.json", "audit")
    assert (refused.status_code, refused.json()["detail"]) == (503, "brokers b:9092: no answer")


async def test_the_report_is_a_file_that_needs_nothing_else(world: World) -> None:
    await _verify(world)
    answer = await _page(world, "/audit/A/report.html?lang=en")
    assert answer.headers["content-disposition"] == 'attachment; filename="A.html"'
    assert "src=" not in answer.text
    assert "href=" not in answer.text
    assert "Equal: what was emitted" in answer.text
    document = (await _page(world, "/audit/A/report.json")).json()
    assert [each["product"] for each in document["explained"]] == ["cash", "card"]
    assert document["records_total"] == 2
    assert document["verification"]["type"] == "eligibility.audit"


@pytest.mark.parametrize("path", ["/audit/A/report.html", "/audit/A/report.json"])
async def test_reports_and_verification_are_for_audit_alone(world: World, path: str) -> None:
    for who in ("own", "support", "operations"):
        assert (await _page(world, path, who)).status_code == 403
        assert (await _verify(world, who=who)).status_code == 403
    assert (await _page(world, path, "nobody")).status_code == 401
    assert (await _verify(world, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert world.behind.asked["verified"] == 0
    assert (await _page(world, path.replace("/A/", "/NOBODY/"))).status_code == 404


async def test_the_search_leads_to_the_account(world: World) -> None:
    answer = await _page(world, f"/audit?q={reference('A/cash/1')}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit/A?lang=en")
    assert 'action="/audit"' in (await _page(world, "/audit")).text


async def test_audit_sees_the_details_that_others_do_not(world: World) -> None:
    text = (await _page(world, "/audit/B")).text
    assert CANARY in text
    assert "security.flags" in text

"""`eligibility replay` as a user calls it: files in order, refused lines told, an output that is whole or not there."""

import gzip
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

from tests.unit.cli.calls import Called, call

POLICY = """
policy: p
version: 1
effective_from: 2026-01-01T00:00:00+08:00
products:
  loan:
    name: {zh: 借, en: Loan}
    provider: bank
    rules:
      - {id: inquiries, fact: inquiries.hard_count, window: 2d, at_most: 0, else: LIMITED, reason: INQ-01}
"""

Replay = Callable[..., Called]


def event(number: int, at: str, account: str = "A", **more: Any) -> dict[str, Any]:
    document = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/test",
        "type": "inquiry.recorded",
        "subject": account,
        "time": at,
        "data": {"kind": "hard"},
    }
    return document | more


def ndjson(*documents: Any) -> bytes:
    return b"".join(
        (document if isinstance(document, bytes) else orjson.dumps(document)) + b"\n" for document in documents
    )


@pytest.fixture
def replay(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY, encoding="utf-8")
    return lambda *arguments: call(capsys, monkeypatch, "replay", *arguments)


def told(path: str = "out.ndjson") -> list[str]:
    """Each status of the output in a few words."""
    statuses = [orjson.loads(line) for line in Path(path).read_bytes().splitlines()]
    return [f"{each['time']} {each['data']['account_id']} {each['data']['status']}" for each in statuses]


def test_statuses_come_in_order_from_files_of_any_kind(replay: Replay) -> None:
    Path("b.ndjson").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z", "B")))
    Path("a.ndjson.gz").write_bytes(gzip.compress(ndjson(event(2, "2026-01-06T00:00:00Z", "A"))))
    Path("c.ndjson.zst").write_bytes(zstandard.compress(ndjson(event(3, "2026-01-04T00:00:00Z", "C"))))
    done = replay(
        "--events", "b.ndjson", "a.ndjson.gz", "c.ndjson.zst", "--policy", "policy.yaml", "--output", "out.ndjson"
    )
    assert done == Called(0, "", "3 events applied, 4 statuses, 0 lines refused\n")
    assert told() == [
        "2026-01-04T00:00:00Z C LIMITED",
        "2026-01-05T00:00:00Z B LIMITED",
        "2026-01-06T00:00:00Z A LIMITED",
        "2026-01-06T00:00:00Z C OPEN",
    ]
    assert not list(Path().glob(".*"))


def test_availability_goes_to_a_file_of_its_own(replay: Replay) -> None:
    down = event(2, "2026-01-05T01:00:00Z", "*", type="incident.started", data={"incident_id": "I"})
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z"), down))
    arguments = ("--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson")
    assert replay(*arguments, "--availability", "services.ndjson").code == 0
    assert told() == ["2026-01-05T00:00:00Z A LIMITED"]
    services = [orjson.loads(row) for row in Path("services.ndjson").read_bytes().splitlines()]
    came = [(each["time"], each["subject"], each["data"]["up"]) for each in services]
    assert came == [("2025-12-31T16:00:00Z", "loan", True), ("2026-01-05T01:00:00Z", "loan", False)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--events", "one", "two", "--events", "three", "-o", "out.ndjson"),
        ("--events=one", "two", "three", "--output=out.ndjson"),
        ("-o", "out.ndjson", "--events", "one", "--events", "two", "three"),
        ("--events", "one", "-o", "out.ndjson", "--events", "two", "--events=three"),
    ],
)
def test_what_is_recorded_at_one_instant_is_taken_in_the_order_of_the_command_line(
    replay: Replay, arguments: tuple[str, ...]
) -> None:
    for number, name in enumerate(("one", "two", "three")):
        Path(name).write_bytes(ndjson(event(number, "2026-01-05T00:00:00Z")))
    assert replay(*arguments, "--policy", "policy.yaml").code == 0
    causes = [orjson.loads(line)["data"]["cause"]["event_id"] for line in Path("out.ndjson").read_bytes().splitlines()]
    assert causes == ["e0", "e1", "e2"]


def test_what_was_learnt_of_later_counts_from_then_and_null_is_no_time(replay: Replay) -> None:
    Path("events").write_bytes(
        ndjson(
            event(1, "2026-01-05T00:00:00Z", "A", recordedtime="2026-01-06T00:00:00Z"),
            event(2, "2026-01-05T12:00:00Z", "B", recordedtime=None),
        )
    )
    assert replay("--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson").code == 0
    assert told() == ["2026-01-05T12:00:00Z B LIMITED", "2026-01-06T00:00:00Z A LIMITED"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("2026-01-06T23:59:59.999Z", "2026-01-05T00:00:00Z A LIMITED"),
        ("2026-01-07T00:00:00Z", "2026-01-07T00:00:00Z A OPEN"),
        ("2026-01-06", "2026-01-05T00:00:00Z A LIMITED"),
        ("2026-01-07", "2026-01-07T00:00:00Z A OPEN"),
    ],
)
def test_time_goes_on_to_an_instant_or_through_a_day_where_the_policy_is(replay: Replay, until: str, last: str) -> None:
    events = [event(1, "2026-01-05T00:00:00Z"), event(2, "2026-01-07T16:00:00Z", "B")]
    Path("events").write_bytes(ndjson(*events))
    done = replay("--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson", "--until", until)
    assert told()[-1] == last
    assert done.err.endswith("1 events after the end left out\n"), "the 7th ends at 16:00 UTC in Shanghai"


def test_refused_lines_are_told_with_their_place_and_kept_if_wanted(replay: Replay) -> None:
    lines = [
        event(1, "2026-01-05T00:00:00Z"),
        b"{",
        event(2, "2026-01-05T00:00:00Z", type="inquiry.recordet"),
        event(3, "2026-01-05T00:00:00Z", data={"kind": "harsh"}),
        event(4, "yesterday"),
        event(5, "2026-01-05T00:00:00Z", recordedtime=""),
        b"",
        [1],
        {"type": "inquiry.recorded"},
        b"\x00\x00\x00\x00\x01" + orjson.dumps(event(6, "2026-01-05T00:00:00Z")),
    ]
    Path("events").write_bytes(ndjson(*lines))
    done = replay(
        "--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson", "--dead-letters", "dead.ndjson", "--json"
    )
    assert done.code == 0
    assert orjson.loads(done.out) == {"events": 2, "later": 0, "statuses": 1, "refused": 8}
    said = done.err.splitlines()
    assert [line.partition(": ")[0] for line in said] == [f"events:{n}" for n in (2, 3, 4, 5, 6, 8, 9, 10)]
    assert said[1] == (
        'events:3: type: got "inquiry.recordet", expected an event type of the contract, '
        'for example "inquiry.recorded" (unknown_type)'
    )
    letters = [orjson.loads(line) for line in Path("dead.ndjson").read_bytes().splitlines()]
    assert [(each["line"], each["code"], each["field"]) for each in letters] == [
        (2, "invalid_json", "value"),
        (3, "unknown_type", "type"),
        (4, "invalid_event", "data.kind"),
        (5, "invalid_event", "time"),
        (6, "invalid_event", "recordedtime"),
        (8, "invalid_event", ""),
        (9, "invalid_event", "specversion"),
        (10, "wrong_topic", "type"),
    ]
    assert letters[0]["file"] == "events"
    assert letters[0]["value"] == "{"


def test_many_refused_lines_are_not_all_told(replay: Replay) -> None:
    Path("events").write_bytes(b"{\n" * 30)
    done = replay("--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson")
    assert done.err.splitlines()[20:] == [
        "... and 10 more; --dead-letters FILE keeps them all",
        "0 events applied, 0 statuses, 30 lines refused",
    ]


def test_the_policy_may_come_with_the_events(replay: Replay) -> None:
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z")))
    assert replay("--events", "events", "-o", "out.ndjson").code == 0
    assert told() == [], "without any policy nothing is said"


def test_an_unsound_policy_is_tried_with_a_word(replay: Replay) -> None:
    Path("policy.yaml").write_text(POLICY.replace("window: 2d, ", "").replace("at_most: 0", "at_most: 999"))
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z")))
    done = replay("--events", "events", "--policy", "policy.yaml", "-o", "out.ndjson")
    assert done.code == 0
    assert done.err.splitlines() == [
        "policy.yaml: no lane would take this policy: products.loan.rules[0].at_most: got at_most: 999, expected a "
        "limit that a value can break: there are only values from 0 to 128, for example at_most: 127",
        "... and 1 more: eligibility policy check policy.yaml",
        "1 events applied, 1 statuses, 0 lines refused",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--policy", "none.yaml"), 2, "none.yaml: No such file or directory"),
        (("--events", "none"), 2, "none: no such file"),
        (("--until", "soon"), 2, "--until soon: wanted an instant such as"),
        (("--policy", "broken.yaml"), 1, "broken.yaml: version: got nothing, expected"),
        (("--policy", "meaningless.yaml"), 1, "meaningless.yaml: products.loan.rules[0].fact: there is no fact"),
        (("--events", "broken.gz"), 1, "broken.gz: Not a gzipped file"),
        (("--output", "none/out.ndjson"), 1, "none/out.ndjson: No such file or directory"),
        (("--surprise",), 2, "No such option: --surprise"),
    ],
)
def test_what_cannot_be_done_leaves_the_former_output_alone(
    replay: Replay, arguments: tuple[str, ...], code: int, said: str
) -> None:
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z")))
    Path("broken.gz").write_bytes(b"no gzip")
    Path("broken.yaml").write_text("policy: p")
    Path("meaningless.yaml").write_text(POLICY.replace("hard_count", "heard_count"))
    Path("out.ndjson").write_text("what was there\n")
    done = replay("--events", "events", "--policy", "policy.yaml", "--output", "out.ndjson", *arguments)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err
    assert Path("out.ndjson").read_text() == "what was there\n"
    assert not list(Path().glob(".*"))


def test_standard_output_takes_the_statuses_alone(replay: Replay) -> None:
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z")))
    done = replay("--events", "events", "--policy", "policy.yaml", "--output", "-", "--json")
    assert orjson.loads(done.out)["data"]["status"] == "LIMITED"
    assert orjson.loads(done.err) == {"events": 1, "later": 0, "statuses": 1, "refused": 0}


def test_a_link_still_points_to_its_file_and_a_pipe_stays_a_pipe(replay: Replay) -> None:
    Path("events").write_bytes(ndjson(event(1, "2026-01-05T00:00:00Z")))
    Path("link.ndjson").symlink_to("real.ndjson")
    assert replay("--events", "events", "--policy", "policy.yaml", "--output", "link.ndjson").code == 0
    assert Path("link.ndjson").is_symlink()
    assert told("real.ndjson") == ["2026-01-05T00:00:00Z A LIMITED"]

    os.mkfifo("pipe")
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(Path("pipe").read_bytes()))
    reader.start()
    assert replay("--events", "events", "--policy", "policy.yaml", "--output", "pipe").code == 0
    reader.join(timeout=10)
    assert Path("pipe").is_fifo()
    assert came == [Path("real.ndjson").read_bytes()]

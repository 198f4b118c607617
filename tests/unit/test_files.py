"""Files of events: read whatever their compression, refused with file, line and field, ordered as Kafka would."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from streams.files import FileError, history_order, read_events, topic_order


def _inquiry(event_id: str, time: str, **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/test",
        "type": "inquiry.recorded",
        "subject": "A1",
        "time": time,
        "data": {"kind": "hard"},
        **more,
    }


def _payment(event_id: str, time: str, **more: Any) -> dict[str, Any]:
    return _inquiry(event_id, time, type="repayment.received", data={"amount": "1.00"}, **more)


def _ndjson(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_file_is_read_whatever_its_compression(tmp_path: Path, suffix: str) -> None:
    content = _ndjson(_inquiry("1", "2026-01-05T08:00:00Z"), _payment("2", "2026-01-05T08:00:01Z")) + b"\n"
    path = tmp_path / f"events.ndjson{suffix}"
    compressed = {"": content, ".gz": gzip.compress(content), ".zst": zstandard.ZstdCompressor().compress(content)}
    path.write_bytes(compressed[suffix])
    events = list(read_events([path]))
    assert [event.event.id for event in events] == ["1", "2"]
    assert [event.topic for event in events] == ["inquiries", "repayments"]
    assert events[0].key == b"A1"
    assert events[0].value == content.splitlines()[0]


def test_several_zstandard_frames_are_one_file(tmp_path: Path) -> None:
    frames = [_ndjson(_inquiry(str(n), "2026-01-05T08:00:00Z")) for n in range(3)]
    path = tmp_path / "events.ndjson.zst"
    path.write_bytes(b"".join(zstandard.ZstdCompressor().compress(frame) for frame in frames))
    assert [event.event.id for event in read_events([path])] == ["0", "1", "2"]


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    content = _ndjson(_inquiry("1", "2026-01-05T08:00:00Z"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert [event.event.id for event in read_events([Path("-")])] == ["1"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", ":2: not JSON: "),
        (b"[]", ":2: event: got a list"),
        (_ndjson(_inquiry("1", "2026-01-05T08:00:00Z", data={"kind": "firm"})).strip(), r":2: data\.kind: "),
        (_ndjson(_inquiry("1", "yesterday")).strip(), ":2: time: "),
        (_ndjson(_inquiry("1", "2026-01-05T08:00:00Z", type="inquiry.record")).strip(), ":2: type: "),
        (b" " + b'"' + b"x" * (1 << 20) + b'"', ":2: event: got 1048578 bytes"),
    ],
)
def test_a_wrong_line_is_named_with_its_field(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(_ndjson(_inquiry("0", "2026-01-05T08:00:00Z")) + line + b"\n")
    with pytest.raises(FileError, match=message):
        list(read_events([path]))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "events.ndjson.gz"
    broken.write_bytes(gzip.compress(_ndjson(_inquiry("0", "2026-01-05T08:00:00Z")))[:-9])
    for path in (tmp_path / "nowhere", broken):
        with pytest.raises(FileError, match=str(path)):
            list(read_events([path]))


def test_a_history_is_ordered_by_record_time_then_topic_then_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(
        _ndjson(
            _inquiry("later", "2026-01-05T08:00:02Z"),
            _inquiry("first-inquiry", "2026-01-05T08:00:01Z"),
            _payment("learnt-late", "2026-01-01T00:00:00Z", recordedtime="2026-01-05T08:00:03Z"),
            _inquiry("second-inquiry", "2026-01-05T08:00:01Z"),
            _payment("payment", "2026-01-05T08:00:01Z"),
        )
    )
    events = list(read_events([path]))
    ordered = [event.event.id for event in history_order(events)]
    assert ordered == ["payment", "first-inquiry", "second-inquiry", "later", "learnt-late"]
    by_topic = [event.event.id for event in topic_order(events)]
    assert by_topic == ["payment", "learnt-late", "first-inquiry", "second-inquiry", "later"]

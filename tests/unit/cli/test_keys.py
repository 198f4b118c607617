"""`eligibility keys` and who needs one, in this process."""

from pathlib import Path

import orjson
import pytest

from streams.cli.console import Exit
from tests.unit.cli.calls import call

TRUST = {
    "specversion": "1.0",
    "id": "1",
    "source": "/desk",
    "type": "trust.listed",
    "subject": "trust",
    "time": "2026-01-05T08:00:00Z",
    "data": {"by": "the board", "keys": []},
}

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def key(capsys: Capture, monkeypatch: Patch, tmp_path: Path) -> tuple[Path, str]:
    """A key file and its public half."""
    path = tmp_path / "li.pem"
    return path, call(capsys, monkeypatch, "keys", "new", path).out.strip()


def test_a_key_is_for_its_owner_alone_and_never_overwritten(
    capsys: Capture, monkeypatch: Patch, key: tuple[Path, str]
) -> None:
    path, public = key
    assert path.stat().st_mode & 0o777 == 0o600
    again = call(capsys, monkeypatch, "keys", "new", path)
    assert (again.code, "never overwritten" in again.err) == (Exit.FAILED, True)
    shown = call(capsys, monkeypatch, "keys", "show", path, "--json")
    assert orjson.loads(shown.out) == {"public_key": public}


def test_what_people_sign_is_signed_once_and_the_rest_left_alone(
    capsys: Capture, monkeypatch: Patch, key: tuple[Path, str], tmp_path: Path
) -> None:
    path, public = key
    other = TRUST | {"type": "inquiry.recorded", "subject": "A1", "data": {"kind": "hard"}}
    events = tmp_path / "events.ndjson"
    events.write_bytes(orjson.dumps(TRUST) + b"\n" + orjson.dumps(other) + b"\n")
    signed = call(capsys, monkeypatch, "keys", "sign", "--key", path, events).out.splitlines()
    document = orjson.loads(signed[0])
    assert (document["signingkey"], len(document["signature"])) == (public, 86)
    assert orjson.loads(signed[1]) == other
    events.write_text("\n".join(signed), encoding="utf-8")
    assert call(capsys, monkeypatch, "keys", "sign", "--key", path, events).out.splitlines() == signed


def test_what_is_no_key_is_told(capsys: Capture, monkeypatch: Patch, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("-----BEGIN PRIVATE KEY-----\n", encoding="utf-8")
    for path, words in ((wrong, "no private key"), (tmp_path / "none.pem", "No such file")):
        told = call(capsys, monkeypatch, "keys", "show", path)
        assert (told.code, words in told.err) == (Exit.USAGE, True)


def test_a_policy_sent_signed_wants_two_keys(
    capsys: Capture, monkeypatch: Patch, key: tuple[Path, str], tmp_path: Path
) -> None:
    policy = Path(__file__).parents[3] / "streams" / "local" / "policies" / "w1.yaml"
    events = tmp_path / "events.ndjson"
    events.write_bytes(orjson.dumps(TRUST))
    told = call(capsys, monkeypatch, "send", "--policy", policy, "--key", key[0], events)
    assert (told.code, "needs two keys" in told.err) == (Exit.USAGE, True)


def test_a_worker_on_brokers_elsewhere_wants_a_root_key_or_leave(capsys: Capture, monkeypatch: Patch) -> None:
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", "kafka.example:9092")
    told = call(capsys, monkeypatch, "worker")
    assert (told.code, "ELIGIBILITY_ALLOW_UNSIGNED=1" in told.err) == (Exit.USAGE, True)


def test_a_signed_document_is_checked(
    capsys: Capture, monkeypatch: Patch, key: tuple[Path, str], tmp_path: Path
) -> None:
    path, public = key
    document = tmp_path / "trust.json"
    document.write_bytes(orjson.dumps(TRUST))
    unsigned = call(capsys, monkeypatch, "keys", "check", document)
    assert (unsigned.code, "no signature that holds" in unsigned.err) == (Exit.DIFFERENT, True)
    signed = call(capsys, monkeypatch, "keys", "sign", "--key", path, document).out
    document.write_text(signed, encoding="utf-8")
    checked = call(capsys, monkeypatch, "keys", "check", document, "--key", public, "--json")
    assert (checked.code, orjson.loads(checked.out)) == (0, {"public_key": public})
    other = call(capsys, monkeypatch, "keys", "check", document, "--key", public[::-1])
    assert (other.code, "signed by" in other.err) == (Exit.DIFFERENT, True)
    document.write_text(signed.replace("the board", "somebody"), encoding="utf-8")
    assert call(capsys, monkeypatch, "keys", "check", document).code == Exit.DIFFERENT
    document.write_text("[]", encoding="utf-8")
    assert call(capsys, monkeypatch, "keys", "check", document).code == Exit.USAGE

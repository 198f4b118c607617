"""API keys: only their digests are kept, and a file that can't be meant is refused."""

import os
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from streams.settings import SettingsError, WebSettings, load
from streams.web.keys import Keys, KeysError, new_key
from tests.unit.cli.calls import call


def test_a_key_is_found_by_its_token_alone(tmp_path: Path) -> None:
    token, key = new_key("bank-app", ["own"], ["A"])
    path = tmp_path / "keys.yaml"
    path.write_text(f"keys: [{key.model_dump_json()}]", encoding="utf-8")
    keys = Keys(path)
    assert keys.find(token) == key
    secret = token.removeprefix("el_bank-app_")
    for wrong in (f"{token}x", token[:-1], secret, f"el_other_{secret}", f"bank-app_{secret}", "", "el__"):
        assert keys.find(wrong) is None
    assert secret not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keys: 3", "keys: Input should be a valid list"),
        ("keys: [", "keys.yaml"),
        ("keys: [{id: a, sha256: x, scopes: [own]}]", "sha256"),
        ("other: []", "other|keys"),
    ],
)
def test_a_file_that_cannot_be_meant_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeysError, match=told):
        Keys(path)


def test_two_keys_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    entries = [new_key("a", ["audit"], [])[1].model_dump(mode="json") for _ in range(2)]
    path.write_bytes(orjson.dumps({"keys": entries}))
    with pytest.raises(KeysError, match="same id"):
        Keys(path)


@pytest.mark.parametrize(
    ("scopes", "accounts"), [(["own"], []), (["audit"], ["A"]), ([], []), (["root"], []), (["own"], ["A B"])]
)
def test_scopes_and_accounts_belong_together(scopes: list[str], accounts: list[str]) -> None:
    with pytest.raises(ValidationError):
        new_key("a", scopes, accounts)


def test_the_verb_prints_a_token_and_the_entry_that_knows_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = call(capsys, monkeypatch, "keys", "api", "app", "--scope", "own", "--account", "A1", "--json")
    told = orjson.loads(done.out)
    path = tmp_path / "keys.yaml"
    path.write_bytes(orjson.dumps({"keys": [told["entry"]]}))
    found = Keys(path).find(told["token"])
    assert found is not None
    assert found.accounts == {"A1"}
    told_to_people = call(capsys, monkeypatch, "keys", "api", "app", "--scope", "audit").out
    assert "token, shown this once: el_app_" in told_to_people
    refused = call(capsys, monkeypatch, "keys", "api", "app", "--scope", "own")
    assert (refused.code, "belong together" in refused.err) == (2, True)


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "10.0.0.1:80", "example.com:80"])
def test_without_keys_only_loopback_is_served(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert WebSettings(address="127.0.0.1:0", open=True).open
    for name in [name for name in os.environ if name.startswith("ELIGIBILITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ELIGIBILITY_WEB__ADDRESS", address)
    monkeypatch.setenv("ELIGIBILITY_WEB__OPEN", "1")
    with pytest.raises(SettingsError, match=r"ELIGIBILITY_WEB: open is for loopback addresses only"):
        load()

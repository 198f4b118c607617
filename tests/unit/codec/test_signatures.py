"""Who signed what: only trusted keys in the right roles are heard, and four eyes are two people's (decision 0085)."""

from base64 import urlsafe_b64decode
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.settings import CoreSettings
from schemas.signing import SIGNERS
from streams.codec.block import settings_digest
from streams.codec.signatures import message, public_text, signed
from tests.support.core import Lane, digest, policy, rule
from tests.support.events import (
    Event,
    activated,
    approved,
    decided,
    event,
    missed,
    override,
    override_approved,
    override_revoked,
    proposed,
)

MISSED = rule("m", "repayment.missed_count", "NOT_OPEN", window="30d", at_most=0)
POLICY = policy(MISSED)


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


ROOT, LI, WANG, LI_TOO, REVIEWER, STRANGER, GONE = (key(number) for number in range(1, 8))
SETTINGS = CoreSettings(trust_root=public_text(ROOT))

TRUSTED: list[dict[str, Any]] = [
    {"public_key": public_text(LI), "holder": "li", "roles": ["override-proposer", "override-approver"]},
    {"public_key": public_text(LI_TOO), "holder": "li", "roles": ["override-approver"]},
    {"public_key": public_text(WANG), "holder": "wang", "roles": ["override-approver", "policy-author", "trustee"]},
    {"public_key": public_text(REVIEWER), "holder": "zhao", "roles": ["reviewer"]},
    {
        "public_key": public_text(GONE),
        "holder": "sun",
        "roles": ["override-approver"],
        "from": "2024-01-01T00:00:00Z",
        "until": "2025-01-02T00:00:00Z",
    },
]


def trust(at: str, keys: list[dict[str, Any]] = TRUSTED) -> Event:
    return event(at, "trust.listed", by="the board", keys=keys).of("trust")


class Signing(Lane):
    """A lane fed with events that people sign."""

    def sign(self, given: Event, hand: Ed25519PrivateKey, **changed: Any) -> "Signing":
        """One event signed, then changed."""
        self._places += 1
        row = self.record(given, self._places)
        document = {**signed(orjson.loads(row.value or b""), hand), **changed}
        self.records([row._replace(value=orjson.dumps(document))])
        return self


def trusting() -> Signing:
    return Signing(POLICY, SETTINGS).sign(trust("2025-01-01"), ROOT)


def test_the_signature_is_that_of_rfc_8032_over_the_canonical_form() -> None:
    """Key and public key of RFC 8032's first test; any other implementation can check the rest."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    hand = Ed25519PrivateKey.from_private_bytes(secret)
    assert public_text(hand) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    document = signed({"type": "x", "data": {"b": 1, "a": "é"}}, hand)
    data = message(document)
    expected = '{"data":{"a":"é","b":1},"signingkey":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","type":"x"}'
    assert data == b"eligibility-signature-v1\n" + expected.encode()
    hand.public_key().verify(urlsafe_b64decode(document["signature"] + "=="), data)


def test_what_has_no_canonical_form_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="RFC 8785"):
        signed({"data": 1 << 60}, LI)


def test_signed_by_two_people_an_override_takes_effect_also_after_a_restart() -> None:
    lane = trusting().feed(missed("2025-01-01"))
    lane.restart()
    lane.sign(override("2025-01-02", "OPEN"), LI)
    lane.restart()
    lane.sign(override_approved("2025-01-03"), WANG)
    assert lane.rejected() == []
    assert lane.told() == ["2025-01-01 NOT_OPEN m=1/0", "2025-01-03 OPEN"]


@pytest.mark.parametrize("hand", [LI, LI_TOO])
def test_four_eyes_look_at_keys_and_their_holders_not_at_names(hand: Ed25519PrivateKey) -> None:
    lane = trusting().feed(missed("2025-01-01")).sign(override("2025-01-02", "OPEN", by="li"), LI)
    lane.sign(override_approved("2025-01-03", by="wang"), hand)
    assert lane.rejected() == ["invalid_event signingkey"]
    assert lane.sign(override_approved("2025-01-04", by="li"), WANG).told()[1:] == ["2025-01-04 OPEN"]


REFUSED = [
    ("unsigned", override_approved("2025-01-03"), None, {}, "signingkey"),
    ("without the signature", override_approved("2025-01-03"), WANG, {"signature": None}, "signature"),
    ("by nobody's key", override_approved("2025-01-03"), STRANGER, {}, "signingkey"),
    ("in another role", override("2025-01-03", "OPEN"), WANG, {}, "signingkey"),
    ("after the key's time", override_approved("2025-01-03"), GONE, {}, "signingkey"),
    ("changed since", decided("2025-01-03", "OPEN"), REVIEWER, {"id": "another"}, "signature"),
    ("from another source", decided("2025-01-03", "OPEN"), REVIEWER, {"source": "/elsewhere"}, "signature"),
    ("signed long ago", override_approved("2025-01-03").happened("2024-12-26"), WANG, {}, "time"),
    ("with numbers beyond canonical form", decided("2025-01-03", "OPEN"), REVIEWER, {"more": 1 << 60}, "data"),
    ("a policy", approved("2025-01-03", digest(POLICY)), None, {}, "signingkey"),
    ("a policy in another role", approved("2025-01-03", digest(POLICY)), WANG, {}, "signingkey"),
    ("a list by nobody's trustee", trust("2025-01-03"), LI, {}, "signingkey"),
    ("a list older than the one in force", trust("2025-01-03").happened("2024-12-31"), ROOT, {}, "time"),
]


@pytest.mark.parametrize(("what", "given", "hand", "changed", "field"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_wrong_signature_is_a_dead_letter_that_names_its_field(
    what: str, given: Event, hand: Ed25519PrivateKey | None, changed: dict[str, Any], field: str
) -> None:
    lane = trusting()
    told = lane.told()
    if hand is None:
        lane.feed(given)
    else:
        lane.sign(given, hand, **changed)
    assert lane.rejected() == [f"invalid_event {field}"]
    assert lane.told() == told


def test_a_policy_needs_author_approver_and_operator() -> None:
    document = policy(MISSED, version=2, policy="q")
    roles = ("policy-author", "policy-approver", "policy-operator")
    keys = [
        {"public_key": public_text(hand), "holder": holder, "roles": list(roles)}
        for hand, holder in ((LI, "li"), (LI_TOO, "li"), (WANG, "wang"))
    ]
    lane = Signing(POLICY, SETTINGS).sign(trust("2025-01-01", keys), ROOT)
    lane.sign(proposed("2025-01-02", document, digest(document)), LI).restart()
    lane.sign(approved("2025-01-03", digest(document)), LI_TOO)
    assert lane.rejected() == ["invalid_event signingkey"]
    lane.sign(approved("2025-01-04", digest(document)), WANG).sign(activated("2025-01-05", digest(document)), LI)
    assert lane.feed(missed("2025-01-06")).statuses[-1]["data"]["policy"]["version"] == 2


def test_a_key_taken_off_the_list_counts_no_longer_and_a_trustee_may_do_it() -> None:
    lane = trusting().feed(missed("2025-01-01")).sign(override("2025-01-02", "OPEN"), LI)
    lane.sign(trust("2025-01-03", TRUSTED[2:]), WANG)
    lane.sign(override_approved("2025-01-04"), WANG).sign(override_revoked("2025-01-05"), LI)
    assert lane.rejected() == ["invalid_event signingkey"]
    assert lane.told()[1:] == ["2025-01-04 OPEN"], "what it signed before goes on to count"


def test_without_a_root_key_nothing_is_checked_and_no_list_is_taken() -> None:
    lane = Signing(POLICY).feed(missed("2025-01-01")).sign(override("2025-01-02", "OPEN"), STRANGER)
    lane.feed(override_approved("2025-01-03"))
    assert lane.told()[1:] == ["2025-01-03 OPEN"]
    assert lane.sign(trust("2025-01-04"), ROOT).rejected() == ["invalid_event type"]


def test_two_entries_of_one_key_are_no_list() -> None:
    twice = [TRUSTED[0], TRUSTED[0] | {"holder": "another"}]
    lane = Signing(POLICY, SETTINGS).sign(trust("2025-01-01", twice), ROOT)
    assert lane.rejected() == ["invalid_event data.keys[1].public_key"]


def test_every_override_decision_and_policy_step_is_signed() -> None:
    assert set(SIGNERS) == {
        *("override.proposed", "override.approved", "override.revoked", "review.decided", "trust.listed"),
        *(
            f"policy.{step}"
            for step in ["proposed", "approved", "activated", "retired", "rollout_set", "frozen", "unfrozen"]
        ),
    }


def test_the_root_key_is_a_setting_that_blocks_carry() -> None:
    assert settings_digest(SETTINGS) != settings_digest(CoreSettings())
    assert "trust_root" not in CoreSettings().as_dict(), "ledgers from before it go on"

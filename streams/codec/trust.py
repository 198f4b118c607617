"""Whose signatures count: the trust list that a lane knows, and the check of every event that people sign.

The list is itself an input: `trust.listed` in the topic `policies`, signed by the root key of the settings or by a
trustee of the list before. So a replay knows at each record which keys counted (decision 0085).
"""

from __future__ import annotations

from typing import Any, Final

from schemas.errors import Code, ContractError, describe
from schemas.event import Event
from schemas.signing import SIGNERS, Proof, Signer
from streams.codec.signatures import is_good

ROOT_HOLDER: Final = "root"
SIGNED_FOR_MS: Final = 7 * 86_400_000
"""How long after its `time` a signed event may be recorded: what was signed long ago can't be sent again, although the
memory of ids is bounded.
"""


class Trust:
    """The keys that one lane trusts. Without a root key nothing is checked, and nobody is known as a signer."""

    def __init__(self, root: str) -> None:
        """`root`: a public key, or empty where events may come unsigned."""
        self._root = root
        self.listed: dict[str, Any] = {"keys": [], "time": 0}
        """The list in force and its event's time; keys as `trust.listed` has them, instants in ms."""

    def admit(self, event: Event, recorded_at: int) -> None:
        """Note the signer of an event that people sign. Raises ContractError where it isn't signed as it must be."""
        if not self._root:
            return
        proof = event.proof
        assert proof is not None, "what people sign is decoded with its proof"
        signer = self._signer(event.type, proof, recorded_at)
        if not is_good(proof):
            raise _refused("signature", "one that isn't the key's over this event", "the event unchanged as signed")
        if event.time < recorded_at - SIGNED_FOR_MS:
            days = (recorded_at - event.time) // 86_400_000
            raise _refused("time", f"{days} days before its record", "a signed event at most 7 days old")
        event.signer = signer

    def replace(self, event: Event) -> None:
        """Trust the keys of an admitted `trust.listed` from now on. Raises ContractError where nothing is checked, and
        for a list older than the one in force.
        """
        if not self._root:
            raise _refused("type", describe(event.type), "a root key in the settings (ELIGIBILITY_TRUST_ROOT)")
        if event.time < self.listed["time"]:
            raise _refused("time", "a list older than the one in force", "a newer one")
        keys = [key.model_dump(by_alias=True, exclude_none=True) for key in event.data.keys]
        self.listed = {"keys": keys, "time": event.time}

    def _signer(self, kind: str, proof: Proof, recorded_at: int) -> Signer:
        """Who would have signed, were the signature good."""
        for name, came in (("signingkey", proof.key), ("signature", proof.signature)):
            if came is None:
                raise _refused(name, "nothing", f"an Ed25519 signature: {kind} is only taken signed")
        if proof.message is None:
            raise _refused("data", "numbers or nesting that RFC 8785 has no form for", "an event in canonical form")
        assert proof.key is not None, "asked for above"
        if kind == "trust.listed" and proof.key == self._root:
            return Signer(proof.key, ROOT_HOLDER)
        key = next((each for each in self.listed["keys"] if each["public_key"] == proof.key), None)
        if key is None or not key.get("from", 0) <= recorded_at < key.get("until", recorded_at + 1):
            came = describe(proof.key) + ("" if key is None else ", which isn't trusted at that time")
            raise _refused("signingkey", came, "a key of the trust list in force")
        roles = SIGNERS[kind]
        if not set(roles) & set(key["roles"]):
            came = f"a key in the roles {', '.join(key['roles'])}"
            raise _refused("signingkey", came, f"a key in the role {' or '.join(roles)}")
        return Signer(proof.key, key["holder"])


def _refused(field: str, came: str, expected: str) -> ContractError:
    return ContractError(Code.INVALID_EVENT, field, came, expected)

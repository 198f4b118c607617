"""What every lane takes in beside its accounts: the life of policies, the clock, operations (contracts, "Events").

Kept under keys that no account can have, so that a lane is restored with its policies from its changelog alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from schemas.errors import Code, ContractError
from schemas.event import Event
from schemas.policy import PolicyDocument, parse_policy
from schemas.settings import CoreSettings
from schemas.signing import Signer, same_hand
from streams.codec import operations
from streams.codec.canonical import canonical
from streams.codec.operations import Operations
from streams.codec.trust import Trust
from streams.core import limits
from streams.core.folds.targets import fingerprint
from streams.core.policies import EVERYBODY, Policies, Turn
from streams.core.policy.check import check_policy
from streams.core.policy.compile import compile_policy
from streams.core.step import in_its_time

LANE_KEY: Final = b"~lane"
TRUST_KEY: Final = b"~trust"
POLICY_KEY: Final = b"~policy/"


class Broadcasts:
    """The policies, the settled clock and the operations of one lane."""

    def __init__(self, settings: CoreSettings) -> None:
        self.policies = Policies()
        self.settled = 0
        """All source events up to this instant (ms) are in: timers up to it fire without grace."""
        self.activations: list[dict[str, Any]] = []
        """Turns decided since the last `drain`, for the block."""
        self.trust = Trust(settings.trust_root)
        self.operations = Operations()
        self._settings = settings
        self._versions: dict[str, dict[str, Any]] = {}
        self._touched: dict[bytes, Any] = {}  # None: gone
        self._turns: list[Turn] = []
        self._ids: list[str] = []

    def take(self, event: Event, recorded_at: int, clock: int) -> None:
        """Apply one broadcast event, a producer's duplicate excepted (semantics M7); `clock` is the lane's (ms).

        Raises ContractError, nothing applied then.
        """
        key = fingerprint(event.source, event.id).hex()
        if key in self._ids:
            return
        if event.proof is not None:
            self.trust.admit(event, recorded_at)
        self._apply(event, recorded_at, clock)
        self._ids = [*self._ids, key][-limits.EVENT_IDS :]
        self._touch_lane()

    def _apply(self, event: Event, recorded_at: int, clock: int) -> None:
        name = event.type
        if name == "clock.advanced":
            self._advance(event, recorded_at)
        elif name == "trust.listed":
            self.trust.replace(event)
            self._touched[TRUST_KEY] = self.trust.listed
        elif name.startswith("policy."):
            self._policy(event, recorded_at, clock)
        else:
            self.operations.take(in_its_time(event, recorded_at, self._settings))
            self._excuse()

    def install(self, policy: PolicyDocument) -> None:
        """Put a policy in force from its effective_from, whoever proposed it. Raises PolicyMeaningError."""
        version = _version(policy, "installed", shadow=False)
        self._keep(version)
        self._touch(version)
        self._turn(Turn(policy.effective_from, "activate", policy.digest, EVERYBODY, ""))

    def restore(self, key: bytes, value: bytes) -> bool:
        """Take back one changelog record; False when it isn't of these."""
        if not key.startswith(b"~"):
            return False
        content = orjson.loads(value)
        if key == LANE_KEY:
            self.settled = content["settled"]
            self._turns = [Turn(**turn) for turn in content["turns"]]
            self._ids = content["ids"]
        elif key == TRUST_KEY:
            self.trust.listed = content
        elif key.startswith(POLICY_KEY):
            self._keep(content)
        elif key.startswith(operations.PREFIX):
            self.operations.restore(key, content)
        else:
            return False
        return True

    def forget(self, key: bytes) -> None:
        """Take back that a key has gone from the changelog."""
        if key.startswith(operations.PREFIX):
            self.operations.forget(key)

    def ready(self) -> None:
        """All changelog records are in: the newest of each key counts, whatever their order."""
        self.policies.begin(self._turns)
        self._excuse()

    def drain(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The changelog records (key, value) of what changed since the last drain; None for what has gone."""
        touched, self._touched = self._touched | self.operations.touched, {}
        self.operations.touched = {}
        self.activations = []
        for key, content in touched.items():
            if content is None:
                yield key, None
            else:
                yield key, orjson.dumps(content) if key.startswith(POLICY_KEY) else canonical(content)

    def _advance(self, event: Event, recorded_at: int) -> None:
        to = event.data.to
        if to > recorded_at + self._settings.future_ms:
            raise ContractError(
                Code.TIME_IN_FUTURE, "data.to", "an instant after the record's timestamp", "one that has passed"
            )
        self.settled = max(self.settled, to)

    def _policy(self, event: Event, recorded_at: int, clock: int) -> None:
        step, data = event.type.partition(".")[2], event.data
        if step == "proposed":
            self._propose(event)
            return
        if step in ("frozen", "unfrozen"):
            what = "freeze" if step == "frozen" else "unfreeze"
            self._turn(Turn(max(recorded_at, clock), what, "", EVERYBODY, ""))
            return
        version = self._versions.get(data.digest)
        if version is None:
            raise ContractError(
                Code.TARGET_UNKNOWN, "data.digest", f'"{data.digest}"', "the digest of a policy that was proposed"
            )
        getattr(self, f"_{step}")(version, event, recorded_at, clock)

    def _propose(self, event: Event) -> None:
        data = event.data
        if data.digest in self._versions:
            return
        problems = check_policy(data.document, self._newest())
        if problems:
            first = problems[0]
            place = f"data.document.{first.place}"
            raise ContractError(Code.INVALID_EVENT, place, first.came, first.expected, first.example)
        version = _version(data.document, data.by, shadow=bool(data.shadow))
        if event.signer is not None:
            version["signer"] = list(event.signer)
        self._keep(version)
        self._touch(version)

    def _newest(self) -> PolicyDocument | None:
        """The policy activated last, which the next one would replace."""
        digest = self._activated_last()
        return None if digest is None else parse_policy(self._versions[digest]["document"])

    def _activated_last(self) -> str | None:
        turns = reversed(self.policies.turns)
        return next((each.digest for each in turns if each.what == "activate"), None)

    def _approved(self, version: dict[str, Any], event: Event, recorded_at: int, clock: int) -> None:
        data, proposer = event.data, version.get("signer")
        if same_hand(data.by, event.signer, version["by"], None if proposer is None else Signer(*proposer)):
            field = "data.by" if event.signer is None else "signingkey"
            raise ContractError(
                Code.INVALID_EVENT, field, f'"{data.by}", who proposed it', "another person than the proposer"
            )
        version["approved_by"] = version["approved_by"] or data.by
        self._touch(version)

    def _activated(self, version: dict[str, Any], event: Event, recorded_at: int, clock: int) -> None:
        if version["approved_by"] is None or version["retired"]:
            came = "a retired policy" if version["retired"] else "a policy that nobody approved"
            raise ContractError(
                Code.INVALID_EVENT, "data.digest", came, "one that another person than its proposer approved"
            )
        digest = event.data.digest
        if self._activated_last() == digest:
            return
        effective_from = self.policies.programs[digest].effective_from
        at = max(effective_from, recorded_at + self._settings.activation_delay_ms, clock)
        share, salt = version["rollout"] or (EVERYBODY, "")
        self._turn(Turn(at, "activate", digest, share, salt))

    def _retired(self, version: dict[str, Any], event: Event, recorded_at: int, clock: int) -> None:
        version["retired"] = True
        self._touch(version)
        self.policies.cancel(event.data.digest, max(recorded_at, clock))
        self._touch_lane()

    def _rollout_set(self, version: dict[str, Any], event: Event, recorded_at: int, clock: int) -> None:
        data = event.data
        share = int(data.percent * 100)
        version["rollout"] = [share, data.salt]
        self._touch(version)
        begins = [each.at for each in self.policies.turns if each.what == "activate" and each.digest == data.digest]
        if begins:
            at = max(recorded_at + self._settings.activation_delay_ms, clock, begins[-1])
            self._turn(Turn(at, "rollout", data.digest, share, data.salt))

    def _turn(self, turn: Turn) -> None:
        self.policies.add(turn)
        self.activations.append({"at": turn.at, "what": turn.what, "digest": turn.digest or None})
        self._touch_lane()

    def _keep(self, version: dict[str, Any]) -> None:
        self._versions[version["digest"]] = version
        self.policies.programs[version["digest"]] = compile_policy(parse_policy(version["document"]))
        self._excuse()

    def _excuse(self) -> None:
        """Tell the policies that excuse repayments which outages there are, those of all products and channels."""
        for program in self.policies.programs.values():
            if program.context.excuses is not None:
                program.context.excuses.know(self.operations.outages(program.context.zone))

    def _touch(self, version: dict[str, Any]) -> None:
        self._touched[POLICY_KEY + version["digest"].encode()] = version

    def _touch_lane(self) -> None:
        turns = [each._asdict() for each in self.policies.turns]
        self._touched[LANE_KEY] = {"ids": self._ids, "settled": self.settled, "turns": turns}


def _version(policy: PolicyDocument, by: str, *, shadow: bool) -> dict[str, Any]:
    """A policy version as the lane keeps it: the document in its own order, and the steps of its life."""
    return {
        "digest": policy.digest,
        "by": by,
        "shadow": shadow,
        "approved_by": None,
        "retired": False,
        "rollout": None,
        "document": policy.document(),
    }

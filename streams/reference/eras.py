"""Which policy holds for which account when: activations, rollouts, freezes (semantics.md E8 to E10, E14, E15)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from streams.reference.calendar import NEVER, parse_instant
from streams.reference.policy import Policy, read_policy

Share = tuple[Policy, str, Decimal, str]
"""A policy and its digest, the percentage of accounts that it reaches, and the salt that chooses them."""
ALL = Decimal(100)


class Turn(NamedTuple):
    """Something that changes what holds, at an instant."""

    at: int
    what: str
    digest: str = ""
    percent: Decimal = ALL
    salt: str = ""


@dataclass(frozen=True)
class Era:
    """What holds from an instant on, the newest policy first. `sweep`: every account is evaluated at its begin."""

    at: int
    shares: tuple[Share, ...]
    frozen: bool
    sweep: bool


class Eras:
    """The policies of one lane, as the events of the topic `policies` tell them."""

    def __init__(self, activation_delay: int) -> None:
        self.all: list[Era] = []
        self._delay = activation_delay
        self._versions: dict[str, dict[str, Any]] = {}
        self._policies: dict[str, Policy] = {}
        self._turns: list[Turn] = []

    @property
    def policies(self) -> list[Policy]:
        """Every policy that has come into force, or will."""
        return [policy for era in self.all for policy, *_ in era.shares]

    def install(self, document: dict[str, Any]) -> None:
        """A policy that is in force from its effective_from (E10)."""
        policy = self._policies["installed"] = read_policy(document)
        self._turn(Turn(policy.effective_from, "activate", "installed"))

    def take(self, event: dict[str, Any], recorded: int, clock: int) -> None:
        """An event of a policy's life that was not rejected."""
        step, data = event["type"].partition(".")[2], event["data"]
        if step in ("frozen", "unfrozen"):
            self._turn(Turn(max(recorded, clock), step))
            return
        digest = data["digest"]
        if step == "proposed":
            if digest not in self._versions:
                self._versions[digest] = {"document": data["document"], "rollout": (ALL, "")}
                self._policies[digest] = read_policy(data["document"])
        elif step == "activated" and self._activated_last() != digest:
            effective = parse_instant(self._versions[digest]["document"]["effective_from"])
            percent, salt = self._versions[digest]["rollout"]
            self._turn(Turn(max(effective, recorded + self._delay, clock), "activate", digest, percent, salt))
        elif step == "rollout_set":
            percent, salt = self._versions[digest]["rollout"] = (Decimal(str(data["percent"])), data["salt"])
            begins = [turn.at for turn in self._turns if (turn.what, turn.digest) == ("activate", digest)]
            if begins:
                at = max(recorded + self._delay, clock, begins[-1])
                self._turn(Turn(at, "rollout", digest, percent, salt))
        elif step == "retired":
            after = max(recorded, clock)
            self._turns = [turn for turn in self._turns if turn.at <= after or turn.digest != digest]
            self._build()

    def _activated_last(self) -> str | None:
        return next((turn.digest for turn in reversed(self._turns) if turn.what == "activate"), None)

    def _turn(self, turn: Turn) -> None:
        self._turns.append(turn)
        self._turns.sort(key=lambda each: each.at)  # stable: what was told later follows
        self._build()

    def _build(self) -> None:
        self.all = []
        era = Era(0, (), frozen=False, sweep=False)
        for turn in self._turns:
            if turn.what == "activate":
                policy = self._policies[turn.digest]
                if era.shares:
                    policy = with_withdrawn(policy, era.shares[0][0])
                shares = [(policy, turn.digest, turn.percent, turn.salt)]
                for share in era.shares:
                    if share[1] != turn.digest:
                        shares.append(share)
                    if share[2] >= ALL:
                        break
                era = Era(turn.at, tuple(shares), era.frozen, sweep=True)
            elif turn.what == "rollout":
                told = [
                    (policy, digest, turn.percent, turn.salt)
                    if digest == turn.digest
                    else (policy, digest, percent, salt)
                    for policy, digest, percent, salt in era.shares
                ]
                era = Era(turn.at, tuple(told), era.frozen, sweep=True)
            else:
                era = Era(turn.at, era.shares, turn.what == "frozen", sweep=turn.what == "unfrozen")
            self.all.append(era)

    def at(self, at: int) -> int:
        """How many eras have begun by an instant."""
        return sum(era.at <= at for era in self.all)

    def next_sweep(self, era: int) -> int:
        """The begin of the first era after so many at which every account is evaluated."""
        return next((each.at for each in self.all[era:] if each.sweep), NEVER)

    def policy_for(self, account: str, era: int) -> tuple[Policy | None, bool]:
        """An account's policy after so many eras, None where nothing is judged; and whether its rollout hasn't reached
        the account, for which there was none before (POL-02).
        """
        if era == 0 or self.all[era - 1].frozen:
            return None, False
        shares = self.all[era - 1].shares
        for policy, _, percent, salt in shares:
            if bucket(salt, account) < int(percent * 100):
                return policy, False
        return (shares[-1][0], True) if shares else (None, False)

    def others_to_come(self, account: str, era: int) -> bool:
        """Whether another policy is known to follow for the account."""
        own = self.policy_for(account, era)
        later = (self._unfrozen(account, each) for each in range(era + 1, len(self.all) + 1))
        return any(each != own for each in later)

    def _unfrozen(self, account: str, era: int) -> tuple[Policy | None, bool]:
        kept = self.all[era - 1]
        self.all[era - 1] = replace(kept, frozen=False)
        found = self.policy_for(account, era)
        self.all[era - 1] = kept
        return found


def bucket(salt: str, account: str) -> int:
    """0 to 9,999 (E14)."""
    return int.from_bytes(sha256(salt.encode() + b"\0" + account.encode()).digest()[:8], "big") % 10_000


def with_withdrawn(policy: Policy, former: Policy) -> Policy:
    """The policy with the products of the former one that it no longer names, withdrawn (E8)."""
    names = {product.id for product in policy.products}
    gone = [replace(each, withdrawn=True, rules={}) for each in former.products if each.id not in names]
    if not gone:
        return policy
    return replace(policy, products=[*policy.products, *gone])

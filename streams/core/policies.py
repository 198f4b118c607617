"""Which policy holds for which account when: activations, rollouts and freezes as eras (semantics E8-E10, E14, E15)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from hashlib import sha256
from typing import Final, NamedTuple

from streams.core.calendar import END, NEVER
from streams.core.outlook import Successor
from streams.core.policy.program import Program

EVERYBODY: Final = 10_000
"""A rollout of 100 percent, in hundredths of a percent."""


Share = tuple[Program, int, str]
"""A program, the share of accounts it reaches (hundredths of a percent), and the salt that chooses them."""


class Era(NamedTuple):
    """From `at` on: these programs, newest first, each with the share of accounts it reaches; frozen or not.
    `sweep`: every account is evaluated at its begin.
    """

    at: int
    programs: tuple[Share, ...]
    frozen: bool
    sweep: bool


class InForce(NamedTuple):
    """What holds for an account: its program, whether that is one whose rollout hasn't reached it, and what follows."""

    program: Program
    rollout: bool
    successors: list[Successor]


_NONE: list[Successor] = []


class Turn(NamedTuple):
    """One thing that changed which policy holds: `what` is activate, rollout, freeze or unfreeze."""

    at: int
    what: str
    digest: str
    share: int
    salt: str


class Policies:
    """The eras of one lane, in order of their begin. An account counts the eras that it has been evaluated under."""

    def __init__(self) -> None:
        self.programs: dict[str, Program] = {}
        self.turns: list[Turn] = []
        self.eras: list[Era] = []
        self._begins: list[int] = []
        self._sweeps: list[int] = [NEVER]
        self._for_all: InForce | None = None

    def add(self, turn: Turn) -> None:
        """Something changes at turn.at, which is never before an instant that an account was evaluated at."""
        index = bisect_right([each.at for each in self.turns], turn.at)
        self.turns.insert(index, turn)
        self._rebuild()

    def begin(self, turns: list[Turn]) -> None:
        """Start from these turns, in order of time; their programs are known."""
        self.turns = list(turns)
        self._rebuild()

    def cancel(self, digest: str, after: int) -> None:
        """Forget what hasn't begun yet of a retired policy."""
        self.turns = [each for each in self.turns if each.at <= after or each.digest != digest]
        self._rebuild()

    def _rebuild(self) -> None:
        self.eras = []
        era = Era(0, (), False, False)
        for turn in self.turns:
            era = self._after(era, turn)
            self.eras.append(era)
        self._for_all = None
        if era.programs and era.programs[0][1] >= EVERYBODY and not era.frozen:
            self._for_all = InForce(era.programs[0][0], False, _NONE)
        self._begins = [each.at for each in self.eras]
        self._sweeps = [NEVER] * (len(self.eras) + 1)
        for index in reversed(range(len(self.eras))):
            self._sweeps[index] = self.eras[index].at if self.eras[index].sweep else self._sweeps[index + 1]

    def _after(self, era: Era, turn: Turn) -> Era:
        match turn.what:
            case "activate":
                program = self.programs[turn.digest]
                if era.programs:
                    program = _with_withdrawn(program, era.programs[0][0])
                programs = ((program, turn.share, turn.salt), *_below(era.programs, turn.digest))
                return Era(turn.at, programs, era.frozen, True)
            case "rollout":
                programs = tuple(
                    (program, turn.share, turn.salt) if program.digest == turn.digest else (program, share, salt)
                    for program, share, salt in era.programs
                )
                return Era(turn.at, programs, era.frozen, True)
            case _:
                return Era(turn.at, era.programs, turn.what == "freeze", turn.what != "freeze")

    def place_of(self, product: str) -> int:
        """The order of a product in the newest policy that has it."""
        for era in reversed(self.eras):
            for program, _, _ in era.programs:
                if product in program.by_id:
                    return program.by_id[product].order
        return 0

    def era_at(self, t: int) -> int:
        """How many eras have begun by an instant."""
        return bisect_right(self._begins, t)

    def next_begin(self, t: int) -> int:
        """The begin of the first era after an instant, or NEVER."""
        index = bisect_right(self._begins, t)
        return self._begins[index] if index < len(self._begins) else NEVER

    def next_sweep(self, era: int) -> int:
        """The begin of the next era after so many that evaluates every account, or NEVER."""
        return self._sweeps[era]

    def frozen(self, era: int) -> bool:
        """Whether nothing is judged after this many eras have begun."""
        return era > 0 and self.eras[era - 1].frozen

    def program_for(self, account: str, era: int) -> tuple[Program | None, bool]:
        """The program of an account, and whether it is one whose rollout hasn't reached the account."""
        if era == 0:
            return None, False
        programs = self.eras[era - 1].programs
        for program, share, salt in programs:
            if share >= EVERYBODY or bucket(salt, account) < share:
                return program, False
        return (programs[-1][0], True) if programs else (None, False)

    def in_force(self, account: str, era: int) -> InForce | None:
        """What holds for an account after so many eras have begun; None where nothing is judged."""
        if era == len(self.eras) and self._for_all is not None:
            return self._for_all
        program, rollout = self.program_for(account, era)
        if program is None or self.frozen(era):
            return None
        return InForce(program, rollout, self.successors(account, era))

    def successors(self, account: str, era: int) -> list[Successor]:
        """The policies to come for an account, as known now."""
        if era >= len(self.eras):
            return _NONE
        found: list[Successor] = []
        current = self.program_for(account, era)
        for index in range(era, len(self.eras)):
            coming = self.program_for(account, index + 1)
            if coming[0] is not None and coming != current and self.eras[index].at < END:
                found.append(Successor(self.eras[index].at, coming[0], coming[1]))
                current = coming
        return found


def bucket(salt: str, account: str) -> int:
    """0 to 9,999: an account's place in a rollout, the same on every machine (semantics E14)."""
    digest = sha256(salt.encode() + b"\0" + account.encode()).digest()
    return int.from_bytes(digest[:8], "big") % EVERYBODY


def _below(programs: tuple[Share, ...], digest: str) -> tuple[Share, ...]:
    """What stays in force below a new policy for accounts that it doesn't reach: down to the one that reaches all."""
    whole = next((place for place, (_, share, _) in enumerate(programs) if share >= EVERYBODY), len(programs))
    return tuple(each for each in programs[: whole + 1] if each[0].digest != digest)


def _with_withdrawn(program: Program, former: Program) -> Program:
    gone = [product for product in former.products if product.id not in program.by_id]
    if not gone:
        return program
    order = len(program.products)
    added = tuple(
        replace(product, withdrawn=True, rules=(), by_segment=False, order=order + index)
        for index, product in enumerate(gone)
    )
    products = program.products + added
    return replace(program, products=products, by_id={product.id: product for product in products})

"""Under a policy that the check lets through, every reason said holds what its texts need."""

from collections import Counter

import pytest

from schemas.policy import parse_policy
from schemas.reasons import REASONS
from streams.audit.replay import replay_events
from streams.core.policy.check import check_policy
from tests.reference import generate, generate_policy

MAY_BE_MISSING = {
    *((code, "review") for code in ("ACC-03", "SCO-01", "SCO-02", "SCO-03", "POL-01")),  # a policy without reviews
    ("REP-01", "amount"),  # an installment of another currency than the policy's
    ("CHO-01", "date"),  # closed without an end
    ("SCO-01", "factors"),  # a score that came without; a rule on score.factors_known is for that
}
SEEDS = 120
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_reasons_under_a_sound_policy_have_values_for_all_their_placeholders(share: int) -> None:
    told = Counter[str]()
    for seed in range(share, SEEDS, SHARES):
        document = generate_policy.policy(seed)
        if check_policy(parse_policy(document)):
            continue
        for status in replay_events(generate.history(seed, 5, 80), document):
            for reason in status["data"]["reasons"]:
                if reason["disclosure"] == "full":
                    told[reason["code"]] += 1
                    missing = REASONS[reason["code"]].placeholders - reason["values"].keys()
                    assert {(reason["code"], name) for name in missing} <= MAY_BE_MISSING, f"seed {seed}: {reason}"
    assert len(told) > 5

"""Every bound of the hot state, with its arithmetic (semantics M12, M13, T17).

The state of an account is what present and future evaluation needs, not its history: lists are bounded and the oldest
entry goes by (time, id). The numbers keep an account of W1's load (10 events) below 1 KiB and the largest possible one
below 712 KiB, under the 1,000,000 bytes that a lane writes as one record:

    704 installments and payments x 90 B + 128 inquiries x 80 B + 4 x 128 dated x 50 B + 700 named x 100 B < 200 KiB
    records that wait for their target: 512 KiB
"""

from typing import Final

EVENT_IDS: Final = 128
"""Remembered (source, id) hashes, 8 bytes each: two full days of hourly events of one account."""

OPEN_INSTALLMENTS: Final = 512
"""Installments not paid in full: ten loans of four years, paid monthly."""

SETTLED_INSTALLMENTS: Final = 96
"""Installments paid in full: two years of four loans."""

PAYMENTS: Final = 96
"""Payments that a reversal can still name."""

PAID_MAX: Final = 1 << 62
"""Minor units paid for one installment, credit included: four times the largest amount (14 digits before the point and
four decimals), and what a state's encoding carries. What goes beyond waits.
"""

INQUIRIES: Final = 128
REPORTS: Final = 128
MISSED: Final = 128
SPENDINGS: Final = 128
"""Dated entries of one kind: five years of two a month."""

NAMED: Final = 32
"""Entries under names from outside: consents, flags, providers, restriction states, failed items, choices."""

CASES: Final = 64
"""Overrides, disputes, reviews, explanations, notes, court records, pauses, withdrawals and reversals, each."""

PENDING_TARGETS: Final = 64
PENDING_TARGET_MS: Final = 30 * 86_400_000
"""Corrections, suppressions and disputes of events not seen yet wait this long (semantics M13)."""

PENDING_TARGET_BYTES: Final = 1 << 19
"""Of an account's waiting records, keys, values and headers together: 8 KiB each when all places are taken."""

PENDING_REVERSAL_MS: Final = 90 * 86_400_000
"""A reversal waits this long for its payment (semantics M6)."""

OPERATIONS_ENDED: Final = 1024
"""Ended maintenance windows, incidents and pauses of providers that a lane remembers, so that late news of one change
nothing: a dozen a day for a quarter. Those under way are not counted: each is there until somebody ends it.
"""

PLACES_LOOKED_AT: Final = 1024
PLACES_TOLD: Final = 256
CAUSES_TOLD: Final = 4
ANNOUNCED_TOLD: Final = 64
"""Of a product's availability: regions and channels together, each with so many operations, and what is announced.
256 x 4 x 800 B < 900 kB, where names are as long as they may be.
"""

EVIDENCE: Final = 16
"""Event ids shown with a reason (semantics E13)."""

REASONS_SHOWN: Final = 4
"""Reasons that a customer message names at most (domain SR-2)."""

OUTLOOK_STEPS: Final = 512
"""Instants looked ahead for next_change and clears_at: a rule has a few crossings."""

SOURCES_REMEMBERED: Final = 1024
"""Sources of events whose fingerprint is remembered."""

PATTERNS: Final = 4096
"""Ways of failing together, and orders in which time flips limits, that a compiled product keeps the outcome of."""

PATH_MS: Final = 3_660 * 86_400_000
"""A path to clear is looked for this far ahead: the longest window and the longest observation."""

PATH_STEPS: Final = 256
PATH_TRIALS: Final = 160
PATH_WAYS: Final = 8
PATH_BEGINNINGS: Final = 8
"""Instants of one course, courses tried, ways to do a thing, and instants at which something begins to fail."""

LAST_MS: Final = 250_246_627_200_000
"""9900-01-01: a lane's clock goes no further, so that every window and observation (3,660 days) ends before 9999."""

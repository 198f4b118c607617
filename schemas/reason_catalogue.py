"""The reason catalogue: 44 codes and what each one means, as data. Their words are in `schemas.wording`, by version.

A code is never reused and never changes its meaning; a text may improve, then CATALOGUE_VERSION rises. `cls` says who
can end it: A the customer, T time only, O our side, L law, U not known yet, C the customer's own choice. `adverse` says
whether it counts as adverse action: y, n or d (depends). The codes go back to the notices that lenders send (US
Regulation B form C-1, the bureaus' factor lists) and to the regulations listed in the project's domain notes.
"""

from typing import Final, Literal, NamedTuple

from schemas.vocabulary import Disclosure

CATALOGUE_VERSION: Final = "3"

Class = Literal["A", "T", "O", "L", "U", "C"]
Adverse = Literal["y", "n", "d"]


class Row(NamedTuple):
    """One code as it stands in the table; `remedy` is a slug."""

    code: str
    category: str
    cls: Class
    adverse: Adverse
    remedy: str
    disclosure: Disclosure = "full"


ROWS: Final[tuple[Row, ...]] = (
    Row("ACC-01", "account", "A", "y", "lift-restriction"),
    Row("ACC-02", "account", "T", "n", "wait"),
    Row("ACC-03", "account", "T", "d", "apply-again"),
    Row("IDN-01", "identity", "A", "n", "verify-identity"),
    Row("IDN-02", "identity", "A", "n", "renew-document"),
    Row("IDN-03", "identity", "A", "y", "correct-identity"),
    Row("IDN-04", "identity", "A", "n", "complete-application"),
    Row("REP-01", "repayment", "A", "d", "pay-overdue"),
    Row("REP-02", "repayment", "T", "y", "wait-window"),
    Row("REP-03", "repayment", "T", "y", "wait-window"),
    Row("REP-04", "repayment", "T", "y", "wait-observation"),
    Row("REP-05", "repayment", "A", "y", "repay-elsewhere"),
    Row("REP-06", "repayment", "T", "y", "settle-debt"),
    Row("INQ-01", "inquiries", "T", "y", "no-new-applications"),
    Row("INQ-02", "inquiries", "T", "y", "wait-window"),
    Row("SCO-01", "score", "A", "y", "improve-score"),
    Row("SCO-02", "score", "U", "n", "authorise-score"),
    Row("SCO-03", "score", "U", "n", "refresh-score"),
    Row("CAP-01", "capacity", "A", "y", "repay-debt"),
    Row("CAP-02", "capacity", "A", "y", "prove-income"),
    Row("CAP-03", "capacity", "A", "y", "reduce-use"),
    Row("CAP-04", "capacity", "T", "y", "close-lines"),
    Row("CAP-05", "capacity", "A", "n", "reduce-lines"),
    Row("HIS-01", "history", "T", "y", "wait"),
    Row("LEG-01", "legal", "L", "n", "see-alternatives"),
    Row("LEG-02", "legal", "L", "n", "see-alternatives"),
    Row("LEG-03", "legal", "L", "y", "settle-court-record"),
    Row("LEG-04", "legal", "L", "n", "see-alternatives"),
    Row("LEG-05", "legal", "A", "n", "give-consent"),
    Row("SEC-01", "security", "A", "y", "confirm-identity", "limited"),
    Row("SEC-02", "security", "A", "y", "appeal", "limited"),
    Row("DIS-01", "dispute", "U", "n", "await-result"),
    Row("POL-01", "policy", "O", "d", "await-review"),
    Row("POL-02", "policy", "O", "n", "await-opening"),
    Row("POL-03", "policy", "O", "n", "other-provider"),
    Row("SYS-01", "system", "O", "n", "await-service"),
    Row("CHO-01", "choice", "C", "n", "reopen"),
    Row("ACC-04", "account", "C", "d", "open-account"),
    Row("REP-07", "repayment", "A", "y", "pay-issuer"),
    Row("REP-08", "repayment", "A", "y", "make-payment"),
    Row("SPE-01", "history", "A", "n", "use-account"),
    Row("REV-01", "dispute", "U", "d", "ask-explanation"),
    Row("POL-04", "policy", "O", "n", "see-alternatives"),
    Row("SYS-02", "system", "O", "n", "await-service"),
)

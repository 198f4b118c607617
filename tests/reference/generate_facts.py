"""Events of the facts that policies have limits on: money, inquiries, identity, the account, finances."""

from streams.reference.calendar import DAY, SECOND, format_instant
from tests.reference.generate_account import Data, Writer
from tests.reference.generate_setting import PRODUCTS, PROVIDERS, REGIONS, SCOPES, SEGMENTS


class Facts(Writer):
    """Writes them."""

    def due(self) -> tuple[str, Data]:
        data: Data = {"loan_id": self.loan(), "installment": self.installment(), "amount": self.amount()}
        data["due_on"] = self.day(self.dice.choice([0, 1, 5, -1, -5, -30, self.dice.randrange(-40, 40)]))
        start = self.frame.calendar.start_of(self.today() + self.dice.choice([1, 2, 4, 30]))
        self.edges.append(start + self.frame.cutoff_ms)
        name = (str(data["loan_id"]), str(data["installment"]))
        data = self.with_currency(data, self.currency_of.get(name))
        self.currency_of[name] = data.get("currency", "")
        return "repayment.due", data

    def received(self) -> tuple[str, Data]:
        data: Data = {"amount": self.amount("100.00", "100.00", "50.00", "66.67", "250.00", "0.01")}
        if self.maybe(0.6):
            data["loan_id"] = self.loan()
        if self.maybe(0.4):
            data["installment"] = self.installment()
        if self.maybe(0.6):
            data["payment_id"] = self.payment_id()
        return "repayment.received", self.with_currency(data)

    def payment_id(self) -> str:
        return f"P{self.dice.randrange(8)}"

    def reversed(self) -> tuple[str, Data]:
        return "repayment.reversed", {"payment_id": self.payment_id()}

    def paused(self) -> tuple[str, Data]:
        start = self.dice.randrange(-20, 10)
        end = start + self.dice.choice([0, 1, 3, 14])
        data: Data = {"from": self.day(start), "until": self.day(end)}
        if self.maybe(0.2):
            begin = self.frame.calendar.start_of(self.today() + start) + self.dice.choice([0, 1, 3_600 * SECOND])
            data = {"from": format_instant(begin), "until": format_instant(begin + self.dice.choice([0, 1, 3]) * DAY)}
        if self.maybe():
            data["loan_id"] = self.loan()
        return "repayment.paused" if self.maybe(0.7) else "repayment.resumed", data

    def missed(self) -> tuple[str, Data]:
        return "repayment.missed", {"loan_id": self.loan()} if self.maybe() else {}

    def reported(self) -> tuple[str, Data]:
        data: Data = {}
        if self.maybe(0.7):
            data["months_past_due"] = self.dice.choice([0, 0, 1, 2, 3])
        if not data or self.maybe(0.2):
            data["days_past_due"] = self.dice.choice([0, 1, 30, 31, 61])
        if self.maybe(0.3):
            data["written_off"] = self.maybe()
        return "delinquency.reported", data

    def inquiry(self) -> tuple[str, Data]:
        data: Data = {"kind": "hard" if self.maybe(0.75) else "soft"}
        if self.maybe(0.7):
            data["institution"] = self.dice.choice(["bank-a", "bank-b", "bank-c"])
        if self.maybe(0.5):
            data["inquiry_id"] = f"Q{self.dice.randrange(8)}"
        if self.maybe(0.4):
            data["outcome"] = self.dice.choice(["refused", "granted"])
        return "inquiry.recorded", data

    def inquiry_withdrawn(self) -> tuple[str, Data]:
        return "inquiry.withdrawn", {"inquiry_id": f"Q{self.dice.randrange(8)}"}

    def verified(self) -> tuple[str, Data]:
        data: Data = {"level": self.dice.choice([1, 2, 2, 3])}
        if self.maybe(0.8):
            data["document_expires_on"] = self.day(self.dice.choice([-1, 0, 1, 30, self.dice.randrange(-30, 200)]))
        return "identity.verified", data

    def failed(self) -> tuple[str, Data]:
        return "identity.failed", {"item": self.dice.choice(["name", "face", "number"])}

    def identity_revoked(self) -> tuple[str, Data]:
        return "identity.revoked", {"reason": "a doubt"}

    def account_data(self) -> Data:
        data: Data = {}
        if self.maybe(0.6):
            data["region"] = self.dice.choice(REGIONS)
        if self.maybe(0.5):
            years = self.dice.choice([17, 18, 18, 21, 60])
            turn = self.dice.randrange(-40, 60)
            data["born_on"] = self.birth_date(years, turn)
        if self.maybe(0.2):
            data["segment"] = self.dice.choice(SEGMENTS)
        if self.maybe(0.3):
            data["student"] = self.maybe()
        if self.maybe(0.3):
            data["opened_on"] = self.day(-self.dice.choice([0, 1, 29, 30, 60, 90, 400]), edge=False)
        return data

    def birth_date(self, years: int, turn: int) -> str:
        """Born so that this age is reached some days from now; now and then on 29 February."""
        if self.maybe(0.15):
            return self.dice.choice(["2004-02-29", "2008-02-29", "1964-02-29"])
        year, month, day = self.day(turn).split("-")
        born = f"{int(year) - years:04d}-{month}-{day}"
        return born if (month, day) != ("02", "29") else f"{int(year) - years:04d}-02-28"

    def opened(self) -> tuple[str, Data]:
        return "account.opened", self.account_data()

    def updated(self) -> tuple[str, Data]:
        return "account.updated", self.account_data()

    def restricted(self) -> tuple[str, Data]:
        kind = "account.restricted" if self.maybe(0.6) else "account.unrestricted"
        return kind, {"state": self.dice.choice(["frozen", "watched"])}

    def closed(self) -> tuple[str, Data]:
        return "account.closed", {"by": self.dice.choice(["customer", "lender"])} if self.maybe(0.8) else {}

    def limit_set(self) -> tuple[str, Data]:
        data: Data = {"amount": self.amount("0.00", "1000.00", "5000.00", "20000.00")}
        if self.maybe(0.6):
            data["product"] = self.dice.choice(PRODUCTS)
        return "credit.limit_set", self.with_currency(data)

    def consent(self) -> tuple[str, Data]:
        return "consent.changed", {"scope": self.dice.choice(SCOPES), "granted": self.maybe(0.6)}

    def choice(self) -> tuple[str, Data]:
        data: Data = {"choice": self.dice.choice(["pause", "pause", "close", "reopen"])}
        if self.maybe():
            data["product"] = self.dice.choice(PRODUCTS)
        if data["choice"] == "pause" and self.maybe(0.7):
            data["until"] = self.until()
        return "choice.made", data

    def flag(self) -> tuple[str, Data]:
        data: Data = {"flag": self.dice.choice(["device", "location"])}
        if self.maybe():
            data["disclosure"] = self.dice.choice(["full", "full", "limited"])
        return "security.flagged" if self.maybe(0.6) else "security.cleared", data

    def score(self) -> tuple[str, Data]:
        value = self.dice.choice([594, 595, 599, 600, 604, 605, 610, 700])
        data: Data = {"provider": self.dice.choice(PROVIDERS), "value": value}
        if self.maybe(0.4):
            data["valid_until"] = self.until(40)
        if self.maybe(0.6):
            data["factors"] = self.dice.choice([[], ["short history"], ["short history", "many inquiries"]])
        return "score.updated", data

    def income(self) -> tuple[str, Data]:
        data: Data = {"monthly": self.amount("0.00", "3000.00", "10000.00", "9999.99")}
        if self.maybe():
            data["verified"] = self.maybe()
        return "income.updated", self.with_currency(data)

    def obligations(self) -> tuple[str, Data]:
        names = ("monthly_payment", "lenders", "total_limit", "balance")
        chosen = [name for name in names if self.maybe(0.6)] or ["balance"]
        values: Data = {
            "monthly_payment": self.amount("1650.00", "5500.00", "5500.01", "5499.99", "0.00"),
            "lenders": self.dice.randrange(6),
            "total_limit": self.amount("10000.00", "3333.33", "0.00"),
            "balance": self.amount("7000.00", "9000.01", "-100.00", "5000.00", "0.00"),
        }
        return "obligations.updated", self.with_currency({name: values[name] for name in chosen})

    def court(self) -> tuple[str, Data]:
        data: Data = {"record_id": self.dice.choice(["C1", "C2"])}
        data["state"] = "open" if self.maybe(0.7) else "satisfied"
        if self.maybe(0.5):
            data["usable_until"] = self.until()
        return "court_record.changed", data

    def spending(self) -> tuple[str, Data]:
        return "spending.recorded", self.with_currency({"amount": self.amount("10.00", "100.00", "0.00", "499.99")})

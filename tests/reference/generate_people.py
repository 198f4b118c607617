"""Events of what people ask, decide, and say of other events."""

from tests.reference.generate_account import AMOUNTS, Data, Writer, whole
from tests.reference.generate_setting import PRODUCTS


class People(Writer):
    """Writes them."""

    def dispute(self) -> tuple[str, Data]:
        kind = "dispute.opened" if self.maybe(0.6) else "dispute.closed"
        about = self.dice.choice(self.events[-8:])["id"] if self.events and self.maybe() else "REP-01"
        return kind, {"dispute_id": self.dice.choice(["D1", "D2"]), "about": about}

    def review(self) -> tuple[str, Data]:
        data: Data = {"review_id": self.dice.choice(["R1", "R2"]), "product": self.dice.choice(PRODUCTS)}
        if self.maybe(0.6):
            return "review.requested", data
        return "review.decided", data | self.decision()

    def decision(self) -> Data:
        """What a person decides, mostly with an end."""
        data: Data = {"by": self.clerk(), "status": self.dice.choice(["OPEN", "OPEN", "LIMITED", "NOT_OPEN"])}
        if self.maybe(0.7):
            data["until"] = self.until(20)
        return data | {"reason": "looked at by a person"}

    def clerk(self) -> str:
        return self.dice.choice(["clerk-1", "clerk-2", "clerk-3"])

    def override(self) -> tuple[str, Data]:
        data: Data = {"override_id": self.dice.choice(["O1", "O2"])}
        kind = self.dice.choice(["proposed", "proposed", "approved", "approved", "approved", "revoked"])
        if kind == "proposed":
            return "override.proposed", data | {"product": self.dice.choice(PRODUCTS)} | self.decision()
        return f"override.{kind}", data | {"by": self.clerk()}

    def other_review(self) -> tuple[str, Data]:
        """Reviews without any effect yet: corrections, notes, explanations."""
        product = self.dice.choice(PRODUCTS)
        cases: list[tuple[str, Data]] = [
            ("support.noted", {"note_id": "N1", "by": "clerk-1"}),
            ("explanation.requested", {"request_id": "X1", "product": product}),
        ]
        return self.dice.choice(cases)

    def amendment(self) -> tuple[str, Data]:
        """What people say of another event: that it is not to be used (from some time on), or what is right."""
        about = self.events[-12:]
        if not about:
            return "support.noted", {"note_id": "N1", "by": "clerk-1"}
        seen = self.dice.choice(about)
        if self.maybe():
            data: Data = {"suppresses": seen["id"], "reason": "repaid in time"}
            return "fact.suppressed", data | ({"from": self.until(20)} if self.maybe(0.6) else {})
        return "fact.corrected", {"corrects": seen["id"], "data": self.right_data(seen)}

    def right_data(self, seen: Data) -> Data:
        """Other data of the same type, about the same thing."""
        data = dict(seen["data"])
        for name, texts in {"amount": ["100.00", "50.00"], "kind": ["hard", "soft"], "outcome": ["refused"]}.items():
            if name in data:
                data[name] = self.amount(*texts) if name == "amount" else self.dice.choice(texts)
        if data.get("currency") == "JPY" or (self.frame.currency == "JPY" and "amount" in data):
            data = {name: whole(text) if name in AMOUNTS else text for name, text in data.items()}
        if "due_on" in data:
            data["due_on"] = self.day(self.dice.choice([0, 3, -20, 20]))
        if "months_past_due" in data:
            data["months_past_due"] = self.dice.choice([0, 1, 3])
        if "value" in data:
            data["value"] = self.dice.choice([590, 600, 640])
        return data or {"remark": "nothing else"}

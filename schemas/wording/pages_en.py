"""The page of each reason in English: how this works, and how to keep it good. For any policy: no numbers of one."""

from typing import Final

PAGES: Final[dict[str, tuple[str, str]]] = {
    "ACC-01": (
        "A restriction is set on an account for a stated cause, for example a lost phone or a court's order. While it is set, "
        "no new credit can be drawn. Repayments still go through. When it is lifted the product is judged anew at once.",
        "Keep your contact details up to date and answer questions about your account soon, so that a restriction is not needed.",
    ),
    "ACC-02": (
        "Some products wait until an account has been open for a number of days. The count begins on the day it was opened and ends by itself.",
        "There is nothing to do. Use the account as you like in the meantime; opening another one starts another count.",
    ),
    "ACC-03": (
        "A line that nobody uses may be given back to the lender after a long time. This is no judgement of you and no entry on your credit report.",
        "Use a line now and then, if you want to keep it. If you don't need it, nothing has to be done.",
    ),
    "IDN-01": (
        "Lenders need to know who they lend to. Verification compares your name and document with the official register; a higher level adds a picture of your face.",
        "Verify once, with a document that is valid for a while. We tell you before it expires.",
    ),
    "IDN-02": (
        "An identity document is valid through the day printed on it. From the next day on no new credit can be drawn until a valid one is shown.",
        "Upload the new document as soon as you have it. The change takes effect when it has been checked.",
    ),
    "IDN-03": (
        "A detail that you gave was compared with a register and did not match, often because of a spelling, an old number or an unclear picture.",
        "Type names as on the document, take pictures in good light, and change your number here when it changes.",
    ),
    "IDN-04": (
        "An application is looked at when all its parts are there. What is missing is named in the reason.",
        "Add the missing part. Nothing that you sent before is lost.",
    ),
    "REP-01": (
        "A bill is overdue from the day after its due date. The reason names the sum that is overdue and the age of its oldest part. When all of it is "
        "paid, this reason ends at once. The product may then have an observation period.",
        "Pay a few days before the due date or by direct debit, and keep the sum in the account the evening before. If you can't pay all of it, talk to the lender first.",
    ),
    "REP-02": (
        "Each payment's longest delay is remembered for a fixed period and then no longer counts. Paying now does not shorten the period, but the delay grows no more.",
        "Pay what is open, and later bills on time. The date on which the delay leaves the period is shown with the reason.",
    ),
    "REP-03": (
        "Late and missed payments within a fixed period are counted. Each of them stops to count when it leaves the period; the count falls by itself.",
        "Pay each bill on time; a direct debit helps. No new late payment means that the count can only fall.",
    ),
    "REP-04": (
        "After something overdue was paid, some products wait for a while and look whether payments stay on time. A new overdue payment starts the wait again.",
        "Pay on time until the date shown. Nothing else is needed.",
    ),
    "REP-05": (
        "Other lenders report overdue payments to the credit bureau. We see that there is one; we did not put it there and can't remove it.",
        "Pay that lender and ask when it reports next. You can get your own credit report free of charge and dispute what is wrong in it.",
    ),
    "REP-06": (
        "A debt that a lender gave up on, or that a guarantor paid, stays on the credit report. By Chinese law such a record is deleted five years after the matter ended.",
        "Settle the debt: the five years begin on that day. Keep the receipt and look whether the lender has updated the record.",
    ),
    "REP-07": (
        "Lenders report once a month how many months a payment is behind. The last report counts until the next one comes, for some products the worst one of a period.",
        "Pay what is due before the lender's reporting day. The next report shows it.",
    ),
    "REP-08": (
        "Some products look for payments that arrived within a period, as a sign that the account is in use.",
        "Pay your bills when they are due. A payment counts on the day it arrives.",
    ),
    "INQ-01": (
        "When you apply for a loan or a card, the lender looks at your credit report, and the look is recorded. Your own looks and a lender's routine checks "
        "do not count. Each record leaves the period by itself on a known date.",
        "Apply only where you need it, and compare offers before you apply. Then no new record comes and the count can only fall.",
    ),
    "INQ-02": (
        "Applications that were declined within a period are counted, each until it leaves the period.",
        "Wait for the date shown before the next application, and look at the product's conditions first.",
    ),
    "SCO-01": (
        "A credit score is computed by a score provider, as a rule once a month. Its factors, the heaviest first, are what it was computed from. We compare it "
        "with the product's limit. A score that has fallen below needs to rise a little above the limit to count again, so that small moves change nothing.",
        "Pay on time, use a smaller part of your limits, and keep your details complete. Look at the factors named: they are where a change shows first.",
    ),
    "SCO-02": (
        "No score can be used: none has arrived, it ran out, or it came without the factors that it is based on. This says nothing bad about you.",
        "Allow the score to be fetched, and use credit a little and regularly: after some months there is enough to compute one.",
    ),
    "SCO-03": (
        "A score counts for a limited time. The last one that we received is older than that.",
        "Renew the permission to fetch your score; the next scoring then arrives by itself.",
    ),
    "CAP-01": (
        "Your monthly repayments, here and elsewhere, are divided by your monthly income. The share shows how much is left to live on.",
        "Repay the loan with the highest monthly payment first, or send proof of a higher income.",
    ),
    "CAP-02": (
        "The product needs an income that is confirmed, by a payslip, a tax record or regular payments in.",
        "Send a recent proof when your income changes. Details that only you stated are not enough for this product.",
    ),
    "CAP-03": (
        "What you owe on cards and lines is divided by their limits. A share near the top says that little is left for a rainy day. To count again after it was "
        "too high, the share may have to fall a little below the limit.",
        "Repay before the day on which the balance is reported, and spread large purchases over time.",
    ),
    "CAP-04": (
        "The lenders with whom you have an open line are counted, used or not.",
        "Close lines that you no longer use, and have it confirmed. The count falls with the next report.",
    ),
    "CAP-05": (
        "The limits of all your lines are added up. Regulation or the product sets how much it may be in all.",
        "Lower the limits that you don't need. It is the limit that counts, not what you have drawn.",
    ),
    "HIS-01": (
        "A history is counted from the first record about you. A short one is no fault: there is only little to look at yet.",
        "Let time pass and pay what you have on time.",
    ),
    "LEG-01": (
        "Contracts need full legal age, and each product has its own range. Ages change on the birthday.",
        "There is nothing to keep up. Where the lower limit was not reached, the product is judged anew on your birthday.",
    ),
    "LEG-02": (
        "A lender may offer a product only where its licence is valid. The region is that of your account.",
        "If you moved, update your address: the product is judged anew at once.",
    ),
    "LEG-03": (
        "Courts publish records of judgments that have not been carried out. A lender has to take them into account while the law allows their use.",
        "Carry out the judgment and ask the court to remove the record. If it isn't about you, dispute it here.",
    ),
    "LEG-04": (
        "Regulation forbids some lenders to lend to students, to protect them from debts.",
        "When your studies have ended, update your details. The product is judged anew at once.",
    ),
    "LEG-05": (
        "Credit data may be looked at only with your consent. You can give it and take it back at any time.",
        "Give the consent for as long as you want to use the product. Taking it back has no other disadvantage.",
    ),
    "SEC-01": (
        "Something unusual was seen on the account. Credit rests until it is clear that it is you who acts. We can't tell details, since they would help others too.",
        "Use a password of its own, keep codes to yourself, and tell us about a new phone.",
    ),
    "SEC-02": (
        "Some loans are for an agreed purpose only. A payment from one did not fit to that purpose.",
        "Keep the invoices of what was bought with the money. With proof the case is looked at again.",
    ),
    "DIS-01": (
        "You said that something is wrong. It is being checked, and the answer comes in writing within the time that law or the lender sets.",
        "Send what supports you early. Keep the dispute's number until the answer has come.",
    ),
    "POL-01": (
        "The lender changed the entry rules. This never stands alone: the rule that is not met is named beside it, with its value and limit.",
        "Look at the reason beside this one; its page says what helps.",
    ),
    "POL-02": (
        "New products are opened for a share of the customers first, drawn once and at random. The share only grows. It has nothing to do with your credit.",
        "There is nothing to do.",
    ),
    "POL-03": (
        "The lender behind this product has stopped new business for the time being. Existing loans and repayments go on.",
        "There is nothing to do. Another lender's product may be open to you.",
    ),
    "POL-04": (
        "The lender has ended this product. Existing loans go on as agreed.",
        "There is nothing to do. Other products that are open to you are named.",
    ),
    "SYS-01": (
        "The system is being worked on, mostly at night. Your status does not change by it, and a repayment that can't get through in that time is not counted as late where the policy says so.",
        "Come back after the time shown.",
    ),
    "SYS-02": (
        "Something on our side does not work. Your status does not change by it, and we are at it.",
        "Come back later. Nothing that you entered before is lost.",
    ),
    "CHO-01": (
        "You paused or closed the product yourself. This is your right, is no refusal, and no lender is told of it.",
        "Reopen it whenever you wish. A pause with an end date ends by itself.",
    ),
    "ACC-04": (
        "No product can be open on a closed account. What you owe can still be repaid.",
        "If you closed it by mistake, ask for it to be opened again.",
    ),
    "SPE-01": (
        "Some products are meant for accounts in regular use. Purchases within a period are added up.",
        "Use the account for purchases that you make anyway. Don't spend for the sake of this.",
    ),
    "REV-01": (
        "A person looked at your case and decided otherwise than the rules would have. The decision holds until its end, then the rules apply again.",
        "You can ask for an explanation, and send documents that were not known.",
    ),
}
"""By code: how this works, how to keep it good."""

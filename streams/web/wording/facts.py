"""What facts are called where people read them, and where each comes from; zh, en. The signs are those of
`schemas.wording.template`.
"""

from __future__ import annotations

from typing import Final

FACTS: Final[dict[str, tuple[str, str]]] = {
    "repayment.days_past_due": ("当前逾期天数", "Days overdue now"),
    "repayment.amount_overdue": ("当前逾期金额", "Amount overdue now"),
    "repayment.open_amount": ("未还总额", "Amount still to be paid"),
    "repayment.late_count": ("[近{w:period}]延迟还款次数", "Late payments[ in the last {w:period}]"),
    "repayment.worst_days_past_due": ("[近{w:period}]最长逾期", "Longest delay[ in the last {w:period}]"),
    "repayment.received_count": ("[近{w:period}]还款次数", "Payments[ in the last {w:period}]"),
    "repayment.missed_count": ("[近{w:period}]漏还次数", "Missed payments[ in the last {w:period}]"),
    "delinquency.months_past_due": ("机构最近上报的逾期", "Months past due, as last reported"),
    "delinquency.worst_months": (
        "[近{w:period}]上报的最长逾期",
        "Most months past due reported[ in the last {w:period}]",
    ),
    "delinquency.written_off": ("有呆账或核销记录", "A debt written off"),
    "inquiries.hard_count": ("[近{w:period}]机构查询次数", "Lender inquiries[ in the last {w:period}]"),
    "inquiries.soft_count": ("[近{w:period}]其他查询次数", "Other inquiries[ in the last {w:period}]"),
    "inquiries.institutions": ("[近{w:period}]查询的机构数", "Lenders that inquired[ in the last {w:period}]"),
    "inquiries.refused_count": ("[近{w:period}]申请未获通过次数", "Applications declined[ in the last {w:period}]"),
    "identity.level": ("实名认证等级", "Level of identity verification"),
    "identity.document_days_left": ("证件剩余有效期", "Time left on your identity document"),
    "identity.failed_items": ("[近{w:period}]未能核实的信息", "Details not confirmed[ in the last {w:period}]"),
    "account.age_days": ("账户开立时间", "Age of the account"),
    "account.years_old": ("年龄", "Your age"),
    "account.region": ("所在地区", "Your region"),
    "account.segment": ("客户群", "Group of customers"),
    "account.student": ("在校学生", "Student"),
    "account.restricted": ("账户有限制", "A restriction on the account"),
    "account.closed": ("账户已关闭", "The account is closed"),
    "account.limit": ("您的额度", "Your credit limit"),
    "consent.granted": ("已同意授权", "Consent is given"),
    "choice.paused": ("您自己暂停或关闭", "Paused or closed by yourself"),
    "security.flags": ("待确认的安全事项", "Security questions to be settled"),
    "score.value": ("信用分", "Credit score"),
    "score.age_days": ("信用分更新距今", "Age of the credit score"),
    "score.factors_known": ("信用分的影响因素已知", "What shaped the score is known"),
    "income.monthly": ("月收入", "Monthly income"),
    "income.verified": ("收入已核实", "Income is confirmed"),
    "capacity.debt_to_income": ("还款占收入的比例", "Repayments as a share of income"),
    "capacity.utilisation": ("已用额度占比", "Share of your limits in use"),
    "capacity.lenders": ("授信机构数", "Lenders you have credit with"),
    "capacity.total_limit": ("总额度", "All credit limits together"),
    "capacity.balance": ("各项欠款合计", "All that you owe together"),
    "history.months": ("信用记录时间", "Length of your credit history"),
    "legal.court_records": ("未履行的法院记录", "Court records not settled"),
    "spending.amount": ("[近{w:period}]消费金额", "Spending[ in the last {w:period}]"),
    "spending.months_active": ("[近{w:period}]有消费的月数", "Months with spending[ in the last {w:period}]"),
    "disputes.open": ("处理中的异议", "Disputes being checked"),
    "reviews.open": ("进行中的人工复核", "Reviews going on"),
    "disputes.overdue": ("超过答复期限的异议", "Disputes whose answer is late"),
    "reviews.overdue": ("超过期限的复核", "Reviews whose answer is late"),
    "policy.days_since_review": ("距上次评估", "Time since the last review"),
    "next_review_on": ("下次评估日期", "Date of the next review"),
}

SOURCES: Final[dict[str, tuple[str, str]]] = {
    "repayment": ("您在本平台的还款记录", "your repayments with us"),
    "delinquency": ("其他机构向征信上报的记录", "what other lenders reported to the credit bureau"),
    "inquiries": ("征信报告中的查询记录", "the inquiries on your credit report"),
    "identity": ("您的实名认证记录", "the checks of your identity"),
    "account": ("您的账户资料", "your account's data"),
    "consent": ("您的授权记录", "the consents that you gave"),
    "choice": ("您自己的选择", "your own choice"),
    "score": ("信用评分机构", "the provider of your credit score"),
    "income": ("您提供的收入信息", "what is known of your income"),
    "capacity": ("征信报告中的负债信息", "what you owe by your credit report"),
    "history": ("您的信用记录", "your credit history"),
    "legal": ("法院公开的执行信息", "published court records"),
    "spending": ("您的消费记录", "your spending with us"),
    "disputes": ("您提出的异议", "the disputes that you opened"),
    "reviews": ("人工复核", "reviews by people"),
}
"""By a fact's first part: where its values come from."""

BUREAU: Final = frozenset({"delinquency", "inquiries", "capacity", "score"})
"""The first parts of facts that rest on what a credit bureau or the maker of a score reports."""

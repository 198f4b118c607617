"""The reason catalogue, version 1: 44 codes with their texts, as data.

A code is never reused and never changes its meaning; a text may improve, then CATALOGUE_VERSION rises. `cls` says who
can end it: A the customer, T time only, O our side, L law, U not known yet, C the customer's own choice. `adverse` says
whether it counts as adverse action: y, n or d (depends). The codes go back to the notices that lenders send (US
Regulation B form C-1, the bureaus' factor lists) and to the regulations listed in the project's domain notes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from schemas.vocabulary import Disclosure

CATALOGUE_VERSION: Final = "1"

Class = Literal["A", "T", "O", "L", "U", "C"]
Adverse = Literal["y", "n", "d"]


class Row(NamedTuple):
    """One code as it stands in the table."""

    code: str
    category: str
    cls: Class
    adverse: Adverse
    remedy: str
    zh: str
    en: str
    disclosure: Disclosure = "full"


class Remedy(NamedTuple):
    """What to do about a reason, short, in both languages."""

    zh: str
    en: str


ROWS: Final[tuple[Row, ...]] = (
    Row(
        "ACC-01",
        "account",
        "A",
        "y",
        "lift-restriction",
        "账户存在限制状态({state})",
        "Your account is restricted ({state})",
    ),
    Row("ACC-02", "account", "T", "n", "wait", "账户开立不足{n}天", "Account is newer than {n} days"),
    Row("ACC-03", "account", "T", "d", "apply-again", "额度长期未使用,已收回", "Unused credit line was withdrawn"),
    Row(
        "IDN-01", "identity", "A", "n", "verify-identity", "尚未完成实名认证", "Real-name verification is not complete"
    ),
    Row("IDN-02", "identity", "A", "n", "renew-document", "身份证已于{date}过期", "Your ID expired on {date}"),
    Row("IDN-03", "identity", "A", "y", "correct-identity", "身份信息未能核实({item})", "We could not verify {item}"),
    Row(
        "IDN-04", "identity", "A", "n", "complete-application", "申请信息不完整:缺少{item}", "Application lacks {item}"
    ),
    Row(
        "REP-01",
        "repayment",
        "A",
        "d",
        "pay-overdue",
        "当前有逾期:{dpd}天,待还{amount}",
        "{amount} is overdue by {dpd} days",
    ),
    Row(
        "REP-02",
        "repayment",
        "T",
        "y",
        "wait-window",
        "近{m}个月最长逾期{dpd}天",
        "Longest overdue in {m} months: {dpd} days",
    ),
    Row(
        "REP-03",
        "repayment",
        "T",
        "y",
        "wait-window",
        "近{m}个月逾期{n}次(上限{k})",
        "{n} late payments in {m} months (limit {k})",
    ),
    Row(
        "REP-04",
        "repayment",
        "T",
        "y",
        "wait-observation",
        "逾期还清后观察期至{date}",
        "Observation period after overdue until {date}",
    ),
    Row(
        "REP-05",
        "repayment",
        "A",
        "y",
        "repay-elsewhere",
        "其他机构存在逾期记录",
        "Overdue obligations with other lenders",
    ),
    Row(
        "REP-06",
        "repayment",
        "T",
        "y",
        "settle-debt",
        "存在呆账/核销/代偿记录",
        "Written-off or compensated debt on record",
    ),
    Row(
        "INQ-01",
        "inquiries",
        "T",
        "y",
        "no-new-applications",
        "近{w}机构查询{n}次(上限{k})",
        "{n} lender inquiries in {w} (limit {k})",
    ),
    Row("INQ-02", "inquiries", "T", "y", "wait-window", "近{w}申请被拒{n}次", "{n} refused applications in {w}"),
    Row(
        "SCO-01",
        "score",
        "A",
        "y",
        "improve-score",
        "信用分{score}低于{limit};主要因素:{factors}",
        "Score {score} is below {limit}; main factors: {factors}",
    ),
    Row("SCO-02", "score", "U", "n", "authorise-score", "暂无可用信用分", "No score is available yet"),
    Row("SCO-03", "score", "U", "n", "refresh-score", "信用分已超过{n}天未更新", "Score is older than {n} days"),
    Row(
        "CAP-01",
        "capacity",
        "A",
        "y",
        "repay-debt",
        "月还款占收入{x}%,高于{k}%",
        "Repayments take {x}% of income (limit {k}%)",
    ),
    Row(
        "CAP-02", "capacity", "A", "y", "prove-income", "收入未达要求或无法核实", "Income insufficient or not verified"
    ),
    Row(
        "CAP-03",
        "capacity",
        "A",
        "y",
        "reduce-use",
        "已用额度占比{x}%,高于{k}%",
        "{x}% of your limits are in use (limit {k}%)",
    ),
    Row(
        "CAP-04",
        "capacity",
        "T",
        "y",
        "close-lines",
        "授信机构数{n}家,超过{k}家",
        "Credit with {n} lenders (limit {k})",
    ),
    Row(
        "CAP-05",
        "capacity",
        "A",
        "n",
        "reduce-lines",
        "总授信达到监管或产品上限",
        "Total line reached the product/regulatory cap",
    ),
    Row("HIS-01", "history", "T", "y", "wait", "信用记录时间不足{m}个月", "Credit history shorter than {m} months"),
    Row(
        "LEG-01",
        "legal",
        "L",
        "n",
        "see-alternatives",
        "未满{n}周岁 / 超过{n}周岁",
        "Outside the age range for this product",
    ),
    Row("LEG-02", "legal", "L", "n", "see-alternatives", "所在地区({region})暂未开通", "Not offered in {region}"),
    Row(
        "LEG-03",
        "legal",
        "L",
        "y",
        "settle-court-record",
        "存在未履行的司法执行记录",
        "Unsatisfied court enforcement record",
    ),
    Row(
        "LEG-04", "legal", "L", "n", "see-alternatives", "该产品依规不向在校学生提供", "By rule not offered to students"
    ),
    Row("LEG-05", "legal", "A", "n", "give-consent", "缺少征信查询或信息授权", "Consent for credit data is missing"),
    Row(
        "SEC-01",
        "security",
        "A",
        "y",
        "confirm-identity",
        "检测到账户安全风险,需本人核验",
        "Security check needed; please confirm it is you",
        "limited",
    ),
    Row(
        "SEC-02",
        "security",
        "A",
        "y",
        "appeal",
        "资金用途不符合约定",
        "Funds used outside the agreed purpose",
        "limited",
    ),
    Row(
        "DIS-01",
        "dispute",
        "U",
        "n",
        "await-result",
        "您的异议处理中(最迟{date})",
        "Your dispute is being checked (by {date})",
    ),
    Row(
        "POL-01",
        "policy",
        "O",
        "d",
        "await-review",
        "产品准入规则已于{date}调整",
        "Product entry rules changed on {date}",
    ),
    Row(
        "POL-02",
        "policy",
        "O",
        "n",
        "await-opening",
        "产品分批开放,尚未轮到您",
        "Gradual opening; your group is not open yet",
    ),
    Row(
        "POL-03", "policy", "O", "n", "other-provider", "合作机构暂停提供服务", "The partner lender paused this service"
    ),
    Row("SYS-01", "system", "O", "n", "await-service", "系统维护,预计{time}恢复", "Maintenance; back about {time}"),
    Row(
        "CHO-01", "choice", "C", "n", "reopen", "您已主动关闭或申请暂停至{date}", "You closed or paused it until {date}"
    ),
    Row("ACC-04", "account", "C", "d", "open-account", "账户已关闭", "The account is closed"),
    Row(
        "REP-07",
        "repayment",
        "A",
        "y",
        "pay-issuer",
        "最近报告逾期{months}期(上限{limit}期)",
        "{months} months past due were last reported (limit {limit})",
    ),
    Row(
        "REP-08",
        "repayment",
        "A",
        "y",
        "make-payment",
        "近{w}还款{n}次(至少{k}次)",
        "{n} payments in {w} (at least {k})",
    ),
    Row(
        "SPE-01",
        "history",
        "A",
        "n",
        "use-account",
        "近{w}消费{amount}(至少{limit})",
        "Spending of {amount} in {w} (at least {limit})",
    ),
    Row("REV-01", "dispute", "U", "d", "ask-explanation", "人工复核结果:{reason}", "Decided by a person: {reason}"),
    Row("POL-04", "policy", "O", "n", "see-alternatives", "该产品已停止提供", "This product is no longer offered"),
    Row("SYS-02", "system", "O", "n", "await-service", "系统故障处理中,预计{time}恢复", "Outage; back about {time}"),
)

REMEDIES: Final[Mapping[str, Remedy]] = MappingProxyType(
    {
        "appeal": Remedy("提交用途证明并申诉", "Appeal with proof of how the money was used"),
        "apply-again": Remedy("可重新申请", "Apply again"),
        "ask-explanation": Remedy("可要求说明理由", "Ask for the explanation"),
        "authorise-score": Remedy("授权查询信用分或积累信用记录", "Authorise a score or build a credit history"),
        "await-opening": Remedy("等待产品向您开放", "Wait until your group is opened"),
        "await-result": Remedy("等待异议处理结果", "Wait for the result of your dispute"),
        "await-review": Remedy("等待下次评估", "Wait for the next review"),
        "await-service": Remedy("等待服务恢复", "Wait until the service is back"),
        "close-lines": Remedy("结清并关闭不用的授信", "Close credit lines you don't need"),
        "complete-application": Remedy("补充所缺信息", "Supply what is missing"),
        "confirm-identity": Remedy("完成本人核验", "Confirm that it is you"),
        "correct-identity": Remedy("更正信息后重新提交", "Correct and submit again"),
        "give-consent": Remedy("完成查询授权", "Give consent"),
        "improve-score": Remedy("改善上述因素,等待下次评分", "Work on the factors named and wait for the next scoring"),
        "lift-restriction": Remedy("在安全中心解除限制", "Lift the restriction in the Security Centre"),
        "make-payment": Remedy("按时还款", "Make a payment"),
        "no-new-applications": Remedy("暂勿新增贷款或信用卡申请", "Make no new credit applications for now"),
        "open-account": Remedy("如条件允许,重新开立账户", "Open the account again, where possible"),
        "other-provider": Remedy("选择其他合作机构的产品", "Choose a product of another lender"),
        "pay-issuer": Remedy("还清欠款,待发卡机构下次报告", "Pay what is due; the issuer's next report clears it"),
        "pay-overdue": Remedy("还清逾期款项", "Pay what is overdue"),
        "prove-income": Remedy("提交收入证明", "Submit proof of income"),
        "reduce-lines": Remedy("降低或关闭部分授信额度", "Reduce or close credit lines"),
        "reduce-use": Remedy("还款以降低已用额度", "Repay to bring the use of your limits down"),
        "refresh-score": Remedy("更新信用分授权", "Refresh the authorisation of your score"),
        "renew-document": Remedy("上传新的身份证件", "Upload your new ID"),
        "reopen": Remedy("到期后或随时申请恢复", "Ask to reopen it"),
        "repay-debt": Remedy("还款以降低月供占比", "Repay to bring your monthly burden down"),
        "repay-elsewhere": Remedy("还清其他机构欠款,有误可提异议", "Repay the other lender, or dispute the record"),
        "see-alternatives": Remedy("查看当前可用的其他产品", "See the other products open to you"),
        "settle-court-record": Remedy("履行义务并申请移除记录", "Perform the obligation and have the record removed"),
        "settle-debt": Remedy("结清相关债务", "Settle the debt"),
        "use-account": Remedy("使用账户消费", "Use the account"),
        "verify-identity": Remedy("完成实名认证", "Verify your identity"),
        "wait": Remedy("到期自动满足", "Time alone clears it"),
        "wait-observation": Remedy("保持按时还款至观察期结束", "Keep paying on time until the observation ends"),
        "wait-window": Remedy("记录移出统计期后自动满足", "It clears when the records leave the period"),
    }
)

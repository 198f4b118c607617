"""Version 2 of the catalogue's wording: for somebody who is worried. Plain, specific, no blame, nothing but evidence.

The signs in braces and brackets are those of `schemas.wording.template`.
"""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "ACC-01": ("您的账户目前有一项限制:{state}", "There is a restriction on your account: {state}"),
    "ACC-02": ("您的账户开立还不满{n}天", "Your account was opened less than {n} {n:day|days} ago"),
    "ACC-03": (
        "您的额度因长期未使用已收回",
        "Your credit line was withdrawn because it had not been used for a long time",
    ),
    "IDN-01": (
        "您还没有完成该产品所需的实名认证",
        "Your identity has not yet been verified as this product needs it",
    ),
    "IDN-02": ("您的身份证件已于{date:day}到期", "Your identity document expired on {date:day}"),
    "IDN-03": ("按现有资料,以下信息未能核实:{item}", "With the details that we have we could not confirm: {item}"),
    "IDN-04": ("您的申请还缺少:{item}", "Your application still lacks: {item}"),
    "REP-01": (
        "[还有{amount:money}逾期待还,]最早一笔已逾期{dpd}天",
        "[{amount:money} is overdue; ]the oldest payment is {dpd} {dpd:day|days} late",
    ),
    "REP-02": (
        "近{m}个月内,还款最长晚了{dpd}天",
        "In the last {m} {m:month|months} the longest delay of a payment was {dpd} {dpd:day|days}",
    ),
    "REP-03": (
        "近{m}个月内有{n}次还款延迟或漏还,该产品最多允许{k}次",
        "{n} {n:payment was|payments were} late or missed in the last {m} {m:month|months}; this product allows {k}",
    ),
    "REP-04": (
        "逾期之后有一段观察期[,到{date:day}为止]",
        "After an overdue payment there is an observation period[ until {date:day}]",
    ),
    "REP-05": (
        "您的信用报告显示,在其他机构有逾期款项",
        "Your credit report shows a payment that is overdue with another lender",
    ),
    "REP-06": (
        "您的信用报告显示有一笔呆账、已核销或由他人代偿的债务",
        "Your credit report shows a debt that was written off or paid by somebody else for you",
    ),
    "REP-07": (
        "机构上报的逾期为{months}期,该产品最多允许{limit}期",
        "A lender reported {months} {months:month|months} past due; this product allows {limit}",
    ),
    "REP-08": (
        "近{w:period}收到您的还款{n}次,该产品至少需要{k}次",
        "{n} {n:payment|payments} of yours arrived in the last {w:period}; this product needs at least {k}",
    ),
    "INQ-01": (
        "近{w:period}有{n}次机构查询您的信用,该产品最多允许{k}次",
        "{n} lender {n:inquiry was|inquiries were} made about you in the last {w:period}; this product allows {k}",
    ),
    "INQ-02": (
        "近{w:period}您的申请有{n}次未获通过",
        "{n} {n:application of yours was|applications of yours were} declined in the last {w:period}",
    ),
    "SCO-01": (
        "您的信用分是{score},该产品需要达到{limit}[;影响最大的因素:{factors}]",
        "Your credit score is {score}; this product needs {limit}[. What weighed most: {factors}]",
    ),
    "SCO-02": ("我们还没有您的可用信用分", "We do not have a credit score of yours yet that can be used"),
    "SCO-03": ("您的信用分已超过{n}天没有更新", "Your credit score is more than {n} {n:day|days} old"),
    "CAP-01": (
        "您每月还款占收入的{x}%,该产品最多允许{k}%",
        "Repayments take {x}% of your income; this product allows {k}%",
    ),
    "CAP-02": (
        "您的收入还没有得到核实,或低于该产品的要求",
        "Your income is not confirmed yet, or below what this product needs",
    ),
    "CAP-03": (
        "您已用额度占总额度的{x}%,该产品最多允许{k}%",
        "You use {x}% of your credit limits; this product allows {k}%",
    ),
    "CAP-04": (
        "您在{n}家机构有授信,该产品最多允许{k}家",
        "You have credit with {n} {n:lender|lenders}; this product allows {k}",
    ),
    "CAP-05": (
        "您各项额度的总和已达到该产品允许的最高值",
        "Your credit limits together have reached the most that this product allows",
    ),
    "HIS-01": ("您的信用记录还不满{m}个月", "Your credit history is shorter than {m} {m:month|months}"),
    "LEG-01": (
        "您的年龄不在该产品的范围内(界限:{n}周岁)",
        "Your age is outside the range of this product (its limit here: {n} {n:year|years})",
    ),
    "LEG-02": ("该产品在您所在的地区({region:place})还没有开通", "This product is not offered in {region:place} yet"),
    "LEG-03": (
        "有一项法院执行记录显示尚未履行",
        "A court record about you is shown as not settled yet",
    ),
    "LEG-04": ("按照规定,该产品不向在校学生提供", "By regulation this product is not offered to students"),
    "LEG-05": (
        "我们还没有您同意查询信用信息的授权",
        "We do not have your consent to look at your credit data",
    ),
    "SEC-01": ("为保护您的账户,请先确认是您本人", "To protect your account, please confirm first that it is you"),
    "SEC-02": ("资金的用途与约定不一致", "The money was used for another purpose than agreed"),
    "DIS-01": (
        "您提出的异议正在核查[,答复期限为{date:day}]",
        "What you disputed is being checked[; an answer is due by {date:day}]",
    ),
    "POL-01": ("该产品的准入规则从{date:day}起有变化", "The entry rules of this product changed on {date:day}"),
    "POL-02": (
        "该产品正在分批开放,还没有轮到您",
        "This product is being opened step by step, and it is not your turn yet",
    ),
    "POL-03": ("合作机构暂停了这项服务", "The partner lender has paused this service"),
    "POL-04": ("该产品已停止提供", "This product is no longer offered"),
    "SYS-01": ("系统正在维护[,预计{time}恢复]", "Maintenance is going on[; the service should be back about {time}]"),
    "SYS-02": (
        "系统出现故障,正在处理[,预计{time}恢复]",
        "There is an outage[; the service should be back about {time}]",
    ),
    "CHO-01": ("您自己关闭或暂停了它[,到{date:day}为止]", "You closed or paused it yourself[ until {date:day}]"),
    "ACC-04": ("您的账户已关闭", "Your account is closed"),
    "SPE-01": (
        "近{w:period}您的消费为{amount:money},该产品至少需要{limit:money}",
        "You spent {amount:money} in the last {w:period}; this product needs at least {limit:money}",
    ),
    "REV-01": ("由工作人员决定:{reason}", "A person decided this: {reason}"),
}
"""By code: zh, en."""

_REVIEW: Final = ("[;此后下一次定期评估在{review:day}]", "[; the next regular review after this is on {review:day}]")

REMEDIES: Final[dict[str, tuple[str, str]]] = {
    "appeal": ("提交用途证明,请我们重新查看", "Send proof of how the money was used, and ask us to look again"),
    "apply-again": ("可以重新申请" + _REVIEW[0], "You can apply again" + _REVIEW[1]),
    "ask-explanation": ("您可以要求说明理由,也可以要求再次复核", "Ask for an explanation, or for another look at it"),
    "authorise-score": (
        "授权我们获取您的信用分;如果还没有信用分,按时还款会逐渐形成" + _REVIEW[0],
        "Allow us to get your credit score; where there is none yet, paying on time builds one" + _REVIEW[1],
    ),
    "await-opening": ("开放到您时我们会更新状态", "The status changes when it is your turn"),
    "await-result": ("等待核查结果;您可以补充证明材料", "Wait for the result; you can add documents that support you"),
    "await-review": (
        "请看同时列出的具体原因" + _REVIEW[0],
        "See the specific reason shown beside this one" + _REVIEW[1],
    ),
    "await-service": ("服务恢复后再来;还款不受影响", "Come back when the service is up; repayments still go through"),
    "close-lines": ("结清并关闭不再使用的授信", "Pay off and close credit lines that you no longer use"),
    "complete-application": ("补充所缺的信息", "Add what is missing"),
    "confirm-identity": ("在应用中完成本人核验", "Complete the check in the app that shows it is you"),
    "correct-identity": ("更正信息后重新提交", "Correct the details and send them again"),
    "give-consent": ("在授权管理中同意查询信用信息", "Give your consent in the privacy settings"),
    "improve-score": (
        "按时还款、降低已用额度,从上面的因素做起" + _REVIEW[0],
        "Pay on time and use less of your limits, beginning with what is named above" + _REVIEW[1],
    ),
    "lift-restriction": ("在安全中心申请解除限制", "Ask for the restriction to be lifted in the Security Centre"),
    "make-payment": ("在到期日前还款", "Make a payment by its due date"),
    "no-new-applications": (
        "暂时不要申请新的贷款或信用卡",
        "Make no new application for a loan or a card for now",
    ),
    "open-account": ("如果您愿意,可以申请重新开立账户", "Ask to open the account again, if you wish to"),
    "other-provider": ("可以选择其他机构的产品", "Choose a product of another lender"),
    "pay-issuer": (
        "还清欠款;机构下次上报后就会更新",
        "Pay what is due; the lender's next report brings the change",
    ),
    "pay-overdue": ("还清逾期款项", "Pay what is overdue"),
    "prove-income": ("提交收入证明", "Send proof of your income"),
    "reduce-lines": ("降低或关闭部分额度", "Reduce or close some of your credit lines"),
    "reduce-use": ("还掉一部分,降低已用额度", "Repay a part, so that less of your limits is in use"),
    "refresh-score": (
        "重新授权我们更新您的信用分" + _REVIEW[0],
        "Allow us to get your credit score again" + _REVIEW[1],
    ),
    "renew-document": ("上传新的身份证件", "Upload your new identity document"),
    "reopen": ("随时可以申请恢复使用", "Reopen it whenever you wish"),
    "repay-debt": ("提前还掉一部分,降低每月还款", "Repay a part of what you owe, so that the monthly payments fall"),
    "repay-elsewhere": (
        "在该机构还清;如果记录有误,可以提出异议",
        "Pay that lender; if the record is wrong, dispute it",
    ),
    "see-alternatives": ("可以查看目前向您开放的其他产品", "See the other products that are open to you"),
    "settle-court-record": ("履行后申请移除记录", "Settle it, then ask for the record to be removed"),
    "settle-debt": ("结清这笔债务,并请机构更新记录", "Settle this debt and have the lender update the record"),
    "use-account": ("使用账户消费", "Use the account for purchases"),
    "verify-identity": ("在应用中完成实名认证", "Verify your identity in the app"),
    "wait": ("不需要做什么,到期自动满足", "Nothing needs to be done; it clears with time"),
    "wait-observation": ("保持按时还款,到期自动结束", "Keep paying on time; it ends by itself"),
    "wait-window": (
        "没有逾期时,记录移出统计期后自动满足",
        "With nothing overdue, it clears by itself when the records leave the period",
    ),
}
"""What to do, by slug: zh, en."""

FIXED: Final[dict[str, tuple[str, str]]] = {
    "LEG-01": ("由您无法改变,因为产品规定了年龄范围", "It can't be changed because the product has an age range"),
    "LEG-02": (
        "由您无法改变,因为产品的许可只包括部分地区",
        "It can't be changed because the product's licence covers certain regions only",
    ),
    "LEG-04": (
        "在校期间无法改变,因为法规不允许向学生提供",
        "It can't be changed because regulation excludes students, as long as you are one",
    ),
    "POL-01": ("由您无法改变,因为规则由机构决定", "It can't be changed because the lender sets the rules"),
    "POL-02": (
        "由您无法改变,因为开放的顺序由抽签决定",
        "It can't be changed because the order of opening is drawn by lot",
    ),
    "POL-03": ("由您无法改变,因为暂停由合作机构决定", "It can't be changed because the partner lender paused it"),
    "POL-04": ("由您无法改变,因为该产品不再提供", "It can't be changed because the product has ended"),
    "SYS-01": ("由您无法改变,因为维护由我们进行", "It can't be changed because we are at work on the system"),
    "SYS-02": ("由您无法改变,因为故障在我们这边", "It can't be changed because the fault is on our side"),
}
"""By code, for those that nobody can act on: why that is so, zh and en."""

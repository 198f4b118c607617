"""What each reason is called where it isn't told to anybody in particular: Chinese, English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import LANGUAGES, Language

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "ACC-01": ("账户受限", "Restriction on the account"),
    "ACC-02": ("账户开立时间较短", "Account opened lately"),
    "ACC-03": ("额度长期未使用,已收回", "Credit line withdrawn because it was not used"),
    "ACC-04": ("账户已关闭", "Account closed"),
    "IDN-01": ("未完成实名认证", "Identity not verified"),
    "IDN-02": ("身份证件已到期", "Identity document expired"),
    "IDN-03": ("身份信息未能核实", "Details that could not be confirmed"),
    "IDN-04": ("申请信息不完整", "Application incomplete"),
    "REP-01": ("当前有逾期", "Payment overdue"),
    "REP-02": ("近期还款曾延迟较久", "Long delay of a payment"),
    "REP-03": ("近期多次延迟还款", "Several late payments"),
    "REP-04": ("逾期还清后的观察期", "Observation after an overdue payment"),
    "REP-05": ("在其他机构有逾期", "Overdue with another lender"),
    "REP-06": ("呆账、核销或代偿记录", "Debt written off or paid by somebody else"),
    "REP-07": ("机构上报的逾期期数", "Months past due as a lender reported"),
    "REP-08": ("近期还款次数不足", "Few payments lately"),
    "INQ-01": ("机构查询次数较多", "Many lender inquiries"),
    "INQ-02": ("近期申请未获通过", "Applications declined lately"),
    "SCO-01": ("信用分未达要求", "Credit score below what is needed"),
    "SCO-02": ("暂无信用分", "No credit score yet"),
    "SCO-03": ("信用分已久未更新", "Credit score out of date"),
    "CAP-01": ("还款占收入比例较高", "High share of income for repayments"),
    "CAP-02": ("收入未核实或未达要求", "Income not confirmed, or too low"),
    "CAP-03": ("已用额度占比较高", "High use of credit limits"),
    "CAP-04": ("授信机构较多", "Credit with many lenders"),
    "CAP-05": ("各项额度总和已达上限", "Credit limits together at the most that is allowed"),
    "HIS-01": ("信用记录时间较短", "Short credit history"),
    "SPE-01": ("近期消费不足", "Little spending lately"),
    "LEG-01": ("年龄不在范围内", "Age outside the range"),
    "LEG-02": ("所在地区尚未开通", "Region not served yet"),
    "LEG-03": ("法院执行记录", "Court record not settled"),
    "LEG-04": ("不向在校学生提供", "Not offered to students"),
    "LEG-05": ("缺少查询授权", "Consent missing"),
    "SEC-01": ("安全核验", "Security check"),
    "SEC-02": ("资金用途与约定不一致", "Money used for another purpose"),
    "DIS-01": ("异议核查中", "Dispute being checked"),
    "REV-01": ("由工作人员决定", "Decided by a person"),
    "POL-01": ("准入规则有变化", "Entry rules changed"),
    "POL-02": ("产品分批开放", "Opened step by step"),
    "POL-03": ("合作机构暂停服务", "Paused by the partner lender"),
    "POL-04": ("产品已停止提供", "Product no longer offered"),
    "SYS-01": ("系统维护", "Maintenance"),
    "SYS-02": ("系统故障", "Outage"),
    "CHO-01": ("自己关闭或暂停", "Closed or paused by choice"),
}


def title(code: str, lang: Language) -> str:
    """A reason's title; nothing for a code that isn't ours."""
    return _TITLES[code][LANGUAGES.index(lang)] if code in _TITLES else ""

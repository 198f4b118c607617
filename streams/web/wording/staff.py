"""Words of the page of support, and of signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import Language

SIGN_IN: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "Sign in",
        "intro": "Enter your access token or API key. It is kept in this browser until you close it or sign out.",
        "wrong": "This token is not valid, or no longer. Please check it, or ask for a new one.",
        "token": "Access token",
        "hint": "Never send it to anybody, and don't enter it on another page.",
        "enter": "Sign in",
    },
    "zh": {
        "title": "登录",
        "intro": "请输入访问令牌或API密钥。它只保存在本浏览器中,关闭浏览器或退出登录后失效。",
        "wrong": "令牌无效或已过期,请检查,或重新申请。",
        "token": "访问令牌",
        "hint": "请勿将令牌发给任何人,也不要在其他页面输入。",
        "enter": "登录",
    },
}
STAFF: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "support": "Support",
        "operations": "Operations",
        "out": "Sign out",
        "find": "Account or reference number",
        "find hint": "The reference number is on the customer's page and in every notice: 10 letters and digits.",
        "search": "Find",
        "nothing": "Nothing is known under {}. Check it with the caller: a reference number has no I, L, O or U.",
        "several": "Several accounts have this reference",
        "account": "Account",
        "as of": "As of",
        "customers page": "The page as the customer sees it",
        "reference": "Reference number",
        "corrected": "Corrected afterwards",
        "evidence": "Records",
        "not named": "not named to the customer",
        "actions": "Ask on the customer's behalf",
        "told": "What was told, and when",
        "told hint": "The newest {} status messages with their reasons. A reason shows the ids of the events behind it.",
        "cause": "because of",
        "cause event": "an event",
        "cause time": "time alone",
        "cause policy": "a policy",
        "cause operations": "the service's operation",
        "cause review": "a review",
        "policy": "policy",
        "stands": "stands at",
    },
    "zh": {
        "support": "客服",
        "operations": "运营",
        "out": "退出登录",
        "find": "账户或查询编号",
        "find hint": "查询编号见客户页面和每份通知,共10位字母和数字。",
        "search": "查找",
        "nothing": "没有找到{}。请与来电者核对:查询编号不含字母I、L、O、U。",
        "several": "多个账户有此编号",
        "account": "账户",
        "as of": "截至",
        "customers page": "客户看到的页面",
        "reference": "查询编号",
        "corrected": "事后更正",
        "evidence": "依据的记录",
        "not named": "未向客户列出",
        "actions": "代客户提出请求",
        "told": "告知的内容和时间",
        "told hint": "最近{}条状态消息及其原因。每项原因附有所依据事件的编号。",
        "cause": "起因",
        "cause event": "事件",
        "cause time": "时间到期",
        "cause policy": "政策",
        "cause operations": "服务运行",
        "cause review": "人工复核",
        "policy": "政策",
        "stands": "所在位置",
    },
}

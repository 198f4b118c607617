"""Words of the mailbox that `eligibility up` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import Language

MAILBOX: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "Mailbox",
        "account": "Account",
        "all": "All accounts",
        "hint": "The newest {} messages, each in the language and the words in which it was sent. For trying out: only on this machine.",
        "none": "Nothing has been told yet. Messages come when a status changes for somebody, an answer is given, or a document is about to expire.",
        "page": "The account's page",
        "sent": "sent",
        "refused": "refused",
        "uncertain": "uncertain",
        "underway": "on its way",
        "channel mailbox": "mailbox",
        "channel webhook": "the bank's app",
        "channel mail": "mail",
        "channel push": "push message",
    },
    "zh": {
        "title": "消息箱",
        "account": "账户",
        "all": "所有账户",
        "hint": "最新{}条消息,均为发送时的语言和原文。仅供本机试用。",
        "none": "还没有消息。状态变化、有答复或证件即将到期时会发送消息。",
        "page": "账户页面",
        "sent": "已发送",
        "refused": "被拒收",
        "uncertain": "不确定",
        "underway": "发送中",
        "channel mailbox": "站内信",
        "channel webhook": "银行应用",
        "channel mail": "邮件",
        "channel push": "推送",
    },
}

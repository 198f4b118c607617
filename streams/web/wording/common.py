"""Words of every page: its frame, and what is said when a page can't be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import Language

COMMON: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "code": "en",
        "skip": "Skip to the content",
        "other language": "中文",
        "system": "Status of credit services",
        "reasons": "All reasons, explained",
        "mailbox": "Mailbox",
        "stop": ".",
        "colon": ": ",
        "comma": ", ",
        "live": "This page stays up to date by itself.",
        "still": "This page tells the state of {}. Reload it to see what has changed.",
        "changed": "Updated: {}",
        "lost": "The connection is interrupted; trying again. What you see may be older.",
        "again": "Connected again.",
        "problem": "This page can't be shown",
        "problem unauthenticated": "Please sign in first.",
        "problem forbidden": "You have no access to this.",
        "problem not-found": "There is no such page.",
        "problem account-unknown": "We know nothing of this account yet.",
        "problem too-many-requests": "That was very often. Please wait a moment, then reload.",
        "problem not-ready": "The service is starting. Please reload in a moment.",
        "problem not-recorded": "This can't be answered right now. Nothing was changed; please try again in a moment.",
        "problem invalid": "Something in it is not as it must be. Please go back and check what you entered.",
        "problem other": "Something went wrong on our side. Please try again in a moment.",
        "problem says": "In detail",
        "sign in": "Sign in",
    },
    "zh": {
        "code": "zh-CN",
        "skip": "跳到正文",
        "other language": "English",
        "system": "信贷服务状态",
        "reasons": "原因说明",
        "mailbox": "消息箱",
        "stop": "。",
        "colon": "：",  # full width, as the next
        "comma": "，",
        "live": "本页会自动更新。",
        "still": "本页显示的是{}的状态,刷新即可看到变化。",
        "changed": "已更新：{}",
        "lost": "连接中断，正在重试。当前内容可能不是最新。",
        "again": "已重新连接。",
        "problem": "暂时无法显示本页",
        "problem unauthenticated": "请先登录。",
        "problem forbidden": "您没有查看权限。",
        "problem not-found": "没有这个页面。",
        "problem account-unknown": "我们还没有这个账户的信息。",
        "problem too-many-requests": "操作过于频繁,请稍候再刷新。",
        "problem not-ready": "服务正在启动,请稍候刷新。",
        "problem not-recorded": "暂时无法答复,未作任何更改,请稍后再试。",
        "problem invalid": "填写的内容有误,请返回检查。",
        "problem other": "我们这边出了问题,请稍后再试。",
        "problem says": "详细信息",
        "sign in": "登录",
    },
}

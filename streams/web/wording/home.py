"""Words of the first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.reasons import Language

HOME: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "Is my credit service open, and why?",
        "lead": "This service tells what holds for a credit account: which services are open, why one is not, what opens it, and until when.",
        "how": "Every status follows from recorded facts by published rules. Each has a reference number, and can be computed anew and checked.",
        "customers": "Customers",
        "customers text": "Your status in plain words, what to do, what changes by itself, your rights.",
        "account": "Account",
        "show": "Show the account",
        "reasons": "All reasons, explained",
        "support": "Support",
        "support text": "Find an account by its number or a reference number; see what the customer sees, with the records behind it, messages and notes.",
        "support go": "To support",
        "operations": "Operations",
        "operations text": "How the system runs: early warnings, flow and lags, clocks of law, dead letters, statuses by product.",
        "operations go": "To operations",
        "audit": "Audit",
        "audit text": "Every change of an account with its evidence, the verification's result, and the report.",
        "audit go": "To audit",
        "programs": "Programs",
        "programs text": "The same over HTTP, with API keys or access tokens.",
        "openapi": "OpenAPI document",
        "catalogue": "Reasons as JSON",
        "sign in": "Sign in",
    },
    "zh": {
        "title": "我的信贷服务是否可用?为什么?",
        "lead": "这里说明信贷账户的状态:哪些服务可用,不可用的原因是什么,怎样恢复,到什么时候。",
        "how": "每个状态都由已记录的事实按公开的规则得出,带有查询编号,可以重新计算和核对。",
        "customers": "客户",
        "customers text": "用通俗的话说明您的状态、可以怎么办、会自动变化的事项和您的权利。",
        "account": "账户",
        "show": "查看账户",
        "reasons": "原因说明",
        "support": "客服",
        "support text": "按账户或查询编号查找,查看客户所见内容、依据的记录、消息和备注。",
        "support go": "进入客服页面",
        "operations": "运营",
        "operations text": "系统运行情况:预警、数据流与延迟、法定期限、死信、各产品状态。",
        "operations go": "进入运营页面",
        "audit": "审计",
        "audit text": "账户的全部变化及其依据、核验结果和报告。",
        "audit go": "进入审计页面",
        "programs": "程序接口",
        "programs text": "同样的内容,通过HTTP提供,使用API密钥或访问令牌。",
        "openapi": "OpenAPI文档",
        "catalogue": "原因目录(JSON)",
        "sign in": "登录",
    },
}

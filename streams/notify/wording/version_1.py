"""Version 1 of the messages: plain, specific, no blame, no fear, no pressure to repay, no promise of an approval.

`short` and `title` are what a lock screen or a list of mails shows to whoever stands beside: nothing of anybody.
"""

from collections.abc import Mapping
from typing import Final

from schemas.reasons import Language

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "News about a service of yours",
        "short": "There is news about a service of yours. Open your account to read it.",
        "status": "{product} (provided by {provider}): {word}, since {since} ({zone}).",
        "OPEN": "open",
        "LIMITED": "limited",
        "NOT_OPEN": "not open",
        "UNDER_REVIEW": "under review",
        "side none": "You can use this service.",
        "side customer": "It is your turn: you can do something about it.",
        "side time": "Only time is needed; there is nothing that you have to do.",
        "side provider": "It is our or the lender's turn; there is nothing that you have to do.",
        "side law": "The law decides this; we can't change it.",
        "side unknown": "Something isn't known yet.",
        "side choice": "You chose this yourself, and can change it.",
        "why": "Why:",
        "clears": "This ends by itself on {at}.",
        "more": "{n} more reasons stand on your account's page.",
        "no draws": "It allows no new draws. Repayment stays possible at any time.",
        "up to": "It allows new draws up to {amount} {currency}.",
        "next": "If nothing else happens, it becomes on {at}: {word}.",
        "alternatives": "Open for you now: {products}.",
        "rights": "You may ask why, ask that a person looks at it, or dispute what is wrong; a dispute is answered "
        "within 20 days.",
        "reference": "Reference number for the phone: {reference}",
        "answer dispute": "Your dispute {id} is answered and closed.",
        "answer review": "A person has decided on your request {id}.",
        "answer explanation": "The explanation that you asked for ({id}) is ready.",
        "outcome": "Outcome: {outcome}",
        "where": "What holds now stands on your account's page.",
        "expiry": "The identity document that we know of expires on {day}.",
        "renew": "Please send us the new one before that day, so that your services stay as they are.",
    },
    "zh": {
        "title": "您的服务有新消息",
        "short": "您的一项服务有新消息,请登录账户查看。",
        "status": "{product}(提供方:{provider}):{word},自{since}起({zone})。",
        "OPEN": "可用",
        "LIMITED": "部分可用",
        "NOT_OPEN": "暂不可用",
        "UNDER_REVIEW": "审核中",
        "side none": "您可以使用这项服务。",
        "side customer": "现在轮到您:您可以采取行动。",
        "side time": "只需等待,您无需做任何事。",
        "side provider": "由我们或机构处理,您无需做任何事。",
        "side law": "依法限制,我们无法更改。",
        "side unknown": "有信息尚未得知。",
        "side choice": "这是您自己的选择,可以更改。",
        "why": "原因:",
        "clears": "将于{at}自动解除。",
        "more": "另有{n}项原因,请在账户页面查看。",
        "no draws": "暂不能新借款,还款始终可用。",
        "up to": "可新借款,不超过{amount} {currency}。",
        "next": "如无其他变化,{at}起变为:{word}。",
        "alternatives": "您现在可用的产品:{products}。",
        "rights": "您可以要求说明理由、要求人工复核,如有错误可以提出异议;异议将在20天内答复。",
        "reference": "电话查询编号:{reference}",
        "answer dispute": "您的异议{id}已答复并结案。",
        "answer review": "您的请求{id}已由人工作出决定。",
        "answer explanation": "您要求的说明({id})已备好。",
        "outcome": "结果:{outcome}",
        "where": "当前状态请在账户页面查看。",
        "expiry": "我们登记的身份证件将于{day}到期。",
        "renew": "请在此之前更新证件,以免影响您的服务。",
    },
}

"""Check facts: no filler words for missing facts, a date for verified ones, texts short enough for
a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.content.documents.problems import shown
from bot.content.readers.build_context import BuildContext, Place
from bot.content.readers.bureaus_and_interview import Confidence
from bot.core.domain.knowledge import PolicyStatus, Support, Update

MAX_TITLE = 40
MAX_ITEM = 150
MAX_SAYING = 300
MAX_PHRASE = 600

_NOTHING = frozenset(
    {"无", "暂无", "没有", "待定", "未定", "不详", "未知", "待补充", "待填", "待核实", "略"}
    | {"tbd", "n/a", "none", "nil", "/", "-", "—", "——"}
)
_ENDS = " 。.()（）"
_SINCE = re.compile(
    r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?=$|[^\d年/-])", re.ASCII
)
_NUMBER = re.compile(r"\d[\d-]+\d", re.ASCII)
_PROVEN = (Confidence.GOVERNMENT.value, Confidence.PRESS.value)

Said = tuple[Place, str, int]


def check_facts(context: BuildContext, today: date) -> None:
    """Record filler words, texts that are too long, and claims without a date or a source."""
    for place, text, longest in _said(context):
        if text.strip(_ENDS).casefold() in _NOTHING or text in _NOTHING:
            message = f"写了“{shown(text)}”，会原样念给用户"
            context.add_problem(place, message, "没有就空着，或者整行不写")
        if len(text) > longest:
            message = f"这段有 {len(text)} 个字，最多 {longest} 个：“{shown(text)}”"
            context.add_problem(place, message, "写短一点，手机上才看得完")
    _check_verified(context, today)
    for place, update in context.later:
        if not _SINCE.match(update.dated):
            message = f"后来的规定的 date 不是日期：“{shown(update.dated)}”"
            context.add_problem(
                place, message, "写成 2024-05-01、2024-05 或 2024，后面可以加“起施行”"
            )
        if update.confidence not in _PROVEN:
            message = "后来的规定没有可靠的出处，不能给用户看"
            hint = "confidence 写 A（政府网页）或 B（具名媒体）；凭记忆的不写"
            context.add_problem(place, message, hint)
        if not (update.about or update.always or update.people or _sampled(update)):
            message = "这条后来的规定没有写什么时候说，谁问也问不到它"
            hint = "写上 questions（大家怎么问）、follow_ups（怎么追问）或者 about（回答哪一面）"
            context.add_problem(place, message, hint)
    for number in context.hotlines:
        if not _NUMBER.fullmatch(number):
            message = f"热线号码写法不对：“{shown(number)}”"
            hint = "只写数字和“-”，中间不空格，如 12345、0772-1234567"
            context.add_problem(context.places.at("hotline", number, "number"), message, hint)


def _sampled(update: Update) -> bool:
    """Return whether a statement of a later rule has samples of how it is asked for."""
    return bool(update.questions or update.follow_ups)


def _check_verified(context: BuildContext, today: date) -> None:
    at = context.places.at
    days = [(at("support", s.id, "last_verified"), s.last_verified) for s in _supports(context)]
    for policy in context.policies.values():
        place = at("policy", policy.id, "last_verified")
        days.append((place, policy.last_verified))
        if policy.status is PolicyStatus.IN_FORCE and not policy.last_verified:
            message = "status 写了 in_force，却没有写哪天核实的"
            context.add_problem(
                place, message, "写上 last_verified；没核实过就写 status: unverified"
            )
    for place, day in days:
        if day and day > today:
            context.add_problem(place, f"last_verified 写的是以后的一天：{day}", "写核实那天")


def _supports(context: BuildContext) -> tuple[Support, ...]:
    return tuple(context.supports.values())


def _said(context: BuildContext) -> Iterator[Said]:
    """Return each text that users read, with its place and its longest allowed length."""
    at = context.places.at
    for support in _supports(context):
        yield at("support", support.id, "title"), support.title, MAX_TITLE
        yield at("support", support.id, "summary"), support.summary, MAX_SAYING
        yield at("support", support.id, "amount"), support.amount, MAX_ITEM
        yield at("support", support.id, "unstated", "ask"), support.ask, MAX_ITEM
        for key in ("also_requires", "steps", "materials", "questions"):
            for number, text in enumerate(getattr(support, key)):
                yield at("support", support.id, key, str(number)), text, MAX_ITEM
        for number, text in enumerate(support.unstated):
            yield at("support", support.id, "unstated", "what", str(number)), text, MAX_ITEM
    for place, update in context.later:
        yield place, update.say, MAX_SAYING
        yield place, update.source, MAX_SAYING
    for signpost in context.signposts.values():
        yield at("signpost", signpost.id, "title"), signpost.title, MAX_TITLE
    for bureau in context.bureaus.values():
        yield at("bureau", bureau.name, "now"), bureau.now, MAX_ITEM
    for name, phrase in context.phrases.items():
        yield at("phrase", name, name), phrase, MAX_PHRASE

"""Pointing at an item of a list: “第二个讲的是什么”, “最后一个找谁”, “第三个呢”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.domain.session import Mode, Session
from bot.core.nlu.command_classifier import MessageParser
from bot.core.nlu.patterns import has_content, numeral

_ONE = r"[1-9][0-9]?|十[一二三四五六七八九]?|[一二两三四五六七八九]"
_KIND = r"(?:个|项|条|件|样|款|种)"
# “第一个月”, “第二个孩子” count something else.
_ELSE = r"(?!月|孩子|小孩|娃|儿|女|学期|人|季度|星期|礼拜|店|公司|门面|厂|铺|老板|老师|条件|问题)"
_POINT = re.compile(
    rf"(?:列表|上面|结果)?(?:里|的|那)*(?P<back>倒数)?第\s*(?P<one>{_ONE})\s*{_KIND}{_ELSE}"
    rf"|第\s*(?P<bare_th>{_ONE})(?=呢|和|跟|$|是什么|讲|找谁|怎么申请)"
    rf"|^(?P<bare>{_ONE})(?=呢|是什么|是啥|讲|说的|找谁|找哪|怎么|要什么|能|的(?:原文|条件))"
    rf"|(?P<last>最后|最末|末)(?:面)?(?:的)?(?:那)?一?{_KIND}{_ELSE}"
    rf"|(?P<first>头一?|首|最上面那?|最前面那?|上面那|上面这|前面那|刚才那){_KIND}{_ELSE}"
)
_BY_NAME = re.compile(
    r"^(?:那么?|请问|就)?(?:上面|前面|刚才|刚刚|列表里)?(?:说|讲|提到?)?的?(?:那|这)(?:个|项|条|一个)|^(?:上面|前面|刚才|刚刚)(?:说|讲|提)|(?:的|是)那(?:个|项|条)"
)
_SAYING = re.compile(
    r"讲的?|说的?|介绍|详细|具体|看看|看|打开|点开|点|了解|一下|下|什么|啥|意思|内容|是|怎么回事|呢|嘛|"
    r"怎样|如何|有|和|跟|与|区别|不同|分别|哪|展开|继续|这|那|里|给|帮|再|就|选|要|东西|事|嘢|么"
)
_OPENING = re.compile(
    r"^(?:那么?|请问|请|麻烦|讲讲|说说|讲下|说下|介绍一?下?|看看?|打开|我?想?(?:看|问|知道|要|选)|再)*$"
)


@dataclass(frozen=True, slots=True)
class ListReference:
    """The supports pointed at, what is asked of them, and what else is said. No supports: the
    list has no such item."""

    supports: tuple[str, ...]
    fields: tuple[str, ...]
    rest: str


def _named(clean: str, reader: MessageParser, listed: Sequence[str]) -> str:
    """The one support of the list that a message points at by what it is called: “那个创业园”,
    “刚才说的孵化基地”; "" where it fits none or several."""
    if not _BY_NAME.search(clean):
        return ""
    held = [reader.knowledge.supports[s] for s in listed if s in reader.knowledge.supports]
    said = _BY_NAME.sub(" ", clean)
    fits = {s.id: _shared(said, (s.title, *s.keywords)) for s in held}
    longest = max(fits.values(), default=0)
    best = [support for support, length in fits.items() if length == longest]
    return best[0] if longest >= 2 and len(best) == 1 else ""


def _shared(said: str, names: Sequence[str]) -> int:
    """The length of the longest stretch of one of the names that stands in what was said."""
    # Of the names, which are short: what was said may be a long story.
    return max([_stretch(name, said) for name in names], default=0)


def _stretch(name: str, said: str) -> int:
    return next(
        (
            length
            for length in range(len(name), 1, -1)
            if any(name[at : at + length] in said for at in range(len(name) - length + 1))
        ),
        0,
    )


def pointed(text: str, reader: MessageParser, session: Session) -> ListReference | None:
    """What the message points at in the list that was shown, or None."""
    listed = listed_in(session)
    clean = reader.clean(text)
    fields, besides = reader.fields(text)
    if named := _named(clean, reader, listed):
        return ListReference((named,), fields, besides)
    found = list(_POINT.finditer(clean)) if listed else []
    if not found:
        return None
    rest = _POINT.sub(" ", clean)
    said = _SAYING.sub("", reader.fields(rest)[1])
    if has_content(said) and not _OPENING.match(clean[: found[0].start()]):
        return None
    places = [_place(each, len(listed), session.focus in listed) for each in found]
    if found[0]["first"] and session.focus and session.focus in reader.knowledge.supports:
        return ListReference((session.focus,), fields, rest.strip())
    if not all(0 <= place < len(listed) for place in places):
        return ListReference((), fields, rest.strip())
    return ListReference(tuple(dict.fromkeys(listed[p] for p in places)), fields, rest.strip())


def listed_in(session: Session) -> tuple[str, ...]:
    """The supports of the list on offer, or of the one that an open support came from."""
    offered = tuple(o.id[2:] for o in session.offered if o.id.startswith("s:"))
    asking = any(o.id.startswith("a:") for o in session.offered)
    if offered or asking or session.mode is Mode.INTERVIEW:
        return offered
    return session.listed


def _place(found: re.Match[str], count: int, opened: bool) -> int:
    if found["last"]:
        return count - 1
    if found["first"]:
        return 0
    one = found["one"] or found["bare_th"] or found["bare"]
    number = int(one) if one.isdigit() else numeral(one)
    return count - number if found["back"] else number - 1

"""Resolve references to items of a list: “第二个讲的是什么”, “最后一个找谁”, “第三个呢”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.domain.session import Mode, Session
from bot.core.nlu.message_parser import MessageParser
from bot.core.nlu.patterns import has_content
from bot.core.text.figures import whole_number

_ONE = r"[1-9][0-9]?|十[一二三四五六七八九]?|[一二两三四五六七八九]"
_KIND = r"(?:个|项|条|件|样|款|种|桩|档)"
# Nouns after which an ordinal is no reference: “第一个月”, “第二个孩子”.
_NO_REFERENCE = (
    r"(?!月|孩子|小孩|娃|儿|女|学期|人|季度|星期|礼拜|店|公司|门面|厂|铺|老板|老师|条件|问题)"
)
# A reference by position.
_POSITION = re.compile(
    rf"(?:列表|上面|结果)?(?:里|的|那)*(?P<back>倒数)?第\s*(?P<one>{_ONE})\s*{_KIND}{_NO_REFERENCE}"
    rf"|第\s*(?P<ranked>{_ONE})\s*(?:合适|适合|好|划算|靠前|推荐)的?"
    rf"|第\s*(?P<bare_th>{_ONE})(?=呢|和|跟|$|是什么|讲|找谁|怎么申请)"
    rf"|^(?P<bare>{_ONE})(?=呢|是什么|是啥|讲|说的|找谁|找哪|怎么|要什么|能|的(?:原文|条件))"
    rf"|(?P<last>最后|最末|末)(?:面)?(?:的)?(?:那)?一?{_KIND}{_NO_REFERENCE}"
    rf"|(?P<first>头一?|首|最上面那?|最前面那?|上面那|上面这|前面那|刚才那){_KIND}{_NO_REFERENCE}"
    rf"|(?P<top>(?:排在?|放在?)?(?:最前面?|最上面?|头一位|第一位)的(?:那{_KIND})?)"
)
# Asks why the first support of a list is the first: “为啥是它”.
_WHY_FIRST = re.compile(
    r"^(?:为什么|为啥|为何|凭什么|点解|咋)(?:先|会|要|推荐|排|选|就|讲|说|看)*是?(?:它|这个|这项|这条|这一条|这样)\W*$"
)
# The start of a reference by title: “那个创业园”.
_BY_TITLE = re.compile(
    r"^(?:那么?|请问|就)?(?:上面|前面|刚才|刚刚|列表里)?(?:说|讲|提到?)?的?(?:那|这)(?:个|项|条|一个)|^(?:上面|前面|刚才|刚刚)(?:说|讲|提)|(?:的|是)那(?:个|项|条)"
)
# Refers to every item of a short list, of at most MAX_EACH items: “各自找谁”.
_EACH = re.compile(r"各自|各是|各归|分别|[这那]?(?:两|三|几)(?:个|样|项|条)(?:都|各)")
MAX_EACH = 3


@dataclass(frozen=True, slots=True)
class ListReference:
    """A resolved reference.

    `supports`: the ids referred to; empty if the list has no such item. `fields`: the fields asked
    for (who, amount …). `rest`: the text without the reference.
    """

    supports: tuple[str, ...]
    fields: tuple[str, ...]
    rest: str


def resolve_list_reference(
    text: str, reader: MessageParser, session: Session
) -> ListReference | None:
    """Resolve a reference to the list on display; None if the message has none."""
    listed = listed_supports(session)
    clean = reader.clean(text)
    fields, rest = reader.fields(text)
    if support := _by_title(clean, reader, listed):
        return ListReference((support,), fields, rest)
    if listed and not session.focus and _WHY_FIRST.search(clean):
        return ListReference(listed[:1], ("why",), "")
    if fields and not session.focus and _EACH.search(clean) and 1 < len(listed) <= MAX_EACH:
        return ListReference(listed, fields, "")
    found = list(_POSITION.finditer(clean)) if listed else []
    if not found:
        return None
    rest = _POSITION.sub(" ", clean)
    content = reader.without_fillers("reference", reader.fields(rest)[1])
    opening = clean[: found[0].start()]
    if has_content(content) and reader.without_fillers("opening", opening):
        return None
    positions = [_position(match, len(listed)) for match in found]
    if found[0]["first"] and session.focus and session.focus in reader.knowledge.supports:
        return ListReference((session.focus,), fields, rest.strip())
    if not all(0 <= position < len(listed) for position in positions):
        return ListReference((), fields, rest.strip())
    return ListReference(tuple(dict.fromkeys(listed[p] for p in positions)), fields, rest.strip())


def listed_supports(session: Session) -> tuple[str, ...]:
    """Return the ids of the supports that are offered now, or of the list from which the open
    support was chosen; () while another question is pending."""
    offered = tuple(o.id[2:] for o in session.offered if o.id.startswith("s:"))
    asking = any(o.id.startswith("a:") for o in session.offered)
    if offered or asking or session.mode is Mode.INTERVIEW:
        return offered
    return session.listed


def _by_title(clean: str, reader: MessageParser, listed: Sequence[str]) -> str:
    """Return the listed support whose title or keywords share the longest substring with a
    reference such as “那个创业园”; "" if it is shorter than two characters or ambiguous."""
    if not _BY_TITLE.search(clean):
        return ""
    supports = [reader.knowledge.supports[s] for s in listed if s in reader.knowledge.supports]
    text = _BY_TITLE.sub(" ", clean)
    lengths = {s.id: _longest_shared(text, (s.title, *s.keywords)) for s in supports}
    longest = max(lengths.values(), default=0)
    best = [support for support, length in lengths.items() if length == longest]
    return best[0] if longest >= 2 and len(best) == 1 else ""


def _longest_shared(text: str, names: Sequence[str]) -> int:
    """Return the length of the longest substring of a name that occurs in the text. Substrings are
    taken from the names because the text can be long."""
    return max([_longest_part(name, text) for name in names], default=0)


def _longest_part(name: str, text: str) -> int:
    """Return the length (0, or 2 and more) of the longest substring of the name in the text."""
    return next(
        (
            length
            for length in range(len(name), 1, -1)
            if any(name[at : at + length] in text for at in range(len(name) - length + 1))
        ),
        0,
    )


def _position(found: re.Match[str], count: int) -> int:
    """Return the zero-based position of a reference in a list of `count` items; it can be out of
    range."""
    if found["last"]:
        return count - 1
    if found["first"] or found["top"]:
        return 0
    one = found["one"] or found["ranked"] or found["bare_th"] or found["bare"]
    number = whole_number(one)
    return count - number if found["back"] else number - 1

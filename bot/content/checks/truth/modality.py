"""Check that an encouragement of the paper is not told as a promise, and that no text promises
more than the quote.

Where the paper only encourages, supports, explores, guides or strives for something, the quote
must begin with that verb and the summary must keep it.
"""

from __future__ import annotations

import re

from bot.content.readers.build_context import BuildContext
from bot.core.domain.knowledge import Support

# Verbs that oblige nobody.
_SOFT = re.compile("鼓励|支持|探索|引导|争取|培育|推动|倡导")
# Verbs that start a statement of their own, after which an earlier soft verb does not count.
_OWN = re.compile("鼓励|支持|探索|引导|争取|帮助|推动|给予|确保|继续|充分|积极|大力|吸引")
# Words that may stand before the verb of a part of a sentence.
_ADVERB = re.compile("积极|大力|认真|进一步|继续")
# Words of a promise. 不是…必须 and 没说… deny one.
_PROMISE = re.compile("保证|一定(?!期限|的资金)|肯定|必须|有权|都能|全额|百分百|应当")
# Words that promise in any text: they must stand in the quote.
_ASSURANCE = re.compile(
    "保证|一定(?!期限|时期|时间|条件|比例|数额|额度|的|资金|奖)|必定|肯定|全额|百分之?百|100%|全部批准"
    "|包(?:过|批|办成)|当天|立即|马上|无条件|[就必秒](?:批|给|发放|送|过|中(?!小))"
    "|(?:免费|白)(?:送|给)|赠送|(?:政府|财政|国家)(?:全部)?(?:出资|出钱|买单)"
)
_DENIED = re.compile("(?:不是|没有?[说写])[^，。；]*$")
_SENTENCE_END = re.compile("[。;；:：(（]")
_PART_END = re.compile("[,，]")


def check_modality(context: BuildContext) -> None:
    """Record quotes that leave out the verb that weakens them, and summaries that promise more
    than their quote."""
    for support in context.supports.values():
        clause = context.clauses.get(support.clause)
        if clause is None or support.quote not in clause.text or not support.quote:
            continue
        verbs = _leading_verbs(support)
        _check_assurances(context, support, soft=bool(verbs))
        at = context.places.at
        cut = _cut_verb(clause.text, support.quote)
        if cut:
            message = f"quote 从“{cut}”的后面开始，鼓励就成了答应"
            context.add_problem(
                at("support", support.id, "quote"), message, f"把“{cut}”也抄进来，一直抄到要引的话"
            )
        if not verbs:
            continue
        place = at("support", support.id, "summary")
        if not _SOFT.search(support.summary):
            told = "、".join(verbs)
            message = f"原文是“{told}”，summary 里没有这样的词，读着像答应了"
            context.add_problem(place, message, f"写上“{verbs[0]}”")
        for promise in _PROMISE.finditer(support.summary):
            if not _DENIED.search(support.summary[: promise.start()]):
                message = f"原文是“{verbs[0]}”，summary 却写了“{promise.group()}”"
                context.add_problem(place, message, "原文没有答应的，不能答应")


def _check_assurances(context: BuildContext, support: Support, *, soft: bool) -> None:
    """Record words such as 保证 and 全额 that the quote does not have. `soft`: the quote begins
    with a verb that obliges nobody; then `check_modality` records the promises of the summary."""
    texts = [(key, getattr(support, key)) for key in ("title", "summary", "amount")]
    texts += [(key, text) for key in ("steps", "materials") for text in getattr(support, key)]
    for key, text in texts:
        for found in _ASSURANCE.finditer(text):
            if found.group() in support.quote or _DENIED.search(text[: found.start()]):
                continue
            if soft and key == "summary" and _PROMISE.fullmatch(found.group()):
                continue
            message = f"{key} 写了“{found.group()}”，quote 里没有这个词"
            place = context.places.at("support", support.id, key)
            context.add_problem(place, message, "原文没有答应的，不能答应；原文有就抄进 quote")


def _cut_verb(text: str, quote: str) -> str:
    """Return the soft verb that governs the beginning of a quote and stands before it; "" if there
    is none."""
    start = text.index(quote)
    parts = _PART_END.split(_SENTENCE_END.split(text[:start])[-1])
    soft = [found.group() for part in parts if (found := _SOFT.match(_ADVERB.sub("", part)))]
    return soft[-1] if soft and not _OWN.match(quote) else ""


def _leading_verbs(support: Support) -> tuple[str, ...]:
    """Return the soft verbs with which a quote begins: 鼓励, 鼓励支持."""
    verbs: list[str] = []
    rest = support.quote
    while found := _SOFT.match(rest):
        verbs.append(found.group())
        rest = rest[found.end() :]
    return tuple(verbs)

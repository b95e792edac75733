"""Check numbers: every figure stands in its clause, every telephone number is a known hotline."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.readers.build_context import BuildContext, Place
from bot.core.domain.knowledge import Support

_FULL_WIDTH = str.maketrans("０１２３４５６７８９－—（）", "0123456789--()")
_RUN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?")
_IN_WORDS = re.compile(
    r"百分之[零〇一二三四五六七八九十百点]+|[一二两三四五六七八九十百千]+(?:[万亿])?元(?![化宇首旦])"
)
_NO_PHONE = re.compile(r"https?://\S+|\d{4}-\d{1,2}-\d{1,2}")
_PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}[- )]\s?\d{3,}(?:[- ]?\d)*|\d(?:[- ]?\d){6,})")
_SHORT = re.compile(r"(?<!\d)(?:12\d{3}|9[56]\d{3})(?!\d|[元人户个名年])")

Said = tuple[Place, str]


def check_numbers(context: BuildContext) -> None:
    """Record every figure and telephone number without a source."""
    for support in context.supports.values():
        _check_support(context, support)
    for place, text in _said(context):
        _check_phones(context, place, text, short=True)
    for place, text in _asked(context):
        _check_phones(context, place, text, short=False)


def figures(text: str) -> list[str]:
    """Return the numbers in digits and the amounts in Chinese numerals of a text."""
    plain = text.translate(_FULL_WIDTH)
    return _RUN.findall(plain) + _IN_WORDS.findall(plain)


def _check_support(context: BuildContext, support: Support) -> None:
    clause = context.clauses.get(support.clause)
    if clause is None:
        return
    proven = {*figures(clause.text), *figures(support.quote), *context.hotlines}
    for place, text in _promises(context, support):
        for figure in figures(text):
            if figure not in proven:
                context.add_problem(
                    place,
                    f"“{figure}”这个数在条款 {clause.id} 的原文里没有",
                    "原文没有的数不能写；后来的规定写进 later_rules/",
                )


def _promises(context: BuildContext, support: Support) -> Iterator[Said]:
    """Return the texts that say what a user gets or must bring."""
    at = context.places.at
    for key in ("title", "summary", "amount"):
        yield at("support", support.id, key), getattr(support, key)
    for key in ("also_requires", "steps", "materials"):
        for number, text in enumerate(getattr(support, key)):
            yield at("support", support.id, key, str(number)), text


def _said(context: BuildContext) -> Iterator[Said]:
    """Return every text that the bot shows, except quotes and clauses."""
    at = context.places.at
    for support in context.supports.values():
        yield from _promises(context, support)
        yield at("support", support.id, "unstated"), "；".join((*support.unstated, support.ask))
    for place, update in context.later:
        yield place, update.say
    for signpost in context.signposts.values():
        yield at("signpost", signpost.id, "title"), signpost.title
    for name, phrase in context.phrases.items():
        yield at("phrase", name, name), phrase
    for bureau in context.bureaus.values():
        yield at("bureau", bureau.name), f"{bureau.now}；{bureau.note}"
    for slot in context.slots.values():
        yield at("slot", slot.id), f"{slot.question}；{slot.why}"


def _asked(context: BuildContext) -> Iterator[Said]:
    """Return the samples of what users say: a short number is allowed, a telephone number not."""
    tables = (("support", context.supports), ("signpost", context.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            for key in ("keywords", "questions"):
                for number, text in enumerate(getattr(thing, key)):
                    yield context.places.at(kind, name, key, str(number)), text


def _check_phones(context: BuildContext, place: Place, text: str, *, short: bool) -> None:
    plain = _NO_PHONE.sub(" ", text.translate(_FULL_WIDTH))
    found = _PHONE.findall(plain) + (_SHORT.findall(plain) if short else [])
    offices = (bureau.telephone.translate(_FULL_WIDTH) for bureau in context.bureaus.values())
    known = {*context.hotlines, *filter(None, offices)}
    for number in found:
        if number not in known:
            message = f"“{number}”像电话号码，但不在 bureaus.yaml 的热线里"
            context.add_problem(place, message, "没有核实过的电话一律不写")

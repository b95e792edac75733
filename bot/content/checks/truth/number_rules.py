"""Check numbers: every figure stands in its clause, every telephone number is a known hotline.

Figures are numbers in digits, amounts in Chinese numerals, counts in Chinese numerals with any
unit (三年, 三成, 每年两次, 十来户), and shares without a numeral (半年, 双倍). What a
support lists as unstated may have any figure: a reply denies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.readers.build_context import BuildContext, Place
from bot.core.domain.knowledge import Support
from bot.core.text.figures import numeral_value

_FULL_WIDTH = str.maketrans("０１２３４５６７８９－—（）", "0123456789--()")
_RUN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?")
_IN_WORDS = re.compile(
    r"百分之[零〇一二三四五六七八九十百点]+|[一二两三四五六七八九十百千]+(?:[万亿])?元(?![化宇首旦])"
)
# A count in Chinese numerals with its unit. 一 with a counting word is an article (一个, 一次性).
_COUNTED = re.compile(
    r"(?P<count>[几数上近][十百千万]+|[零〇一二两三四五六七八九十百千万]+)(?P<about>[来多余几])?"
    r"(?P<unit>个月|个工作日|小时|周岁|公里|平方米|年|月|天|日|周|次|人|名|户|家|个|项|种|成|倍|折|岁"
    r"|万|亿|届|期|轮|套|间|亩)"
)
# A half or a multiple, which counts without a numeral.
_SHARE = re.compile(r"半(?:个月|个|年|月|天|日|小时|数|价)|[双加翻成]倍|翻(?:一)?番")
_ARTICLE = re.compile(r"一(?:个|次|人|名|户|家|项|种|套|间|期|轮|万)")
# Words of dates and of set phrases, in which the numeral counts nothing.
_SET_PHRASE = re.compile(
    r"一年四季|千家万户|(?<![几数上近一二两三四五六七八九十千])百家|三天两头|第[一二三四五六七八九十]+"
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


def uncounted(text: str, source: str) -> list[str]:
    """Return the counts in Chinese numerals (三年, 三成, 十来户) that a source has neither in the
    same words nor in digits (3年, 30%, 10来户), and the shares (半年, 双倍) that it lacks."""
    plain = source.translate(_FULL_WIDTH)
    missing = [share for share in _SHARE.findall(text) if share not in source]
    for found in _COUNTED.finditer(_SET_PHRASE.sub(" ", text)):
        said = found.group()
        if _ARTICLE.fullmatch(said) or said in source:
            continue
        value, unit = value_of(found["count"]), found["unit"]
        digits = [] if value is None else [f"{value}{found['about'] or ''}{unit}"]
        if unit == "成" and value is not None:
            digits.append(f"{value * 10}%")
        if not any(re.search(rf"(?<!\d){re.escape(each)}", plain) for each in digits):
            missing.append(said)
    return missing


def value_of(numeral: str) -> int | None:
    """Return the value of a Chinese numeral below 100 million: 三百 → 300. None for 几十, 上百."""
    if numeral[0] in "几数上近":
        return None
    ten_thousands, _, rest = numeral.rpartition("万")
    return numeral_value(ten_thousands) * 10_000 + numeral_value(rest)


def _check_support(context: BuildContext, support: Support) -> None:
    clause = context.clauses.get(support.clause)
    if clause is None:
        return
    proven = {*figures(clause.text), *figures(support.quote), *context.hotlines}
    source = f"{clause.text} {support.quote}"
    for place, text in _promises(context, support):
        for count in uncounted(text, source):
            message = f"“{count}”这个数在条款 {clause.id} 的原文里没有"
            context.add_problem(place, message, "原文没有的数不能写，汉字写的也一样")
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

"""Rules of numbers: no figure that the clause does not have, no telephone that nobody proved."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.readers.build_context import Place, Reading
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


def check_figures(reading: Reading) -> None:
    """Record every figure and telephone number that no source proves."""
    for support in reading.supports.values():
        _check_support(reading, support)
    for place, text in _said(reading):
        _check_phones(reading, place, text, short=True)
    for place, text in _asked(reading):
        _check_phones(reading, place, text, short=False)


def figures(text: str) -> list[str]:
    """The runs of digits in a text, and amounts in Chinese numerals."""
    plain = text.translate(_FULL_WIDTH)
    return _RUN.findall(plain) + _IN_WORDS.findall(plain)


def _check_support(reading: Reading, support: Support) -> None:
    clause = reading.clauses.get(support.clause)
    if clause is None:
        return
    proven = {*figures(clause.text), *figures(support.quote), *reading.hotlines}
    for place, text in _promises(reading, support):
        for figure in figures(text):
            if figure not in proven:
                reading.complain(
                    place,
                    f"“{figure}”这个数在条款 {clause.id} 的原文里没有",
                    "原文没有的数不能写；后来的规定写进 updates.yaml",
                )


def _promises(reading: Reading, support: Support) -> Iterator[Said]:
    """The fields that say what a founder gets or must bring."""
    at = reading.places.at
    for key in ("title", "summary", "amount"):
        yield at("support", support.id, key), getattr(support, key)
    for key in ("also_requires", "steps", "materials"):
        for number, text in enumerate(getattr(support, key)):
            yield at("support", support.id, key, str(number)), text


def _said(reading: Reading) -> Iterator[Said]:
    """What the guide says of its own."""
    at = reading.places.at
    for support in reading.supports.values():
        yield from _promises(reading, support)
        yield at("support", support.id, "unstated"), "；".join((*support.unstated, support.ask))
    for place, update in reading.later:
        yield place, update.say
    for signpost in reading.signposts.values():
        yield at("signpost", signpost.id, "title"), signpost.title
    for name, phrase in reading.phrases.items():
        yield at("phrase", name, name), phrase
    for bureau in reading.bureaus.values():
        yield at("bureau", bureau.name), f"{bureau.now}；{bureau.note}"
    for slot in reading.slots.values():
        yield at("slot", slot.id), f"{slot.question}；{slot.why}"


def _asked(reading: Reading) -> Iterator[Said]:
    """What people say, as samples: they may name any short number, never somebody's telephone."""
    tables = (("support", reading.supports), ("signpost", reading.signposts))
    for kind, table in tables:
        for name, thing in table.items():
            for key in ("keywords", "questions"):
                for number, text in enumerate(getattr(thing, key)):
                    yield reading.places.at(kind, name, key, str(number)), text


def _check_phones(reading: Reading, place: Place, text: str, *, short: bool) -> None:
    plain = _NO_PHONE.sub(" ", text.translate(_FULL_WIDTH))
    found = _PHONE.findall(plain) + (_SHORT.findall(plain) if short else [])
    for number in found:
        if number not in reading.hotlines:
            message = f"“{number}”像电话号码，但不在 bureaus.yaml 的热线里"
            reading.complain(place, message, "没有核实过的电话一律不写")

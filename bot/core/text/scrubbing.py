"""Replace what identifies a person in a text: numbers, accounts, house numbers and names.

The rules are general and read the form of a text only. Scrubbing a scrubbed text changes nothing.
"""

from __future__ import annotations

import re

from bot.core.text.person_names import without_names
from bot.core.text.personal_numbers import PERSONAL

# What stands in place of what was removed.
NUMBER, ACCOUNT, ADDRESS, NAME = "〔号码〕", "〔账号〕", "〔门牌〕", "〔姓名〕"
_PLACEHOLDER = re.compile("|".join((NUMBER, ACCOUNT, ADDRESS, NAME)))
# Digits of a number from which it is taken for somebody's: hotlines have 5, years 4. A sum of
# seven digits ends in zeros or has a unit.
LONG_NUMBER = 7

# Wide digits, letters, “@”, “-” and “_” → the plain ones.
_WIDE = {
    code: code - 0xFEE0
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
} | {0xFF20: "@", 0xFF0D: "-", 0xFF3F: "_"}
_RUN = re.compile(r"(?<![0-9])[0-9](?:[ \-–—_·.]{0,2}[0-9])*(?![0-9])")
_SEPARATORS = re.compile(r"[ \-–—_·.]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SUM = re.compile(r"\s*(?:元|块|万|亿|人民币)")
_SPOKEN_RUN = re.compile(rf"[零〇一二三四五六七八九幺两]{{{LONG_NUMBER},}}")
# A social credit code, a passport, a licence plate.
_CODE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-HJ-NP-Z]{2}[0-9]{6}[0-9A-HJ-NP-Z]{10}|[EGP][A-Z]?[0-9]{7,8})"
    r"(?![0-9A-Za-z])|[\u4e00-\u9fff][A-Z][·• ]?(?=[A-Z]*[0-9])[A-Z0-9]{5,6}(?![0-9A-Za-z])"
)
_IS = r"(?:号码|账号|帐号|号|id)?\s*(?:就?是|为|[:：=])?\s*"
_ACCOUNT = re.compile(
    rf"(?P<qq>(?:qq群?|扣扣|企鹅){_IS})[1-9][0-9]{{4,11}}(?![0-9])"
    rf"|(?P<chat>(?:微信|薇信|威信|v信|weixin|wechat|vx|wx|加v|加微){_IS})"
    r"(?=[a-z0-9_-]*[0-9_-]|[a-z]{6})[a-z0-9][a-z0-9_-]{4,19}(?![a-z0-9])",
    re.IGNORECASE,
)
_COUNT = r"(?:[0-9]{1,4}(?:[-—之][0-9]{1,4})*|[零〇一二三四五六七八九十百]{1,5})"
_NO_DOOR = r"(?!线|文|令|政策|通知|公告|店|馆)"
_PART = rf"(?:{_COUNT}|[a-zA-Z])\s*(?:号楼|号院|栋|幢|座|单元|楼|层|号房|室|房|号{_NO_DOOR})"
_HOUSE = re.compile(
    rf"(?<=[路街巷弄屯寨坊])\s*{_COUNT}\s*号{_NO_DOOR}(?:\s*{_PART})*"
    rf"|(?<=大道)\s*{_COUNT}\s*号{_NO_DOOR}(?:\s*{_PART})*"
    rf"|(?:{_COUNT}|[a-zA-Z])\s*(?:号楼|栋|幢|座|单元)(?:\s*{_PART})+"
    r"|(?<![0-9])[0-9]{3,4}\s*(?:室|号房)"
)


def scrub(text: str) -> str:
    """Return a text without personal data: telephone, identity, account and other long numbers,
    e-mail addresses, QQ and WeChat accounts, house numbers and names of people. A word in 〔〕
    says what stood there. Wide digits and letters become plain ones."""
    text = text.translate(_WIDE)
    text = _ACCOUNT.sub(lambda found: f"{found['qq'] or found['chat']}{ACCOUNT}", text)
    text = PERSONAL.sub(NUMBER, text)
    text = _CODE.sub(NUMBER, text)
    text = _HOUSE.sub(ADDRESS, text)
    text = _RUN.sub(_number, text)
    text = _SPOKEN_RUN.sub(NUMBER, text)
    return without_names(text, NAME)


def without_placeholders(text: str) -> str:
    """Return a scrubbed text without the words that stand for what was removed."""
    return _PLACEHOLDER.sub("", text).strip()


def _number(found: re.Match[str]) -> str:
    """Return a run of digits as it is if it is a year, a date, a sum or short; else NUMBER."""
    run = found[0]
    parts = _SEPARATORS.split(run)
    digits = "".join(parts)
    dated = any(map(_YEAR.fullmatch, parts)) and all(
        len(part) <= 2 or _YEAR.fullmatch(part) for part in parts
    )
    is_sum = len(parts) <= 2 and (
        digits.endswith("0000") or _SUM.match(found.string, found.end()) is not None
    )
    return run if len(digits) < LONG_NUMBER or dated or is_sum else NUMBER

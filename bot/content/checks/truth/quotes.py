"""Find where a quote differs from the text that it quotes."""

from __future__ import annotations

# With fewer equal characters at its beginning, a quote is from somewhere else altogether.
_ALIKE = 3


def first_difference(quote: str, text: str) -> str:
    """Return which character of a quote is the first that the text does not continue with, and
    what the text has there; "" if hardly the beginning is in the text."""
    alike = common_beginning(quote, text)
    if alike < _ALIKE or alike == len(quote):
        return ""
    follow = text.index(quote[:alike]) + alike
    there = f"原文这里是“{text[follow]}”" if follow < len(text) else "原文到这里就完了"
    before = quote[max(0, alike - 4) : alike]
    return f"第 {alike + 1} 个字“{quote[alike]}”不一样（在“{before}”后面），{there}"


def common_beginning(quote: str, text: str) -> int:
    """Return the number of characters of the longest beginning of a quote that the text has."""
    low, high = 0, len(quote)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if quote[:middle] in text else (low, middle - 1)
    return low

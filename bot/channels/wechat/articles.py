"""Articles (图文): the result page as a picture with a title, in place of a long text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.channels.common.named_links import is_result_page
from bot.channels.common.phrases import Phrases
from bot.channels.common.rendering import sanitize
from bot.channels.common.text_splitting import split_text, utf8_size
from bot.core.domain.json_codec import dump, load
from bot.core.domain.replies import Reply

# The first character of a page that is an article. Texts never contain it: XML forbids it.
_MARK = "\x1e"
# The client shows about 120 characters of a description.
DESCRIPTION_BYTES = 480
_MAX_ITEMS = 6


class Article(NamedTuple):
    """An article with one picture. `url`: the page that it opens."""

    title: str
    description: str
    picture: str
    url: str

    def page(self) -> str:
        """Return the article as a page of an answer."""
        return _MARK + dump(list(self))

    @classmethod
    def of_page(cls, page: str) -> Article | None:
        """Return the article that a page is, None for a text."""
        if not page.startswith(_MARK):
            return None
        try:
            title, description, picture, url = map(str, load(page[1:]))
        except (ValueError, TypeError):
            return None
        return cls(title, description, picture, url)


def result_article(replies: Sequence[Reply], picture: str, phrases: Phrases) -> Article | None:
    """Return the results of a turn as an article with this picture; None if it shows no results
    with a page, or there is no picture."""
    last = replies[-1] if replies else Reply("")
    page = next(filter(is_result_page, last.links), None)
    items = [
        f"{n}. {sanitize(option.label)}"
        for n, option in enumerate(last.choices, 1)
        if option.id.startswith("s:")
    ]
    if not (picture and page and items):
        return None
    hint = phrases.say("wechat_article_hint")
    room = DESCRIPTION_BYTES - utf8_size(hint) - 1
    listed = split_text("\n".join(items[:_MAX_ITEMS]), room, utf8_size)[0]
    return Article(phrases.say("wechat_article_title"), f"{listed}\n{hint}", picture, page.url)

"""Check the form of an HTML page: nesting, ids, names of controls. Not a whole validator."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

_VOID = {"meta", "link", "input", "br", "img", "hr", "option"}
_SVG = {"svg", "path", "g", "title"}
# What a paragraph may hold; anything else would end it.
_PHRASING = {"a", "b", "span", "small", "mark", "br", "img", "input", "button", "label", "script"}
_INSIDE = {"li": {"ul", "ol"}, "option": {"select", "datalist"}, "summary": {"details"}}
_INSIDE |= {"dt": {"dl", "div"}, "dd": {"dl", "div"}, "figcaption": {"figure"}}


class HtmlCheck(HTMLParser):
    """Reads a page; `faults` says what is wrong, `links` and `ids` what it has, `assets` the
    files of this service that it loads or shows, `actions` where its forms go."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.assets: list[str] = []
        self.actions: list[str] = []
        self.headings: list[int] = []
        self._open: list[str] = []
        self._labels = 0
        if not page.startswith("<!doctype html>"):
            self.faults.append("no doctype")
        self.feed(page)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [
            f"id {i} stands twice" for i in {i for i in self.ids if self.ids.count(i) > 1}
        ]
        if self.headings.count(1) != 1:
            self.faults.append("not exactly one h1")
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.faults += [f"h{b} below h{a}" for a, b in steps if b > a + 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element where it begins."""
        given = dict(attrs)
        if len(given) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if "p" in self._open and tag not in _PHRASING | _SVG:
            self.faults.append(f"<{tag}> in <p>")
        if tag in ("a", "button", "form", "label") and tag in self._open:
            self.faults.append(f"<{tag}> in <{tag}>")
        parent = self._open[-1] if self._open else ""
        if tag in _INSIDE and parent not in _INSIDE[tag]:
            self.faults.append(f"<{tag}> in <{parent}>")
        if parent in ("ul", "ol") and tag != "li":
            self.faults.append(f"<{tag}> in <{parent}>")
        if tag == "img" and "alt" not in given:
            self.faults.append("<img> without alt")
        named = "aria-label" in given or "label" in self._open
        if tag in ("input", "select") and given.get("type") != "hidden" and not named:
            self.faults.append(f"<{tag}> without a name")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        self._note_asset(tag, given)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag not in _VOID and tag != "path":
            self._open.append(tag)

    def _note_asset(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "form":
            self.actions.append(given.get("action") or "")
        of = {"link": given.get("href"), "script": given.get("src"), "img": given.get("src")}
        picture = given.get("content") if given.get("property") == "og:image" else None
        # The address of a shared picture names the service.
        address = of.get(tag) or (urlsplit(picture).path if picture else None)
        if address and given.get("rel") != "canonical":
            self.assets.append(address)

    def handle_endtag(self, tag: str) -> None:
        """Check that an element ends in the one in which it began."""
        if tag in _VOID or tag == "path":
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

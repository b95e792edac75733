"""Lay out a reply for the page: blocks by the roles of its lines, choices by their kind.

The template and `render.js` draw the same blocks:

- `{"role", "parts"}` is one line. The role is a `Role`, or `lead` (the first line of the answer)
  or `step` (how far the interview is);
- a line of the role `row` also has a `label`, and may have `change`, the choice that changes it;
- `{"role": "later", "lines": [parts, …]}` is what later rules state;
- `{"role": "fold", "title": parts, "lines": [parts, …], "open"}` is folded until it is opened.

`parts` are texts and links (`{"label", "url"}`).

Each choice has a `kind` (`_choices`), in the order in which the kinds are shown. Cards have the
keys that `lay_out_cards` adds, and sections of `heading` and `parts`. `ticked` are the choices of
a question with `multiple` that are ticked at first. The page stores replies in the browser, so
all these keys must stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.channels.common.named_links import host_of
from bot.channels.common.rendering import BULLET
from bot.channels.web.rendering.listed_cards import lay_out_cards
from bot.core.domain.knowledge import Knowledge
from bot.core.domain.replies import Line, Reply, Role

Part = str | dict[str, str]
Block = dict[str, Any]
_URL = re.compile(r"(https?://[^\s，。）)]+)")
# Characters of the longest label of a row.
_LABEL_CHARS = 8
_QUIET = ("c:skip", "c:back", "c:why", "c:none", "c:me", "c:restart", "c:forget", "c:help")
_RATE = ("c:useful:", "c:useless:")
_TEXT_CHOICE = "f:text:"
_ALL_CHOICE = "f:all:"
_EDIT_CHOICE = "c:edit:"


def link_parts(text: str) -> list[Part]:
    """Return the text in parts. A URL becomes a link that is named by its host."""
    pieces = enumerate(_URL.split(text))
    return [_link(piece) if n % 2 else piece for n, piece in pieces if piece]


def lay_out(reply: dict[str, Any], knowledge: Knowledge, question: str = "") -> dict[str, Any]:
    """Return the reply as the page shows it. `question`: the pending question of the interview."""
    lines = [_marked(line, question) for line in Reply.load(reply).layout()]
    shown, kept = lay_out_cards(reply, lines)
    blocks = _blocks(kept, knowledge, question)
    if lines[0].text == knowledge.say("me_head"):
        blocks = _changeable(blocks, knowledge)
    for card in shown.get("cards", ()):
        card["sections"] = [
            {"heading": part["heading"], "parts": link_parts(part["body"])}
            for part in card["sections"]
        ]
    choices = [c for c in shown["choices"] if not _is_shown(c["id"], shown, kept, blocks)]
    text = "\n".join(line.text for line in kept)
    laid_out = {**shown, "text": text, "choices": _choices(choices), "blocks": blocks}
    return {key: value for key, value in laid_out.items() if key != "roles"}


def asks(reply: dict[str, Any]) -> bool:
    """Return whether a reply that was laid out shows a question of the interview."""
    return any(block["role"] == Role.QUESTION.value for block in reply["blocks"])


def _link(url: str) -> dict[str, str]:
    return {"label": f"{host_of(url) or url}\u00a0↗", "url": url}


def _marked(line: Line, question: str) -> Line:
    """Return a line without a role with the role QUESTION if it ends with the pending question,
    and WARNING if it begins with the sign of one."""
    if line.role is not Role.PLAIN:
        return line
    if question and line.text.endswith(question):
        return Line(Role.QUESTION, line.text)
    return Line(Role.WARNING, line.text) if line.text.startswith("⚠") else line


def _blocks(lines: Sequence[Line], knowledge: Knowledge, question: str) -> list[Block]:
    """Return the blocks of the lines. Without an answer, what would be folded is the answer, and
    is open."""
    is_open = not any(line.role is Role.ANSWER for line in lines)
    blocks: list[Block] = []
    quotes: list[list[Part]] = []

    def fold(title: str, folded: list[list[Part]]) -> None:
        blocks.append(
            {"role": "fold", "title": link_parts(title), "lines": folded, "open": is_open}
        )

    def fold_quotes(title: str) -> None:
        if quotes:
            fold(title, quotes.copy())
            quotes.clear()

    for line in lines:
        parts = link_parts(line.text)
        if line.role is Role.QUOTE:
            quotes.append(parts)
        elif line.role is Role.BASIS and quotes:
            fold_quotes(knowledge.say("web_fold_basis", basis=line.text))
        elif line.role is Role.SILENT:
            fold(knowledge.say("web_fold_silent"), [parts])
        elif line.role is Role.LATER and blocks and blocks[-1]["role"] == Role.LATER.value:
            blocks[-1]["lines"].append(parts)
        elif line.role is Role.LATER:
            blocks.append({"role": Role.LATER.value, "lines": [parts]})
        else:
            blocks.append(_line_block(line, question, first=not _has_lead(blocks)))
    fold_quotes(knowledge.say("web_fold_quote"))
    return blocks


def _has_lead(blocks: Sequence[Block]) -> bool:
    return any(block["role"] == "lead" for block in blocks)


def _line_block(line: Line, question: str, *, first: bool) -> Block:
    role = line.role.value
    if line.role is Role.ANSWER and first:
        role = "lead"
    elif line.role is Role.QUESTION and question and not line.text.endswith(question):
        role = "step"
    elif line.role is Role.FACT:
        label, colon, rest = line.text.partition("：")
        if colon and rest and len(label) <= _LABEL_CHARS:
            return {"role": "row", "label": label, "parts": link_parts(rest)}
    return {"role": role, "parts": link_parts(line.text)}


def _changeable(blocks: Sequence[Block], knowledge: Knowledge) -> list[Block]:
    """Return the summary of the answers as rows, each with the choice that changes it."""
    hint = [knowledge.say("me_hint")]
    return [
        _answer_row(block, knowledge) or block for block in blocks if block.get("parts") != hint
    ]


def _answer_row(block: Block, knowledge: Knowledge) -> Block | None:
    text = "".join(part for part in block.get("parts", ()) if isinstance(part, str))
    for slot in knowledge.slots.values():
        label, found, rest = text.partition(f"{slot.name}：")
        if found and len(label) <= len(BULLET):
            change = {"id": f"{_EDIT_CHOICE}{slot.id}", "label": knowledge.say("web_change")}
            return {"role": "row", "label": slot.name, "parts": [rest], "change": change}
    return None


def _is_shown(
    choice: str, reply: dict[str, Any], lines: Sequence[Line], blocks: Sequence[Block]
) -> bool:
    """Return whether the reply shows already what this choice asks for."""
    if choice.startswith(_TEXT_CHOICE):
        return any(line.role is Role.QUOTE for line in lines)
    if choice.startswith(_ALL_CHOICE):
        return bool(reply.get("cards"))
    return any(block["change"]["id"] == choice for block in blocks if "change" in block)


def _choices(choices: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the choices with their `kind`, ordered by it: `answer` (to a question of the
    interview), `next` (what to do next), `quiet`, `rate` (useful or not)."""
    kinds = ("answer", "next", "quiet", "rate")
    kept = [{**choice, "kind": _kind(choice["id"])} for choice in choices]
    return sorted(kept, key=lambda choice: kinds.index(choice["kind"]))


def _kind(choice: str) -> str:
    if choice.startswith("a:"):
        return "answer"
    if choice.startswith(_RATE):
        return "rate"
    return "quiet" if choice in _QUIET else "next"

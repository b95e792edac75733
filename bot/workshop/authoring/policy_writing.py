"""Turn a cut paper into the files of a policy: the source, policy.yaml, and missing bureaus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content.documents.problems import Problems, nearest
from bot.content.documents.snapshot import POLICY_FILE
from bot.content.documents.tree import decode
from bot.content.readers.build_context import BuildContext
from bot.core.domain.knowledge import PolicyStatus
from bot.errors import EditRefused
from bot.workshop.authoring.paper_cutting import CutClause, CutPaper, unique_ids
from bot.workshop.editing.document import Document
from bot.workshop.editing.saving import Edit, read_file
from bot.workshop.editing.yaml_text import Flow, Plain, Value, block
from bot.workshop.editor_schema.kinds import modeline

BUREAUS = "bureaus.yaml"
_DEFAULT_LABEL = "责任单位"
# Characters of a line of a clause; the reader joins the lines again.
_LINE = 90
# Characters by which a paragraph is named in `uncovered`.
_STARTS = 24
_BREAK_AFTER = re.compile(r"(?<=[,，、;；。])(?=\S)")
_DATE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日|(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,8}[〔\[(（]\d{4}[〕\])）]\s*\d+\s*号")
_TITLE = re.compile(r"(?:方案|办法|意见|规定|措施|细则|计划|决定|政策)$")
_ISSUER = re.compile(r"^[\u4e00-\u9fff]{2,20}(?:人民政府|办公室|委员会|[局厅部])(?=关于|$)")
_EFFECTIVE = re.compile(rf"自\s*(?:{_DATE.pattern})\s*起(?:施行|实施|执行)")
_UNTIL = re.compile(rf"(?:有效期|执行|施行)[^。；]{{0,10}}?至\s*(?:{_DATE.pattern})")


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """The header of a policy. "" and None: unknown, and stays empty."""

    id: str
    title: str
    issuer: str
    issued: date | None
    source: str
    short_name: str = ""
    doc_no: str = ""
    effective: date | None = None
    valid_until: date | None = None


def decode_source(name: str, data: bytes) -> str:
    """Return the text of a source. Raises EditRefused if the knowledge could not read it."""
    problems = Problems()
    text = decode(name, data, problems)
    if text is not None and "\t" in text:
        problems.add(
            name, text[: text.index("\t")].count("\n") + 1, "这一行里有制表符（Tab）", "换成空格"
        )
    if problems or text is None:
        raise EditRefused("\n".join(str(each) for each in problems.sorted()))
    if not text.strip():
        raise EditRefused(f"{name} 是空的")
    return text


def propose_facts(text: str) -> PaperFacts:
    """Return what the text itself says of its header, for the admin to confirm."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    title = next((line for line in lines if _TITLE.search(line) and len(line) <= 60), "")
    number = _NUMBER.search(text)
    issuer = next((found[0] for line in lines if (found := _ISSUER.match(line))), "")
    # The date of the signature is the last that stands alone; a page gives its own date.
    alone = [day for line in lines if (day := _day(_DATE.fullmatch(line)))]
    published = _day(re.search(rf"(?:发布|成文|印发)日期\s*[:：]\s*(?:{_DATE.pattern})", text))
    return PaperFacts(
        id="",
        title=title,
        issuer=issuer,
        issued=alone[-1] if alone else published,
        source="",
        doc_no=number.group() if number else "",
        effective=_day(_EFFECTIVE.search(text)),
        valid_until=_day(_UNTIL.search(text)),
    )


def _day(found: re.Match[str] | None) -> date | None:
    if not found:
        return None
    year, month, day = [int(part) for part in found.groups() if part][:3]
    try:
        return date(year, month, day)
    except ValueError:
        return None


def id_prefix(context: BuildContext, issued: date | None) -> str:
    """Return a beginning for the ids of clauses that no other policy uses: 2027-, 2027b- …"""
    year = str(issued.year) if issued else "new"
    for letter in ("", *"bcdefghijklmnopqrstuvwxyz"):
        prefix = f"{year}{letter}-"
        if not any(clause.startswith(prefix) for clause in context.clauses):
            return prefix
    return f"{year}-{len(context.clauses)}-"


def unknown_bureaus(context: BuildContext, paper: CutPaper) -> list[tuple[str, str]]:
    """Return each printed bureau that bureaus.yaml lacks, without the prefix of the city, and the
    hint on a bureau that may be the same ("" if none is alike)."""
    prefix = context.locality.bureau_prefix
    names = {*context.bureaus, *(a for each in context.bureaus.values() for a in each.aliases)}
    found: dict[str, str] = {}
    for clause in paper.clauses:
        for printed in clause.bureaus.bureaus if clause.bureaus else ():
            plain = printed.removeprefix(prefix)
            if printed not in names and plain not in names:
                found[plain] = nearest(plain, context.bureaus)
    return list(found.items())


def bureau_edit(folder: Path, added: Sequence[tuple[str, str]]) -> Edit | None:
    """Return the edit of bureaus.yaml that adds these bureaus: the printed name and the name of
    the bureau whose alias it is, or "" for a new bureau. None if there are none."""
    if not added:
        return None
    document = Document(BUREAUS, read_file(folder, BUREAUS))
    lines = []
    for printed, bureau in added:
        if not bureau:
            lines.append(document.append(("bureaus",), Flow({"name": printed})))
        elif document.has(("bureaus", bureau, "aliases")):
            lines.append(document.append(("bureaus", bureau, "aliases"), printed))
        else:
            lines.append(document.set(("bureaus", bureau, "aliases"), Flow([printed])))
    return Edit(BUREAUS, min(lines), document.before, document.bytes)


def policy_edits(facts: PaperFacts, paper: CutPaper, prefix: str, source: bytes) -> list[Edit]:
    """Return the new files of a policy: its source, byte for byte, and its policy.yaml.

    Raises EditRefused if a text cannot be written.
    """
    value = policy_value(facts, paper, prefix)
    name = f"policies/{facts.id}/{POLICY_FILE}"
    head = (
        f"{modeline(name)}# {facts.title}：文件和条款。每项扶持在 supports/ 里，一项一个文件。\n"
        "# 条款 text 与 sources/ 里的原文逐字一致，换行不算；空一行才是另起一段。\n"
        "# 不知道的就空着，不要猜。怎么改，看 knowledge/README.md。\n"
    )
    text = head + "\n".join(block(value, 0)) + "\n"
    Document(name, text.encode())
    return [
        Edit(f"sources/{facts.id}.txt", 1, None, source),
        Edit(name, head.count("\n") + 1, None, text.encode()),
    ]


def policy_value(facts: PaperFacts, paper: CutPaper, prefix: str) -> dict[str, Value]:
    """Return the content of policy.yaml."""
    days = {"effective": facts.effective, "valid_until": facts.valid_until}
    value: dict[str, Value] = {
        "id": facts.id,
        "title": facts.title,
        **({"short_name": facts.short_name} if facts.short_name else {}),
        "issuer": facts.issuer,
        "doc_no": facts.doc_no,
        "issued": facts.issued.isoformat() if facts.issued else "",
        **{key: day.isoformat() for key, day in days.items() if day},
        "source": facts.source,
        "source_text": f"{facts.id}.txt",
        "status": PolicyStatus.UNVERIFIED.value,
        "last_verified": "",
    }
    uncovered = [
        Flow({"starts": line[:_STARTS].strip(), "why": each.why})
        for each in paper.left_over
        for line in each.paragraph.lines
    ]
    if uncovered:
        value["uncovered"] = uncovered
    ids = unique_ids(paper, prefix)
    value["clauses"] = [_clause(name, c) for name, c in zip(ids, paper.clauses, strict=True)]
    return value


def _clause(name: str, clause: CutClause) -> Value:
    printed = clause.bureaus
    value: dict[str, Value] = {"id": name, "place": clause.place, "title": clause.title}
    if printed:
        value["bureaus"] = Flow(list(printed.bureaus))
        if printed.is_open:
            value["open_list"] = Plain("true")
        if printed.label != _DEFAULT_LABEL:
            value["bureaus_label"] = printed.label
    value["text"] = "\n\n".join("\n".join(wrapped(each)) for each in clause.text.split("\n"))
    return value


def wrapped(text: str) -> list[str]:
    """Return a paragraph as lines of at most 90 characters where its punctuation allows it. Joined
    again, they are the paragraph."""
    lines = [""]
    for part in _BREAK_AFTER.split(text):
        if lines[-1] and len(lines[-1]) + len(part) > _LINE:
            lines.append("")
        lines[-1] += part
    return lines

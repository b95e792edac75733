"""Guide an admin from the text of a paper to the files of a policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.content.checks.text_rules import is_kebab
from bot.content.documents.problems import shown
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import read_folder
from bot.workshop.authoring.dialogue import Check, Command, Dialogue, Item, usage
from bot.workshop.authoring.paper_cutting import CutClause, CutPaper, LeftOver, cut
from bot.workshop.authoring.policy_writing import (
    PaperFacts,
    bureau_edit,
    decode_source,
    id_prefix,
    policy_edits,
    propose_facts,
    unknown_bureaus,
)
from bot.workshop.editing.saving import Edit

_SHOWN = 46
_NEW, _LATER = "新", "先不加"
_COMMANDS = (
    Command("合并", "并到上一条"),
    Command("题目", "换个题目", "新题目"),
    Command("不要", "不写成条款"),
    Command("看"),
)


def new_policy(dialogue: Dialogue, folder: Path, name: str, data: bytes) -> list[Edit]:
    """Return the edits that add a policy. Nothing is written yet.

    `name`: the file name of the source, for messages; `data`: its bytes. Raises EditRefused if the
    source cannot be read, and Leave if the admin leaves.
    """
    text = decode_source(name, data)
    context = read_folder(folder)[1]
    dialogue.begin("照着原文，一步一步来。")
    paper = review_clauses(dialogue, cut(text))
    paper = _review_left_over(dialogue, paper)
    facts = _ask_facts(dialogue, context, propose_facts(text))
    added = _ask_bureaus(dialogue, context, paper)
    edits = policy_edits(facts, paper, id_prefix(context, facts.issued), data)
    bureaus = bureau_edit(folder, added)
    return [bureaus, *edits] if bureaus else edits


def review_clauses(dialogue: Dialogue, paper: CutPaper) -> CutPaper:
    """Return the clauses as the admin corrects them."""
    while True:
        question = f"原文分成了 {len(paper.clauses)} 条。哪里分得不对就改，都对了就空着："
        items = [Item(_title(clause), clause.text) for clause in paper.clauses]
        answer = dialogue.command(question, items, _COMMANDS)
        if not answer:
            return paper
        paper = _corrected(dialogue, paper, answer)


def _title(clause: CutClause) -> str:
    printed = clause.bureaus
    who = f"　{'、'.join(printed.bureaus)}" if printed else ""
    return f"{clause.place}　{clause.title}　{len(clause.text)} 字{who}"


def _corrected(dialogue: Dialogue, paper: CutPaper, answer: str) -> CutPaper:
    """Return the paper after one command on a clause; unchanged if it was not understood."""
    command, number, rest = (*answer.split(" ", 2), "", "")[:3]
    place = int(number) - 1 if number.isdecimal() else -1
    if not 0 <= place < len(paper.clauses):
        dialogue.tell("没看懂。命令和号码之间空一格，如“合并 3”。")
    elif command == "看":
        dialogue.tell(paper.clauses[place].text)
    elif command == "合并" and place > 0:
        return paper.merged(place)
    elif command == "题目" and rest:
        return paper.titled(place, rest)
    elif command == "不要":
        return paper.without(place, dialogue.ask("这一段为什么不用写成条款？"))
    else:
        dialogue.tell("没看懂。能写的：" + usage(_COMMANDS))
    return paper


def _review_left_over(dialogue: Dialogue, paper: CutPaper) -> CutPaper:
    """Return the paper with a reason for every paragraph outside of the clauses."""
    if not paper.left_over:
        return paper
    dialogue.tell("\n这些段落不在任何一条里：")
    left: list[LeftOver] = []
    for each in paper.left_over:
        text = each.paragraph.text
        dialogue.tell(f"  {shown(text)[:_SHOWN]}　{each.why or '？'}")
        why = each.why or dialogue.ask("上面这一段为什么不用写成条款？", default="不含措施")
        left.append(replace(each, why=why))
    return replace(paper, left_over=tuple(left))


def _ask_facts(dialogue: Dialogue, context: BuildContext, found: PaperFacts) -> PaperFacts:
    dialogue.tell("\n下面是文件本身的情况。括号里是从原文里找到的，请对一遍；原文没有就空着。")
    title = dialogue.ask("文件全称", default=found.title)
    issuer = dialogue.ask("谁发的", default=found.issuer)
    doc_no = dialogue.ask("文号", default=found.doc_no, optional=True)
    issued = _day(dialogue, "哪天印发的，如 2027-03-01", found.issued, optional=False)
    effective = _day(dialogue, "从哪天起施行（原文写了才写）", found.effective)
    until = _day(dialogue, "有效期到哪天（原文写了才写）", found.valid_until)
    source = dialogue.ask("原文的网址", check=_web_address)
    short = dialogue.ask("列表里怎么简称它，如“青年补贴办法”", optional=True)
    taken = {*context.policies}
    name = dialogue.ask(
        "给它一个编号：小写英文和数字，用 - 连接，如 town-2027-youth。定了就不再改",
        check=new_id(taken, "文件"),
    )
    return PaperFacts(name, title, issuer, issued, source, short, doc_no, effective, until)


def new_id(taken: set[str], what: str) -> Check:
    """Return the check that an id has the right form and is not taken."""

    def check(name: str) -> str:
        if not is_kebab(name):
            return "编号只能有小写英文和数字，用 - 连接，最多 32 个字符。"
        return f"已经有编号是“{name}”的{what}了，换一个。" if name in taken else ""

    return check


def _day(
    dialogue: Dialogue, question: str, found: date | None, *, optional: bool = True
) -> date | None:
    answer = dialogue.ask(
        question, default=found.isoformat() if found else "", optional=optional, check=_date_fault
    )
    return date.fromisoformat(answer) if answer and answer not in _NONE else None


_NONE = ("没有", "无", "-")


def _date_fault(answer: str) -> str:
    if answer in _NONE:
        return ""
    try:
        date.fromisoformat(answer)
    except ValueError:
        return "写成 2027-03-01 这样。"
    return "" if len(answer) == len("2027-03-01") else "写成 2027-03-01 这样。"


def _web_address(answer: str) -> str:
    ok = answer.startswith(("http://", "https://")) and " " not in answer
    return "" if ok else "写完整的网址，以 http:// 或 https:// 开头。"


def _ask_bureaus(
    dialogue: Dialogue, context: BuildContext, paper: CutPaper
) -> list[tuple[str, str]]:
    """Return the bureaus to add to bureaus.yaml: the printed name, and of what it is an alias."""
    added = []

    def known(name: str) -> str:
        fine = name in (_NEW, _LATER) or name in context.bureaus
        return "" if fine else f"bureaus.yaml 里没有“{name}”。"

    for printed, hint in unknown_bureaus(context, paper):
        dialogue.tell(f"\nbureaus.yaml 里还没有“{printed}”。{hint}")
        answer = dialogue.ask(
            f"它是新单位就写“{_NEW}”；是哪个单位的另一个叫法，就写那个单位；不想现在加，写“{_LATER}”",
            default=_NEW,
            check=known,
        )
        if answer != _LATER:
            added.append((printed, "" if answer == _NEW else answer))
    return added

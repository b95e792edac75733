"""`inbox`: the questions that were not answered well, and what to do about them."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import composition
from bot.cli.common import load_base, load_settings, locations, print_json, write_text
from bot.cli.parser import Commands, program_name
from bot.cli.progress import progress
from bot.content.documents.problems import nearest
from bot.core.domain.inbox import EntryKind
from bot.errors import EditRefused

if TYPE_CHECKING:
    from bot.app.inbox import Wanted
    from bot.config import Settings
    from bot.core.dialogue.manager import KnowledgeBase
    from bot.workshop.editing.saving import Edit
    from bot.workshop.inbox.groups import Group

SAMPLE, TOPIC, SYNONYM, IGNORE = "sample", "topic", "synonym", "ignore"
# What each action needs behind its name.
_NEEDS = {
    SAMPLE: "扶持编号",
    TOPIC: "“文件不管的事”的编号，或者 new（新加一件）",
    SYNONYM: "说法=标准词",
    IGNORE: "",
}


def register(commands: Commands) -> None:
    """Add the command."""
    inbox = commands.add(
        "inbox",
        run,
        title="看没答好的问题，把它们加进知识库",
        example="\n  inbox 1 sample startup-guarantee-loan\n  inbox 2 topic housing-fund\n"
        "  inbox 3 synonym 老板讲座=创业讲堂\n  inbox 4 ignore",
    )
    inbox.add_argument(
        "words",
        nargs="*",
        metavar="编号 做什么",
        help="第几组；sample 扶持编号（加成问法）、topic 编号（加成文件不管的事的问法；"
        "topic new 新加一件）、synonym 说法=标准词（加同义词）、ignore（不再列出）",
    )
    inbox.add_argument("--kind", default="", metavar="种类", help="只看：" + "、".join(_kinds()))
    inbox.add_argument(
        "--since", default="", metavar="天数或日期", help="从哪天起，如 7 或 2026-11-01"
    )
    inbox.add_argument("--all", action="store_true", help="已经答得上来的、不再列出的也列")
    inbox.add_argument("--json", action="store_true", help="打印一个 JSON 对象")
    inbox.add_argument("--store", default="", metavar="地址", help="别的存储（默认用设置里的）")
    inbox.add_argument(
        "--into", default="", metavar="文件夹", help="写进哪里（默认草稿；没有草稿就是知识库）"
    )
    inbox.add_argument(
        "--text", action="append", default=[], metavar="问法", help="改用这句话，可以写几次"
    )
    inbox.add_argument("--each", action="store_true", help="这一组的每种问法都加")


def run(options: argparse.Namespace) -> int:
    """List the groups, or act on one of them."""
    from bot.workshop.authoring.dialogue import Leave

    try:
        return _run(options)
    except Leave:
        print("\n退出了，什么都没有写。")
        return 1
    except EditRefused as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    # These imports load the web server for the key.
    from bot.app import inbox
    from bot.app.server import signing_key, store_url
    from bot.workshop.inbox.ignoring import Ignoring

    fault = _fault(options)
    if fault:
        print(f"用法不对：{fault}", file=sys.stderr)
        return 2
    settings, home = load_settings(options), locations(options).home
    base = load_base(settings, home)
    url = options.store or store_url(settings)
    wanted = _wanted(options, settings, base)
    ignoring = Ignoring(signing_key(settings, home))
    with progress("正在看哪些现在还答不上来", sys.stderr):
        found = composition.run(inbox.groups(url, base, ignoring, wanted))
    if not options.words:
        _print_list(options, found, base)
        inbox.remember_numbers(home, found)
        return 0
    group = inbox.numbered(home, int(options.words[0]), found, ignoring)
    if len(options.words) == 1:
        _print_list(options, [group], base)
        return 0
    if options.words[1] == IGNORE:
        composition.run(inbox.ignore(url, group, ignoring))
        print(f"这一组（{group.count} 次）不再列出。要再看，用 {program_name()} inbox --all")
        return 0
    return _add(options, settings, home, group)


def _add(options: argparse.Namespace, settings: Settings, home: Path, group: Group) -> int:
    """Write the change of an action into the folder, and say what to do next."""
    from bot.app import inbox
    from bot.workshop.authoring.dialogue import Dialogue
    from bot.workshop.authoring.new_topic import NEW, new_topic
    from bot.workshop.editing.saving import save_all
    from bot.workshop.inbox.actions import add_samples, add_topic_samples

    _, action, value = options.words
    folder = _folder(options, settings, home)
    texts = options.text or (group.texts if options.each else (group.text,))
    if action == SYNONYM:
        with progress("正在试这个词", sys.stderr):
            edits = inbox.add_word(folder, home, texts[0], value)
    elif (action, value) == (TOPIC, NEW):
        others = [text for text in group.texts if text not in texts]
        edits = new_topic(Dialogue(iter(sys.stdin), write_text), folder, texts, others)
        save_all(folder, edits)
    else:
        add = add_samples if action == SAMPLE else add_topic_samples
        edits = add(folder, texts, value)
    _print_edits(folder, edits, settings)
    return 0


def _print_edits(folder: Path, edits: list[Edit], settings: Settings) -> None:
    print(f"写进 {folder}：")
    for edit in edits:
        print(edit)
    check = f"{program_name()} check {folder}"
    if folder.resolve() == settings.knowledge.resolve():
        print(f"\n保存就生效，有问题的不会上线。请检查：{check}")
    else:
        print(f"\n接着检查：{check}\n没有问题就发布：{program_name()} publish -m 补问法")


def _print_list(options: argparse.Namespace, found: list[Group], base: KnowledgeBase) -> None:
    from bot.app import inbox
    from bot.workshop.inbox import report

    if options.json:
        values = [report.group_values(n, group, base) for n, group in enumerate(found, 1)]
        print_json({"groups": values})
        return
    print(report.summary(found))
    for line in inbox.lines(found, base):
        print(line)
    if found:
        print(f"接着做什么，有例子：{program_name()} inbox --help")


def _folder(options: argparse.Namespace, settings: Settings, home: Path) -> Path:
    """Return the folder to write into. Raises EditRefused if it is no knowledge folder."""
    from bot.app.knowledge_versions import draft_folder
    from bot.workshop.drafts import is_draft

    draft = draft_folder(home)
    folder = Path(options.into) if options.into else settings.knowledge
    if not options.into and is_draft(draft):
        folder = draft
    if not (folder / "policies").is_dir():
        raise EditRefused(f"{folder}：不是知识库文件夹，里面没有 policies/")
    return folder


def _wanted(options: argparse.Namespace, settings: Settings, base: KnowledgeBase) -> Wanted:
    from bot.app.inbox import Wanted

    days = settings.retention.unanswered_days
    if options.since:
        today = composition.today(base.knowledge)
        given = options.since
        days = int(given) if given.isdigit() else (today - date.fromisoformat(given)).days + 1
    return Wanted(days, EntryKind(options.kind) if options.kind else None, options.all)


def _kinds() -> list[str]:
    return [kind.value for kind in EntryKind]


def _fault(options: argparse.Namespace) -> str:
    """Return what is wrong with the arguments, "" if nothing is."""
    if options.kind and options.kind not in _kinds():
        hint = nearest(options.kind, _kinds()) or "可以写：" + "、".join(_kinds())
        return f"没有 {options.kind} 这个种类（{hint}）"
    if options.since and not _is_since(options.since):
        return f"--since 写天数（7）或日期（2026-11-01），不是 {options.since}"
    return _fault_of_action(options.words)


def _fault_of_action(words: list[str]) -> str:
    if not words:
        return ""
    number, *action = words
    if not number.isascii() or not number.isdigit():
        return f"第一个要写第几组，不是 {number}"
    if not action:
        return ""
    name, *values = action
    if name not in _NEEDS:
        hint = nearest(name, _NEEDS) or "可以写：" + "、".join(_NEEDS)
        return f"不会做 {name}（{hint}）"
    need = _NEEDS[name]
    if len(values) != (1 if need else 0):
        return f"{name} 后面写{need}" if need else f"{name} 后面不用写别的"
    return ""


def _is_since(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return len(text) < 6
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

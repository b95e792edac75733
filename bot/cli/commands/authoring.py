"""`new`, `fmt` and `schema`: guide an admin through new knowledge, and help with the files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.app import composition, knowledge_diff, knowledge_versions
from bot.cli.common import knowledge_folder, load_base, load_settings, locations, write_text
from bot.cli.parser import Commands
from bot.cli.progress import progress
from bot.errors import ConfigError, EditRefused, KnowledgeError, StoreError, reason
from bot.workshop.authoring.dialogue import Dialogue, Leave
from bot.workshop.authoring.new_policy import new_policy
from bot.workshop.authoring.new_scenario import new_scenario
from bot.workshop.authoring.new_support import new_support
from bot.workshop.authoring.new_topic import new_topic
from bot.workshop.drafts import is_draft
from bot.workshop.editing.formatting import format_folder
from bot.workshop.editing.operations import NEW_SCENARIOS, add_scenario
from bot.workshop.editing.saving import Edit, save_all
from bot.workshop.editor_schema.schema_files import write_schemas

POLICY, SUPPORT, TOPIC, SCENARIO = "policy", "support", "topic", "scenario"
# Problems that are listed after writing; `check` lists all.
SHOWN = 10


def register(commands: Commands) -> None:
    """Add the commands."""
    new = commands.add(
        "new",
        run,
        title="一问一答，加一份文件、一项扶持、一件文件不管的事或一段对话样例",
        example="policy 原文.txt",
    )
    new.add_argument(
        "kind",
        choices=(POLICY, SUPPORT, TOPIC, SCENARIO),
        metavar="种类",
        help="policy 一份文件，support 一项扶持，topic 一件文件不管的事，scenario 一段对话样例",
    )
    new.add_argument("source", nargs="?", metavar="原文", help="policy 的原文，UTF-8 的文本文件")
    new.add_argument(
        "--into", metavar="文件夹", help="写进这个知识库文件夹（默认：有草稿就写草稿）"
    )
    new.add_argument(
        "--questions",
        metavar="文件",
        help="support、topic 用：大家问过的话，一行一句（不写就用收件箱里的）",
    )
    fmt = commands.add(
        "fmt", run_fmt, title="把知识库的文件排整齐，不改内容、不丢注释", example="knowledge"
    )
    schema = commands.add(
        "schema", run_schema, title="给编辑器写好格式说明，打字时有提示", example="knowledge"
    )
    for command in (fmt, schema):
        command.add_argument(
            "folder", nargs="?", metavar="文件夹", help="知识库文件夹（默认用设置里的）"
        )
    fmt.add_argument("--check", action="store_true", help="只列出不整齐的文件，不改")


def run_schema(options: argparse.Namespace) -> int:
    """Write the JSON Schema of every kind of file, and the comment that names it."""
    schemas, edits = write_schemas(_existing(knowledge_folder(options)))
    for name in (*schemas, *(edit.file for edit in edits)):
        print(name)
    print(f"写了 {len(schemas)} 份说明，给 {len(edits)} 个文件加了第一行。")
    return 0


def run_fmt(options: argparse.Namespace) -> int:
    """Give the files their normal form, or list those without it."""
    folder = _existing(knowledge_folder(options))
    edits, refused = format_folder(folder)
    for fault in refused:
        print(fault, file=sys.stderr)
    if options.check:
        for edit in edits:
            print(f"{edit.file}:{edit.line}: 不整齐，运行 fmt 就好")
        return 1 if edits or refused else 0
    save_all(folder, edits)
    for edit in edits:
        print(edit.file)
    print(f"排整齐了 {len(edits)} 个文件。" if edits else "都是整齐的。")
    return 1 if refused else 0


def run(options: argparse.Namespace) -> int:
    """Ask, write, check, and say what is left to do."""
    folder = _folder(options)
    dialogue = Dialogue(iter(sys.stdin), write_text)
    try:
        edits = _edits(options, folder, dialogue)
    except Leave:
        print("\n退出了，什么都没有写。")
        return 1
    save_all(folder, edits)
    print("\n写好了：")
    for edit in edits:
        print(f"  {folder / edit.file}")
    return _report(folder, options)


def _folder(options: argparse.Namespace) -> Path:
    """Return the folder to write into: the one that is named, the draft, or the knowledge."""
    if options.into:
        return _existing(Path(options.into))
    draft = knowledge_versions.draft_folder(locations(options).home)
    if is_draft(draft):
        print(f"写进草稿 {draft}。写完用 publish 发布。")
        return _existing(draft)
    return _existing(load_settings(options).knowledge)


def _existing(folder: Path) -> Path:
    if not (folder / "bureaus.yaml").is_file():
        raise EditRefused(f"{folder}：找不到知识库文件夹")
    return folder


def _edits(options: argparse.Namespace, folder: Path, dialogue: Dialogue) -> Sequence[Edit]:
    if options.kind == POLICY:
        if not options.source:
            raise EditRefused("要写上原文的文件名，例如：new policy 原文.txt")
        return new_policy(dialogue, folder, options.source, _read(options.source))
    if options.kind == SUPPORT:
        day = composition.today_of(folder)
        return new_support(dialogue, folder, day, _asked(options))
    if options.kind == TOPIC:
        return new_topic(dialogue, folder, proposed=_asked(options))
    return _scenario(options, folder, dialogue)


def _asked(options: argparse.Namespace) -> list[str]:
    """Return what people asked and nothing answered: the questions of the file that is named, or
    those of the inbox. Why these cannot be read is printed."""
    # These imports load the web server for the key.
    from bot.app import inbox
    from bot.app.server import signing_key, store_url
    from bot.workshop.inbox.ignoring import Ignoring

    if options.questions:
        return _read(options.questions).decode("utf-8", "replace").splitlines()
    settings, home = load_settings(options), locations(options).home
    url, days = store_url(settings), settings.retention.unanswered_days
    try:
        if not composition.run(knowledge_diff.stored_questions(settings, url)):
            return []
        base, ignoring = load_base(settings, home), Ignoring(signing_key(settings, home))
        return composition.run(inbox.open_questions(url, base, ignoring, days))
    except (ConfigError, StoreError, KnowledgeError) as error:
        print(f"收件箱读不到，下面不会列出大家问过的话：{error}", file=sys.stderr)
        return []


def _scenario(options: argparse.Namespace, folder: Path, dialogue: Dialogue) -> Sequence[Edit]:
    settings = load_settings(options).model_copy(update={"knowledge": folder})
    base = load_base(settings, locations(options).home)
    found = new_scenario(dialogue, composition.player(base))
    if found is None:
        raise Leave
    file = dialogue.ask("放进 scenarios/ 的哪个文件", default=Path(NEW_SCENARIOS).stem)
    file = f"scenarios/{Path(file).stem}.yaml"
    return [add_scenario(folder, found, file=file, write=False)]


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise EditRefused(f"读不了 {name}：{reason(error)}") from None


def _report(folder: Path, options: argparse.Namespace) -> int:
    """Check the folder and say what is left. The exit code tells whether `check` passes."""
    with progress("正在检查知识库、播放对话样例", sys.stderr):
        problems = composition.check(folder, locations(options).home).problems
    if not problems:
        print("检查过了，没有问题。")
    else:
        print(f"还有 {len(problems)} 处要改：")
        print("\n".join(str(each) for each in problems[:SHOWN]))
        if len(problems) > SHOWN:
            print(f"……全部看：check {folder}")
    if options.kind == POLICY:
        print("接着给每一条加扶持：new support；原文哪段还没人管，看 coverage。")
    return 1 if problems else 0

"""The edits that admins make: a question, a synonym, a scenario, a status, a value.

Each function checks the names and the text against the folder, edits one file, and returns the
edit with its file, line and diff. With `write=False` nothing is saved; `save` does it later. An
edit that cannot be made raises EditRefused with a sentence for the admin, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path

from bot.content.checks.text_rules import normal
from bot.content.checks.truth.fact_rules import MAX_ITEM
from bot.content.documents.mapping_reader import MEANS
from bot.content.documents.problems import Problems, nearest, shown
from bot.content.documents.snapshot import POLICY_FILE, SUPPORTS
from bot.content.documents.templates import report_templates
from bot.content.documents.tree import parse
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import read_folder
from bot.content.readers.scenarios import Scenario
from bot.core.domain.knowledge import PolicyStatus, SupportStatus
from bot.errors import EditRefused
from bot.workshop.editing.document import Document, meant, plain
from bot.workshop.editing.saving import Edit, file_path, read_file, save
from bot.workshop.editing.scenario_text import scenario_value
from bot.workshop.editing.yaml_text import Value, block
from bot.workshop.editor_schema.kinds import modeline

SYNONYMS = "language/synonyms.yaml"
NEW_SCENARIOS = "scenarios/additions.yaml"
NEW_TOPICS = "out_of_scope/additions.yaml"
_TOPICS_HEAD = "# 文件不管的事——后来补的。\n"
_SCENARIOS_HEAD = "# 后来补的对话样例。\n"


def add_question(folder: Path, support: str, text: str, *, write: bool = True) -> Edit:
    """Add a sample question to a support."""
    context = read_folder(folder)[1]
    _known(context, "扶持措施", support, context.supports)
    file = f"policies/{context.supports[support].policy}/{SUPPORTS}/{support}.yaml"
    return _add_sample(folder, context, file, ("questions",), text, write=write)


def add_topic_question(folder: Path, topic: str, text: str, *, write: bool = True) -> Edit:
    """Add a sample question to a topic that no policy covers."""
    context = read_folder(folder)[1]
    _known(context, "文件不管的事", topic, context.signposts)
    file = context.places.at("signpost", topic).file
    return _add_sample(folder, context, file, ("topics", topic, "questions"), text, write=write)


def add_topic(folder: Path, values: Mapping[str, Value], *, write: bool = True) -> Edit:
    """Add a topic that no policy covers to the file of those that were added later, which is
    created if absent. `values`: its keys as in the file."""
    context = read_folder(folder)[1]
    if values["id"] in context.signposts:
        raise EditRefused(f"已经有编号是“{values['id']}”的指路牌了")
    if file_path(folder, NEW_TOPICS).exists():
        document = Document(NEW_TOPICS, read_file(folder, NEW_TOPICS))
        return _finish(folder, document, document.append(("topics",), values), write=write)
    return _create(folder, NEW_TOPICS, _TOPICS_HEAD, {"topics": [values]}, "这件事", write=write)


def add_synonym(
    folder: Path, standard: str, said: str, *, new: bool = False, write: bool = True
) -> Edit:
    """Add what people say for a standard word of the policies.

    `new`: the standard word need not be in the table yet.
    """
    context = read_folder(folder)[1]
    said, standard = _one_line(said, "说法"), _one_line(standard, "标准词")
    if not new or standard in context.synonyms:
        _known(context, "标准词", standard, context.synonyms)
    for head, words in context.synonyms.items():
        if normal(said) in {normal(head), *map(normal, words)}:
            raise EditRefused(
                f"“{shown(said)}”已经写在 {SYNONYMS} 的“{head}”里了，一个说法只放一处"
            )
    document = Document(SYNONYMS, read_file(folder, SYNONYMS))
    path = ("synonyms", standard)
    if document.has(path):
        line = document.append(path, said)
    else:
        document.set(path, [said])
        line = document.line(path)
    return _finish(folder, document, line, write=write)


def add_scenario(
    folder: Path, scenario: Scenario, *, file: str = NEW_SCENARIOS, write: bool = True
) -> Edit:
    """Add a conversation to the end of a file of scenarios, which is created if absent.

    `scenario.file` and the lines in it are ignored. Whether its expectations hold is for `check`.
    """
    if not scenario.name.strip() or not scenario.talk:
        raise EditRefused("对话样例要有名字，还要有至少一句话")
    value = scenario_value(scenario)
    path = file_path(folder, file)
    if not file.startswith("scenarios/"):
        raise EditRefused(f"对话样例要放进 scenarios/，不是“{file}”")
    _new_scenario_name(folder, scenario.name)
    if not path.exists():
        return _create(folder, file, _SCENARIOS_HEAD, [value], "这段对话", write=write)
    document = Document(file, read_file(folder, file))
    if not isinstance(document.data, list):
        raise EditRefused(f"{file} 不是一列对话样例")
    return _finish(folder, document, document.append((), value), write=write)


def set_status(
    folder: Path,
    name: str,
    status: str,
    *,
    valid_until: date | None = None,
    last_verified: date | None = None,
    note: str = "",
    write: bool = True,
) -> Edit:
    """Set the status of a support or a policy.

    `valid_until`, `last_verified`: its last day, and the day of the verification, if they are to
    be set too. `note`: a comment above the status, such as whom one asked.
    """
    context = read_folder(folder)[1]
    _known(context, "扶持措施或文件", name, [*context.supports, *context.policies])
    is_policy = name not in context.supports
    kind: type[StrEnum] = PolicyStatus if is_policy else SupportStatus
    _one_of(status, kind)
    if is_policy:
        file = f"policies/{name}/{POLICY_FILE}"
        verified = last_verified or context.policies[name].last_verified
        if status == PolicyStatus.IN_FORCE and not verified:
            raise EditRefused("写还在执行（in_force），就要写哪天核实的")
    else:
        file = f"policies/{context.supports[name].policy}/{SUPPORTS}/{name}.yaml"
    document = Document(file, read_file(folder, file))
    above = ("source_text", "source") if is_policy else ("quote", "summary", "title")
    document.set(("status",), status, after=above)
    days = {"valid_until": valid_until, "last_verified": last_verified}
    for key, day in days.items():
        if day is not None:
            document.set((key,), day.isoformat(), after=("status",))
    if note.strip():
        document.comment_above(("status",), note)
    return _finish(folder, document, document.line(("status",)), write=write)


def set_value(
    folder: Path,
    file: str,
    path: Sequence[str],
    value: str | Sequence[str],
    *,
    write: bool = True,
) -> Edit:
    """Set a text or a list of texts in a file.

    `path`: the keys from the top of the file; an entry of a list is named by its `id`, `name`,
    `number` or `starts`, or by its number from 0. All of it but the last key must exist.
    """
    document = Document(file, read_file(folder, file))
    if not path:
        raise EditRefused("要改哪一项？写上键")
    value = value if isinstance(value, str) else list(value)
    document.set(path, value)
    return _finish(folder, document, document.line(path), write=write)


def _add_sample(
    folder: Path,
    context: BuildContext,
    file: str,
    path: tuple[str, ...],
    text: str,
    *,
    write: bool,
) -> Edit:
    """Add a sample question to the list at a path of a file."""
    text = _one_line(text, "问法")
    if len(text) > MAX_ITEM:
        raise EditRefused(f"这句问法有 {len(text)} 个字，最多 {MAX_ITEM} 个，请截短")
    owner = _asked_already(context, text)
    if owner:
        raise EditRefused(f"问法“{shown(text)}”已经有了，写在“{owner}”里")
    document = Document(file, read_file(folder, file))
    if document.has(path):
        line = document.append(path, text)
    else:
        document.set(path, [text])
        line = document.line(path)
    _refuse_templates(document, text)
    return _finish(folder, document, line, write=write)


def _asked_already(context: BuildContext, text: str) -> str:
    """Return the id of the support or topic that has this question, "" if none has."""
    key = normal(text)
    for table in (context.supports, context.signposts):
        for name, entry in table.items():
            if any(normal(question) == key for question in entry.questions):
                return name
    return ""


def _refuse_templates(document: Document, text: str) -> None:
    problems = Problems()
    tree = parse(document.file, document.bytes, problems)
    if tree is not None:
        report_templates(document.file, tree, problems)
    if any(shown(text) in each.message for each in problems.sorted()):
        raise EditRefused(f"问法里不能写模板的括号：“{shown(text)}”")


def _new_scenario_name(folder: Path, name: str) -> None:
    """Refuse the name of an existing scenario."""
    root = folder / "scenarios"
    for path in sorted(root.glob("*.yaml")) if root.is_dir() else ():
        tree = parse(path.name, path.read_bytes(), Problems())
        entries = plain(tree) if tree is not None else []
        if any(isinstance(each, dict) and each.get("name") == name for each in entries):
            raise EditRefused(f"样例名字“{shown(name)}”已经有了，在 scenarios/{path.name}")


def _one_line(text: str, what: str) -> str:
    """Return a text with single blanks. Raises EditRefused if it says nothing."""
    text = " ".join(text.split())
    if not normal(text):
        raise EditRefused(f"{what}是空的，或者只有标点")
    return text


def _known(context: BuildContext, what: str, name: str, known: Collection[str]) -> None:
    if name in known:
        return
    hint = nearest(name, known)
    if context.unread:
        hint = "有文件读不了：" + "、".join(sorted(context.unread)[:3])
    tail = f"（{hint}）" if hint else ""
    raise EditRefused(f"没有这个{what}：“{shown(name)}”{tail}")


def _one_of(value: str, kind: Iterable[StrEnum]) -> None:
    allowed = [str(each) for each in kind]
    if value not in allowed:
        told = "、".join(f"{each}{MEANS.get(each, '')}" for each in allowed)
        raise EditRefused(f"状态不能是“{shown(value)}”，只能是 {told}")


def _finish(folder: Path, document: Document, line: int, *, write: bool) -> Edit:
    edit = Edit(document.file, line, document.before, document.bytes)
    return _saved(folder, edit, write=write)


def _create(folder: Path, file: str, head: str, value: Value, what: str, *, write: bool) -> Edit:
    """Create a file with this value below its `head`. Raises EditRefused for `what` if YAML would
    change a text of it."""
    head = modeline(file) + head
    document = Document(file, (head + "\n".join(block(value, 0)) + "\n").encode())
    if document.data != meant(value):
        raise EditRefused(f"{what}写不进 YAML，请直接改文件")
    return _saved(folder, Edit(file, head.count("\n") + 1, None, document.bytes), write=write)


def _saved(folder: Path, edit: Edit, *, write: bool) -> Edit:
    return save(folder, edit) if write else edit

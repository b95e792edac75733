"""Build Knowledge from a knowledge folder, or collect every problem.

`load` refuses what the core cannot work with: broken YAML, unknown keys, wrong types, repeated
ids, unknown names. The rules of content (quotes, numbers, scenarios …) are in
`bot.content.checks.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.content.documents.mapping_reader import MappingReader, as_mapping
from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import (
    FOLDERS,
    POLICY_FILE,
    REQUIRED_FILES,
    Snapshot,
    read_snapshot,
)
from bot.content.documents.templates import (
    LISTS_FILE,
    expand_file,
    report_templates,
    takes_templates,
)
from bot.content.documents.tree import EMPTY_HINT, decode, parse
from bot.content.readers.build_context import BuildContext
from bot.content.readers.bureaus_and_interview import read_bureaus, read_interview
from bot.content.readers.place import read_place
from bot.content.readers.policies import read_policy, read_support
from bot.content.readers.references import check_references
from bot.content.readers.scenarios import Scenario, read_scenarios
from bot.content.readers.vocabulary import (
    read_acts,
    read_aspect_questions,
    read_aspects,
    read_bureau_questions,
    read_confirmations,
    read_dialect,
    read_english,
    read_facts,
    read_fillers,
    read_later_rule,
    read_lists,
    read_other_cities,
    read_paper_questions,
    read_phrases,
    read_questions,
    read_requests,
    read_scopes,
    read_synonyms,
    read_topics,
    read_unstated,
)
from bot.core.domain.knowledge import Knowledge
from bot.errors import KnowledgeError, Problem

Reader = Callable[[MappingReader, BuildContext], None]


def read_policy_file(fields: MappingReader, context: BuildContext) -> None:
    """Read a file of policies/<policy>/: the header with the clauses, or one support."""
    reader = read_policy if fields.file.endswith(f"/{POLICY_FILE}") else read_support
    reader(fields, context)


READERS: Mapping[str, Reader] = {
    # The lists come first: templates of the other files use them.
    LISTS_FILE: read_lists,
    "place.yaml": read_place,
    "bureaus.yaml": read_bureaus,
    "interview.yaml": read_interview,
    "language/acts.yaml": read_acts,
    "language/aspect_questions.yaml": read_aspect_questions,
    "language/aspects.yaml": read_aspects,
    "language/bureau_questions.yaml": read_bureau_questions,
    "language/paper_questions.yaml": read_paper_questions,
    "language/confirmations.yaml": read_confirmations,
    "language/dialect.yaml": read_dialect,
    "language/english.yaml": read_english,
    "language/fillers.yaml": read_fillers,
    "language/other_cities.yaml": read_other_cities,
    "language/questions.yaml": read_questions,
    "language/requests.yaml": read_requests,
    "language/scopes.yaml": read_scopes,
    "language/synonyms.yaml": read_synonyms,
    "language/unstated.yaml": read_unstated,
}

# The folder, the Chinese name of its kind of file ("" if there need not be one), and the reader.
# later_rules comes last: its facts are added to the supports.
_FOLDER_READERS: tuple[tuple[str, str, Reader], ...] = (
    ("policies", "政策", read_policy_file),
    ("out_of_scope", "“文件不管的事”的", read_topics),
    ("phrases", "句子", read_phrases),
    ("facts", "说自己情况的", read_facts),
    ("later_rules", "", read_later_rule),
)

# Files of what people say: a template in one that takes none is a mistake.
_SAID = ("facts/", "language/", "out_of_scope/", "policies/")


def load(folder: Path) -> Knowledge:
    """Return the knowledge of the folder. Raises KnowledgeError with all problems."""
    knowledge, problems = read(folder)
    if problems or knowledge is None:
        raise KnowledgeError(problems)
    return knowledge


def read(folder: Path) -> tuple[Knowledge | None, list[Problem]]:
    """Return the knowledge and the problems of the folder.

    With problems, the knowledge may be incomplete; it is None if no policy could be read.
    """
    files, context = read_folder(folder)
    found = context.problems.sorted()
    return (context.knowledge(files.version) if context.policies else None), found


def scenarios(folder: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of the folder. Raises KnowledgeError with all problems."""
    problems = Problems()
    files = read_snapshot(folder, problems, only="scenarios")
    found = read_scenarios(files, problems)
    if problems:
        raise KnowledgeError(problems.sorted())
    return found


def read_folder(folder: Path) -> tuple[Snapshot, BuildContext]:
    """Return the bytes of the folder, and the tables and problems read from them."""
    context = BuildContext()
    files = read_snapshot(folder, context.problems)
    for name, data in files.under("sources"):
        text = decode(name, data, context.problems)
        if text is not None and text.strip():
            context.sources[name.removeprefix("sources/")] = text
            continue
        context.unread.add(name)
        if text is not None:
            context.problems.add(name, 1, "文件是空的", EMPTY_HINT)
    context.unread |= {name for name in REQUIRED_FILES if name not in files.files}
    for name, reader in READERS.items():
        if name in files.files:
            _read_file(name, files.files[name], reader, context)
    for kind, title, reader in _FOLDER_READERS:
        found = list(files.under(kind))
        if not found and title:
            context.unread.add(f"{kind}/")
        if not found and title and files.files:
            message = f"没有一份{title}文件（*{FOLDERS[kind]}）"
            context.problems.add(f"{kind}/", 1, message, "至少要有一份")
        for name, data in found:
            _read_file(name, data, reader, context)
    context.arrange()
    if not context.unread:
        check_references(context)
    return files, context


def _read_file(name: str, data: bytes, reader: Reader, context: BuildContext) -> None:
    node = parse(name, data, context.problems)
    if node is not None and takes_templates(name):
        context.templates += expand_file(name, node, context.lists, context.problems)
    elif node is not None and name.startswith(_SAID):
        report_templates(name, node, context.problems)
    fields = as_mapping(name, node, context.problems, "整个文件") if node is not None else None
    if fields is None:
        context.unread.add(name)
    else:
        reader(fields, context)

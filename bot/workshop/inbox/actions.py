"""Answer a group of the inbox by a change of a knowledge folder: one line, and a scenario.

Every action checks all it writes before it writes anything, and raises EditRefused with a sentence
for the admin. If the second file cannot be written, the first one is put back.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bot.content.checks.text_rules import normal
from bot.content.documents.problems import nearest, shown
from bot.content.readers.loader import read_folder, scenarios
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.core.text.scrubbing import without_placeholders
from bot.errors import EditRefused, KnowledgeError
from bot.workshop.editing.operations import (
    add_question,
    add_scenario,
    add_synonym,
    add_topic_question,
)
from bot.workshop.editing.saving import Edit, save
from bot.workshop.effects.answers import Answer, Kind

# Characters of a question in the name of its scenario.
NAME_CHARS = 40

T = TypeVar("T")


def add_samples(folder: Path, texts: Sequence[str], support: str) -> list[Edit]:
    """Add questions to the samples of a support, each with a scenario that expects it."""
    return _add_each(folder, texts, support, _sample)


def add_topic_samples(folder: Path, texts: Sequence[str], topic: str) -> list[Edit]:
    """Add questions to the samples of an out-of-scope topic, each with a scenario that expects
    it."""
    return _add_each(folder, texts, topic, _topic_sample)


def add_word(
    folder: Path,
    text: str,
    words: str,
    load: Callable[[Path], T],
    answer: Callable[[str, T], Answer],
) -> list[Edit]:
    """Add a synonym, given as `said=standard` in any order, if the question is answered with it;
    with a scenario that expects the answer.

    `load` builds the knowledge of a folder, `answer` answers a question with it: the word is tried
    in a copy of the folder.
    """
    standard, said, new = _words(folder, words)
    text = _sayable(text)
    edit = add_synonym(folder, standard, said, new=new, write=False)
    with tempfile.TemporaryDirectory() as there:
        copy = Path(there) / "knowledge"
        shutil.copytree(folder, copy)
        add_synonym(copy, standard, said, new=new)
        try:
            found = answer(text, load(copy))
        except KnowledgeError as error:
            told = "\n".join(str(problem) for problem in error.problems[:5])
            raise EditRefused(f"加上“{said}”以后知识库不对，没有写：\n{told}") from None
    if found.kind is not Kind.ANSWERED:
        raise EditRefused(
            f"加上“{said}”等于“{standard}”，“{shown(text)}”还是答不上来，没有写。"
            "换一个词，或者把这句话加成问法（sample）"
        )
    expect = Expect(outcome="answer", focus=found.shown[0])
    return _write(folder, [edit, _scenario(folder, text, expect, found.shown[0])])


def _add_each(
    folder: Path,
    texts: Sequence[str],
    name: str,
    edits: Callable[[Path, str, str], list[Edit]],
) -> list[Edit]:
    """Write the edits of each text. The first one must be possible; of the others, those that
    stand somewhere already are left out."""
    written = _write(folder, edits(folder, texts[0], name))
    for text in texts[1:]:
        try:
            written += _write(folder, edits(folder, text, name))
        except EditRefused:
            continue
    return written


def _sample(folder: Path, text: str, support: str) -> list[Edit]:
    text = _sayable(text)
    edit = add_question(folder, support, text, write=False)
    expect = Expect(outcome="answer", focus=support)
    return [edit, _scenario(folder, text, expect, support)]


def _topic_sample(folder: Path, text: str, topic: str) -> list[Edit]:
    text = _sayable(text)
    edit = add_topic_question(folder, topic, text, write=False)
    known = read_folder(folder)[1].signposts[topic]
    says = (known.title,) if known.hotline else ()
    expect = Expect(outcome="unknown", says=says, cites=())
    return [edit, _scenario(folder, text, expect, topic)]


def _sayable(text: str) -> str:
    """Return a question without the marks of what was scrubbed. Raises EditRefused if nothing is
    left to ask."""
    clean = without_placeholders(text)
    if len(normal(clean)) < 2:
        raise EditRefused("这一组没有问题原文，不能加成问法：写上要加的那句话（命令里用 --text）")
    return clean


def _scenario(folder: Path, text: str, expect: Expect, name: str) -> Edit:
    """Return the edit that adds a scenario for a question about the entry `name`."""
    step = Step(text, "", expect, "", 0)
    title = f"没答好的问题：{text[:NAME_CHARS]} → {name}"
    taken = {scenario.name for scenario in scenarios(folder)}
    names = (title, *(f"{title}（{n}）" for n in range(2, 100)))
    free = next(each for each in names if each not in taken)
    return add_scenario(folder, Scenario(free, (step,), "", 0), write=False)


def _words(folder: Path, words: str) -> tuple[str, str, bool]:
    """Return the standard word, what people say, and whether the standard word is new in the table
    of synonyms. Raises EditRefused if it is not clear which is which."""
    left, equals, right = (part.strip() for part in words.replace("＝", "=").partition("="))
    if not (equals and left and right) or "=" in right:
        raise EditRefused("同义词写成 说法=标准词，例如 老板讲座=创业讲堂")
    context = read_folder(folder)[1]
    keywords = {word for support in context.supports.values() for word in support.keywords}
    for new, known in ((False, set(context.synonyms)), (True, keywords)):
        found = [(a, b) for a, b in ((right, left), (left, right)) if a in known]
        if len(found) > 1:
            raise EditRefused(f"“{left}”和“{right}”都是标准词，不能互相当说法")
        if found:
            return (*found[0], new)
    hint = nearest(right, [*context.synonyms]) or nearest(left, [*context.synonyms])
    tail = f"（{hint}）" if hint else ""
    raise EditRefused(f"“{left}”和“{right}”都不是标准词：要有一个是同义词表左边的词或关键词{tail}")


def _write(folder: Path, edits: Sequence[Edit]) -> list[Edit]:
    """Save edits of different files: all or none."""
    written: list[Edit] = []
    try:
        for edit in edits:
            written.append(save(folder, edit))  # noqa: PERF401 - known if one fails
    except EditRefused:
        for done in written:
            if done.before is not None:
                save(folder, Edit(done.file, done.line, done.after, done.before))
        raise
    return written

"""The questions that both versions of the knowledge are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import yaml

from bot.content.readers.scenarios import Scenario
from bot.core.domain.knowledge import Knowledge, OutOfScopeTopic, Support
from bot.core.text.scrubbing import scrub, without_placeholders
from bot.errors import KnowledgeError, Problem
from bot.service.inbox_port import StoredEntry

SAMPLE = "问法"
SCENARIO = "对话样例"
INBOX = "收件箱"
# Begins why the questions of the inbox are missing in a comparison.
NOT_ASKED = "收件箱读不到，没有问里面的问题："
# Questions of the inbox that are asked. Their answers are not stored, so both versions are asked
# each time: about 7 ms of one core a question.
MOST_INBOX = 1_000
# Bytes of a file of questions.
_MAX_BYTES = 20_000_000
_HINT = "写成一列：每一行“- 问题”，或者“- {id: …, text: 问题}”"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and where it comes from: SAMPLE, SCENARIO, INBOX or the name of a file."""

    text: str
    source: str = INBOX


def samples(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield each sample question with the id of its support or out-of-scope topic."""
    entries: list[Support | OutOfScopeTopic] = [
        *knowledge.supports.values(),
        *knowledge.signposts.values(),
    ]
    for entry in entries:
        yield from ((text, entry.id) for text in entry.questions)
        yield from ((text, entry.id) for update in entry.updates for text in update.questions)


def collect(
    knowledge: Sequence[Knowledge],
    scenarios: Iterable[Scenario],
    more: Iterable[Question] = (),
) -> dict[str, tuple[str, ...]]:
    """Return each text once, with its sources: the samples of every version, the first messages
    of the scenarios, and `more`."""
    found: dict[str, dict[str, None]] = {}

    def add(text: str, source: str) -> None:
        if text.strip():
            found.setdefault(text.strip(), {})[source] = None

    for question in more:
        add(question.text, question.source)
    for scenario in scenarios:
        add(scenario.talk[0].say if scenario.talk else "", SCENARIO)
    for version in knowledge:
        for text, _ in samples(version):
            add(text, SAMPLE)
    return {text: tuple(sources) for text, sources in found.items()}


def inbox_questions(stored: Iterable[StoredEntry], most: int = MOST_INBOX) -> list[Question]:
    """Return the first `most` different questions of these entries, without personal data."""
    # What an older version of the program stored was not scrubbed.
    said = (without_placeholders(scrub(each.entry.text)) for each in stored)
    texts = dict.fromkeys(text for text in (" ".join(each.split()) for each in said) if text)
    return [Question(text, INBOX) for text in islice(texts, most)]


def read_questions(file: Path) -> list[Question]:
    """Return the questions of a YAML file: a list of texts, or of mappings with a `text` (the
    format of tests/questions). Raises KnowledgeError that tells what is wrong."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise _fault(
                file, 1, f"这个文件超过 {_MAX_BYTES // 1_000_000} MB，没有读", "分成几个文件"
            )
        rows = yaml.load(data.decode("utf-8"), yaml.BaseLoader)  # noqa: S506 - a loader of texts only
    except OSError:
        raise _fault(file, 1, "找不到这个问题文件，或者打不开", "检查路径") from None
    except UnicodeDecodeError:
        raise _fault(file, 1, "不是 UTF-8 编码", "另存为 UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise _fault(file, mark.line + 1 if mark else 1, "YAML 写错了，读不下去", _HINT) from None
    if not isinstance(rows, list):
        raise _fault(file, 1, "里面不是一列问题", _HINT)
    return [Question(_text(file, number, row), file.name) for number, row in enumerate(rows, 1)]


def _text(file: Path, number: int, row: object) -> str:
    text = row.get("text") if isinstance(row, dict) else row
    if not isinstance(text, str) or not text.strip():
        raise _fault(file, 1, f"第 {number} 个问题没有文字", _HINT)
    return text


def _fault(file: Path, line: int, message: str, hint: str) -> KnowledgeError:
    return KnowledgeError([Problem(str(file), line, message, hint)])

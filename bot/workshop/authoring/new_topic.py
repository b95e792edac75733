"""Guide an admin to an out-of-scope topic: what people ask, and whom to call for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.content.checks.text_rules import check_texts
from bot.content.checks.truth.number_rules import check_numbers
from bot.content.documents.mapping_reader import as_mapping
from bot.content.documents.problems import Problems
from bot.content.documents.tree import parse
from bot.content.readers.build_context import BuildContext
from bot.content.readers.loader import read_folder
from bot.content.readers.references import check_references
from bot.content.readers.scenarios import Expect, Scenario, Step
from bot.content.readers.vocabulary import read_topics
from bot.errors import EditRefused
from bot.workshop.authoring.dialogue import Check, Dialogue, Option
from bot.workshop.authoring.new_policy import new_id
from bot.workshop.authoring.support_writing import alone, keywords_of, most_like, unasked
from bot.workshop.editing.operations import NEW_TOPICS, add_scenario, add_topic
from bot.workshop.editing.saving import Edit
from bot.workshop.editing.yaml_text import Value, block

# Stands for no hotline in the list of them, and for a topic that does not exist yet.
NOBODY, NEW = "nobody", "new"
_ID = "a-new-topic"


def new_topic(
    dialogue: Dialogue, folder: Path, taken: Sequence[str] = (), proposed: Sequence[str] = ()
) -> list[Edit]:
    """Return the edits that add an out-of-scope topic and its scenario. Nothing is written yet.

    `taken`: questions that it is about; `proposed`: others that people asked, of which those that
    are most like it are shown. Raises EditRefused and Leave.
    """
    context = read_folder(folder)[1]
    values: dict[str, Value] = {"id": _ID}

    def fits(key: str) -> Check:
        return lambda text: topic_faults(context, {**values, key: text})

    dialogue.begin("加一件“文件不管的事”（指路牌）。")
    asked = unasked(context, taken)
    for text in asked:
        dialogue.tell(f"  有人问：“{text}”")
    values["title"] = dialogue.ask("\n这件事叫什么，短一点，如“住房公积金”", check=fits("title"))
    name = dialogue.ask(
        "给它一个编号：小写英文和数字，用 - 连接，如 housing-fund。定了就不再改",
        check=new_id({*context.signposts, NEW}, "指路牌"),
    )
    hotline = dialogue.choose("\n该打哪个热线？没有核实过的号码不能用", _hotlines(context))
    values["hotline"] = "" if hotline == NOBODY else hotline
    words = dialogue.ask(
        "\n关键词，用空格分开：只有问这件事才会说的词",
        check=lambda text: topic_faults(context, {**values, "keywords": keywords_of(text)}),
    )
    values["keywords"] = keywords_of(words)
    questions = _questions(dialogue, context, values, asked, proposed)
    values |= {"questions": questions, "id": name}
    first = questions[0]
    says = (str(values["title"]),) if values["hotline"] else ()
    step = Step(first, "", Expect(outcome="unknown", says=says, cites=()), "", 1)
    scenario = Scenario(f"{first} → {name}", (step,), "", 1)
    return [
        add_topic(folder, values, write=False),
        add_scenario(folder, scenario, write=False),
    ]


def topic_faults(context: BuildContext, values: dict[str, Value]) -> str:
    """Return what `check` would say of the texts of a topic that is not written yet, one fault a
    line; "" if nothing. Missing keys are no fault."""
    draft: dict[str, Value] = {"title": _ID, "hotline": "", **values}
    problems = Problems()
    text = "\n".join(block({"topics": [draft]}, 0)) + "\n"
    tree = parse(NEW_TOPICS, text.encode(), problems)
    part = alone(context, problems)
    fields = as_mapping(NEW_TOPICS, tree, problems, "文件不管的事") if tree is not None else None
    if fields is not None:
        read_topics(fields, part)
        check_numbers(part)
        check_references(part)
        # Repeated questions and keywords are looked for in the whole folder.
        part.places = context.places.copy()
        part.supports = context.supports
        for each in fields.tables("topics"):
            part.places.note("signpost", str(draft["id"]), each)
        part.slots = {}
        part.signposts = {**context.signposts, **part.signposts}
        check_texts(part)
    found = [each for each in problems.sorted() if each.file == NEW_TOPICS]
    return "\n".join(f"{p.message}（{p.hint}）" if p.hint else p.message for p in found)


def _hotlines(context: BuildContext) -> list[Option]:
    known = [
        (each.id or each.number, f"{each.number} {each.title}")
        for each in context.hotlines.values()
    ]
    return [*known, (NOBODY, "不归任何单位管：只说不懂这个，不叫人打电话")]


def _questions(
    dialogue: Dialogue,
    context: BuildContext,
    values: dict[str, Value],
    asked: Sequence[str],
    proposed: Sequence[str],
) -> list[str]:
    found = list(asked)
    others = [text for text in unasked(context, proposed) if text not in found]
    if others:
        about = "\n".join([str(values["title"]), *found])
        options = [(each, each) for each in most_like(about, others)]
        found += dialogue.choose_some("\n还有哪些是在问这件事？最像的在前", options)

    def check(text: str) -> str:
        return topic_faults(context, {**values, "questions": [*found, text]})

    for text in found:
        fault = topic_faults(context, {**values, "questions": [text]})
        if fault:
            raise EditRefused(f"“{text}”不能加成问法：{fault}")
    while True:
        told = "\n大家还会怎么问？每种问法写一条，错别字也要"
        found += [each for each in dialogue.list(told, check=check) if each not in found]
        if found:
            return found
        dialogue.tell("至少要一条问法。")

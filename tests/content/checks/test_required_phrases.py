"""The phrases that the source says: read from calls, marks and page templates."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from bot.content.checks.required_phrases import SaidPhrases, package_sources, said_phrases
from bot.content.checks.text_rules import check_phrases
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge

if TYPE_CHECKING:

    def _unmarked(knowledge: Knowledge, name: str) -> str:
        # The type checker refuses an id without a mark; were it to accept this call, it would
        # report the comment as unused.
        return knowledge.say_id(name)  # type: ignore[arg-type]


def said_in(source: str) -> SaidPhrases:
    """The phrases of one module."""
    return said_phrases({"main.py": dedent(source)})


def required(found: SaidPhrases) -> dict[str, set[str]]:
    """The required phrases, where every id is a literal."""
    assert found.unmarked == []
    return {name: set(placeholders) for name, placeholders in found.required.items()}


@pytest.fixture(scope="module")
def said_by_the_bot() -> SaidPhrases:
    return said_phrases(package_sources())


def test_every_phrase_of_the_package_is_literal_or_marked(said_by_the_bot: SaidPhrases) -> None:
    assert said_by_the_bot.unmarked == []
    assert len(said_by_the_bot.required) > 150
    assert said_by_the_bot.required["line_also"] == {"title", "count", "what"}
    assert said_by_the_bot.required["why_met"] == {"slot", "allowed", "given"}
    assert said_by_the_bot.required["web_card_back"] == set()


def test_the_phrases_on_file_fit_the_placeholders_that_the_code_fills(
    said_by_the_bot: SaidPhrases, base: KnowledgeBase
) -> None:
    problems = check_phrases(base.knowledge, said_by_the_bot.required)
    assert [str(problem) for problem in problems] == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"thanks": ""}, "缺少一句话：“thanks”"),
        ({"thank_you": "谢谢"}, "程序里没有用到这句话：“thank_you”"),
        ({"line_also": "{title}：{sum}"}, "“line_also”里的 {sum} 程序不认识"),
    ],
)
def test_a_missing_an_unused_and_an_unfillable_phrase_are_problems(
    said_by_the_bot: SaidPhrases, base: KnowledgeBase, change: dict[str, str], problem: str
) -> None:
    changed = replace(base.knowledge, phrases={**base.knowledge.phrases, **change})
    problems = check_phrases(changed, said_by_the_bot.required)
    assert problem in [each.message for each in problems]


def test_a_literal_is_required_with_its_keywords() -> None:
    found = said_in("words.say('thanks', name=name); knowledge.say('bye')")
    assert required(found) == {"thanks": {"name"}, "bye": set()}


def test_a_mark_is_required_with_its_placeholders() -> None:
    found = said_in(
        """
        FACTS = ("year", "lead")
        TABLE = {1: phrase_id("one", "name"), 2: phrase_id("two", "name", *FACTS)}
        """
    )
    assert required(found) == {"one": {"name"}, "two": {"name", "year", "lead"}}


def test_only_placeholders_that_every_call_and_mark_fills_count() -> None:
    found = said_in("say('line', title=a, lead=b)\nx = phrase_id('line', 'title', 'name')")
    assert required(found) == {"line": {"title"}}


def test_a_conditional_expression_requires_all_its_phrases() -> None:
    found = said_in("say('one' if x else 'two' if y else 'three')\nphrase_id('a' if x else 'b')")
    assert set(required(found)) == {"one", "two", "three", "a", "b"}


def test_the_functions_that_say_and_mark_phrases_require_none() -> None:
    found = said_in(
        """
        class Phrasebook:
            def say(self, phrase, **values):
                return self.knowledge.say(phrase, **values)

            def say_id(self, phrase, **values):
                return self.say(phrase, **values)

        def phrase_id(name, *placeholders):
            return PhraseId(name)

        book.say_id(marked, name=name)
        """
    )
    assert required(found) == {}


@pytest.mark.parametrize(
    "call",
    [
        "say(x)",
        "say(TABLE[x])",
        "say(f'{x}_none')",
        "say('one' if x else y)",
        "say('one', **values)",
        "phrase_id(x)",
        "phrase_id('one', x)",
        "phrase_id('one', *x)",
        "PhraseId(x)",
        "PhraseId('one')",
    ],
)
def test_an_id_that_is_neither_literal_nor_marked_is_reported_with_its_line(call: str) -> None:
    assert said_in(f"import words\n\ndef f(x): return words.{call}").unmarked == ["main.py:3"]


def test_a_template_requires_the_phrases_that_it_says() -> None:
    page = "<p>{{ say('title', city=city) }}{{ words.say('a' if x else 'b') }}</p>"
    assert required(said_phrases({"page.html": page})) == {
        "title": {"city"},
        "a": set(),
        "b": set(),
    }


def test_a_template_that_says_a_variable_is_reported() -> None:
    assert said_phrases({"page.html": "{{ x }}\n{{ say(x) }}"}).unmarked == ["page.html:2"]

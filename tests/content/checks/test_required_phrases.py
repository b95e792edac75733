"""The phrases that the source says: derived from calls, templates, tables and parameters."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bot.content.checks.required_phrases import SaidPhrases, package_sources, said_phrases
from bot.content.checks.text_rules import check_phrases
from bot.core.dialogue.manager import KnowledgeBase


def said_in(source: str, **others: str) -> SaidPhrases:
    """The phrases of one module, with other modules beside it."""
    modules = {f"{name}.py": dedent(text) for name, text in others.items()}
    return said_phrases({"main.py": dedent(source), **modules})


def required(found: SaidPhrases) -> dict[str, set[str]]:
    """The required phrases, where every call could be resolved."""
    assert found.unresolved == ()
    return {name: set(placeholders) for name, placeholders in found.required.items()}


@pytest.fixture(scope="module")
def said_by_the_bot() -> SaidPhrases:
    return said_phrases(package_sources())


def test_every_phrase_of_the_package_can_be_derived(said_by_the_bot: SaidPhrases) -> None:
    assert said_by_the_bot.unresolved == ()
    assert len(said_by_the_bot.required) > 150
    assert said_by_the_bot.required["line"] == {"title", "lead", "reason"}
    assert said_by_the_bot.required["why_open"] == {"slot", "allowed"}


def test_the_phrases_on_file_fit_the_placeholders_that_the_code_fills(
    said_by_the_bot: SaidPhrases, base: KnowledgeBase
) -> None:
    problems = check_phrases(base.knowledge, said_by_the_bot.required)
    assert [str(problem) for problem in problems] == []


def test_a_literal_is_required_with_its_keywords() -> None:
    found = said_in("words.say('thanks', name=name); knowledge.say('bye')")
    assert required(found) == {"thanks": {"name"}, "bye": set()}


def test_only_placeholders_that_every_call_fills_count() -> None:
    found = said_in("say('line', title=a, lead=b)\nsay('line', title=a)")
    assert required(found) == {"line": {"title"}}


def test_a_conditional_expression_requires_both_phrases() -> None:
    found = said_in("say('one' if x else 'two' if y else 'three')")
    assert set(required(found)) == {"one", "two", "three"}


def test_a_variable_requires_every_phrase_that_it_is_set_to() -> None:
    found = said_in(
        """
        def reply(x):
            phrase = "one" if x else "two"
            if x > 2:
                phrase = "three"
            return say(phrase)
        """
    )
    assert set(required(found)) == {"one", "two", "three"}


@pytest.mark.parametrize(
    "use",
    [
        "def f(x): return say(TABLE[x])",
        "def f(): return [say(p) for p in TABLE.values()]",
        "def f(): return [say(p) for _, p in TABLE.items()]",
        "def f():\n    for p in ('one', 'two'):\n        say(p)",
        "def f():\n    for _, p in (('a', 'one'), ('b', 'two')):\n        say(p)",
        "def f(x):\n    table = {1: 'one', 2: 'two'}\n    return say(table[x])",
        "from bot.other import PAIRS\ndef f(): return [say(p) for p, _ in PAIRS]",
    ],
)
def test_every_entry_of_a_literal_table_is_required(use: str) -> None:
    source = f"TABLE = {{'a': 'one', 'b': 'two'}}\n{use}\n"
    found = said_in(source, other="PAIRS = (('one', 1), ('two', 2))")
    assert set(required(found)) == {"one", "two"}


def test_a_parameter_is_followed_to_every_call_of_its_function() -> None:
    found = said_in(
        """
        class Actions:
            def skip(self, session, note="skipped"):
                return self._say(session, note)

            def _say(self, session, phrase):
                return self.words.say(phrase, year=year)

            def help(self, session):
                return self._say(session, phrase="help" if session else "greeting")

            def both(self, session):
                return self.skip(session), self.skip(session, "none_fits")
        """
    )
    assert required(found) == {
        name: {"year"} for name in ("skipped", "none_fits", "help", "greeting")
    }


def test_keywords_that_a_function_passes_on_count_as_filled() -> None:
    found = said_in(
        """
        def note(text, **values):
            return say(text, **values)

        note("changed", what=what)
        note("removed", **{"slot": slot})
        """
    )
    assert found.required["changed"] == {"what"}


def test_a_public_function_is_followed_into_other_modules() -> None:
    found = said_in(
        "class Words:\n    def because(self, finding, phrase): return self.say(phrase, who=who)",
        other="words.because(finding, 'line_because')",
    )
    assert required(found) == {"line_because": {"who"}}


def test_a_parameter_may_be_declared_as_a_literal_type() -> None:
    found = said_in(
        """
        Note = Literal["noted", "changed"]

        def noted(how: Note, other: Literal["only"]):
            return say(how, what=what), say(other)

        handlers = [noted]
        """
    )
    assert required(found) == {"noted": {"what"}, "changed": {"what"}, "only": set()}


def test_the_method_that_fills_phrases_itself_says_none() -> None:
    found = said_in(
        """
        class Phrasebook:
            def say(self, phrase, **values):
                return self.knowledge.say(phrase, **values)

        book.say("thanks", name=name)
        """
    )
    assert required(found) == {"thanks": {"name"}}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): return say(f'{x}_none')",
        "def f(x): return say(x.phrase)",
        "def f(x): return say('a' + x)",
        "def f(x): return say(phrases[x])",
        "def f(x):\n    table = ['one']\n    table.append(x)\n    return [say(p) for p in table]",
        "def f(x): return say('one', **x)",
        "def f(phrase): return say(phrase)\nhandlers = {'a': f}",
        "def f(phrase): return say(phrase)\nf(*given)",
        "def f(phrase): return say(phrase)\nf(given())",
        "handlers = lambda phrase: say(phrase)",
    ],
)
def test_a_phrase_that_cannot_be_derived_is_reported_with_its_place(source: str) -> None:
    found = said_in(source)
    assert [place.partition(":")[0] for place in found.unresolved] == ["main.py"]


def test_calls_that_are_no_phrases_are_left_out() -> None:
    found = said_in(
        """
        def say(utterance: Utterance): ...

        say(Utterance())
        errands.say(chat, TEXT)
        """
    )
    assert required(found) == {}


def test_a_template_requires_the_phrases_that_it_says() -> None:
    page = "<p>{{ say('title', city=city) }}{{ words.say('a' if x else 'b') }}</p>"
    assert required(said_phrases({"page.html": page})) == {
        "title": {"city"},
        "a": set(),
        "b": set(),
    }


def test_a_template_that_says_a_variable_is_reported() -> None:
    assert said_phrases({"page.html": "{{ x }}\n{{ say(x) }}"}).unresolved == ("page.html:2",)

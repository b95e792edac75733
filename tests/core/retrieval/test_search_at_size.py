"""The search over 1,200 supports and 67,000 sample questions, where ids no longer fit in 16 bits.

The clones are about matters of their own: none of their words occurs in a real text. Their
features are written by hand, because extracting them would take most of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Knowledge, Support
from bot.core.retrieval.index import Index, SearchResult, build_index

SUPPORTS = 1_200
SAMPLES = 56
# Start of every text of a clone, and of nothing else.
MARK = "克隆"


def clone(support: Support, number: int) -> Support:
    """Return a support about another matter, with as many sample questions as a real one."""
    return replace(
        support,
        id=f"clone-{number}",
        title=f"{MARK}{number}",
        summary="",
        quote=f"{MARK}{number}",
        keywords=(),
        questions=tuple(f"{MARK}{number} {sample}" for sample in range(SAMPLES)),
    )


def enlarge(knowledge: Knowledge) -> Knowledge:
    """Return the knowledge with clones between its supports and its out-of-scope topics."""
    real = tuple(knowledge.supports.values())
    clones = [clone(real[n % len(real)], n) for n in range(SUPPORTS - len(real))]
    return replace(knowledge, supports={s.id: s for s in (*real, *clones)})


@pytest.fixture(scope="module")
def large(base: KnowledgeBase) -> Index:
    analyzer = base.index.analyzer

    def extract(text: str, *, truncate: bool = True) -> Mapping[str, float]:
        """Return the features of a real text, and two made-up ones of a clone's text."""
        if not text.startswith(MARK):
            return analyzer.features(text, truncate=truncate)
        matter, _, sample = text.removeprefix(MARK).partition(" ")
        return {f"w:{MARK}{matter}": 1.0, f"w:{MARK}的第{sample[:3]}问": 1.0}

    return build_index(enlarge(base.knowledge), analyzer, extract)


def best(found: SearchResult) -> str:
    """Return the out-of-scope topic of a result, else its first support."""
    return found.out_of_scope or (found.matches[0].support if found.matches else "")


def test_the_index_has_more_items_than_16_bits_count(large: Index) -> None:
    assert large.support_count == SUPPORTS
    assert large.postings.items > 2**16
    assert int(large.postings.item_ids.max()) == large.postings.items - 1


def test_real_questions_find_what_they_find_without_the_clones(
    base: KnowledgeBase, large: Index
) -> None:
    for support in base.knowledge.supports.values():
        text = support.questions[0]
        assert best(large.search(text)) == best(base.index.search(text)), text


def test_out_of_scope_questions_are_still_recognized(base: KnowledgeBase, large: Index) -> None:
    topics = base.knowledge.signposts.values()
    texts = [question for topic in topics for question in topic.questions[:3]]
    wrong = [text for text in texts if best(large.search(text)) != best(base.index.search(text))]
    assert not wrong

"""The word segmenter and the character tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.content.search.index_cache import index_for
from bot.content.search.tokenizer import build_lexicon, build_segmenter
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.text.normalizer import Cut, Lexicon
from tests.knowledge_base import all_questions


@pytest.fixture(scope="module")
def tables() -> Lexicon:
    return build_lexicon()


@pytest.fixture(scope="module")
def cut(cache: Path) -> Cut:
    """Return the segmenter of jieba."""
    return build_segmenter(cache, prefer_rust=False)


def test_long_words_are_also_split_into_their_parts(cut: Cut) -> None:
    assert {"大学", "大学生", "创业"} <= set(cut("大学生创业"))


@pytest.mark.parametrize("text", ["", " ", "😀", "abc 123", "\x00"])
def test_the_words_of_a_text_add_up_to_it(text: str, cut: Cut) -> None:
    assert "".join(cut(text)) == text


def test_jieba_writes_its_cache_to_the_given_folder(tmp_path: Path) -> None:
    build_segmenter(tmp_path, prefer_rust=False)
    assert [f.name for f in tmp_path.iterdir()] == ["jieba.cache"]


@pytest.mark.parametrize(
    ("char", "syllable"), [("休", "xiu"), ("学", "xue"), ("女", "nv"), ("绿", "lv"), ("业", "ye")]
)
def test_a_character_has_its_usual_reading_without_tone(
    char: str, syllable: str, tables: Lexicon
) -> None:
    assert tables.syllables[char] == syllable


def test_every_syllable_is_lower_case_ascii(tables: Lexicon) -> None:
    assert all(s.isascii() and s.isalpha() and s.islower() for s in tables.syllables.values())
    assert len(tables.syllables) > 20_000


def test_traditional_characters_become_simplified_ones(tables: Lexicon) -> None:
    assert "學籍貸款創業".translate(tables.simplified) == "学籍贷款创业"


def test_simplified_characters_do_not_change(tables: Lexicon) -> None:
    text = "大学生休学创业可保留学籍"
    assert text.translate(tables.simplified) == text


def test_rare_characters_weigh_more_than_common_ones(tables: Lexicon) -> None:
    assert 0.15 <= tables.rarity["的"] < tables.rarity["学"] < tables.rarity["籍"] <= 1.0


def test_search_is_the_same_with_jieba_and_rjieba(base: KnowledgeBase, cache: Path) -> None:
    pytest.importorskip("rjieba", reason="rjieba is not installed")
    fast = index_for(base.knowledge, cache, prefer_rust=True)
    assert fast.analyzer.cut is not base.index.analyzer.cut
    differing = [
        q.text for q in all_questions() if fast.search(q.text) != base.index.search(q.text)
    ]
    assert not differing


def test_jieba_and_rjieba_split_the_whole_knowledge_alike(
    base: KnowledgeBase, cache: Path, cut: Cut
) -> None:
    pytest.importorskip("rjieba", reason="rjieba is not installed")
    fast = build_segmenter(cache)
    for support in base.knowledge.supports.values():
        for text in (support.title, support.quote, support.summary, *support.questions):
            clean = base.reader.clean(text)
            assert list(fast(clean)) == list(cut(clean))


def test_loading_the_segmenter_prints_nothing(cache: Path) -> None:
    code = (
        "import sys, json; from pathlib import Path;"
        "from bot.content.search.tokenizer import build_segmenter;"
        "print(json.dumps(list(build_segmenter(Path(sys.argv[1]), prefer_rust=False)('休学'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(cache)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == ["休学"]
    assert done.stderr == ""

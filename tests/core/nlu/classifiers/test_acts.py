"""Acts are recognised from samples: a text need not be one of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.dialogue.manager import KnowledgeBase
from bot.core.dialogue.policy import ASPECT_FIELDS, POLICY
from bot.core.dialogue.understanding.questions import ABOUT_PAPER_FROM
from bot.core.nlu.classifiers.acts import ActRecogniser, ActScore, all_acts, is_talk
from bot.core.nlu.classifiers.paper_questions import PAPERS
from bot.core.text.normalizer import unmarked
from tests.core.small_knowledge import small_base

# Texts that are no samples, with the act that they perform.
UNSEEN = {
    "请问一下你究竟是真人在回还是电脑在回": "about_bot",
    "这么老的一份文件，到今年还能不能用啊": "validity",
    "你能打包票我一定批得下来么": "guarantee",
    "我填的这些东西会不会被别个看见": "privacy",
    "讲慢点讲简单点，我文化低听不懂": "simpler",
    "把前头讲过的帮我归纳成几句话": "summarise",
    "那我明早第一件事该去办哪样": "next_step",
    "打12345的时候我该怎么开口讲": "phone_script",
}
# Sentences of another writer, and the least share of them that get their act, for talk and for
# questions about one side of a support.
UNSEEN_SENTENCES = Path(__file__).parent / "acts_unseen.yaml"
LEAST_RIGHT = {True: 0.84, False: 0.91}
# Questions about policy that share words with acts.
POLICY_QUESTIONS = [
    "AI公司能贷款吗",
    "做客服外包的公司有什么补贴",
    "机器人公司能进众创空间吗",
    "休学创业能保留学籍吗",
    "众创空间一年补多少",
]


def scored(base: KnowledgeBase, text: str) -> ActScore:
    return base.acts.score(base.index.analyzer.lexicon.normalize(text))


def asks_for_detail(base: KnowledgeBase, text: str) -> bool:
    """Return whether the classifier of details of a paper accepts a text before the act model."""
    asked = base.acts.paper_question(base.index.analyzer.lexicon.normalize(text))
    return asked.probability >= ABOUT_PAPER_FROM


@pytest.mark.parametrize(("text", "act"), UNSEEN.items())
def test_an_unseen_wording_gets_its_act(text: str, act: str, base: KnowledgeBase) -> None:
    score = scored(base, text)
    assert base.acts.exact(base.index.analyzer.lexicon.normalize(text)) == ""
    assert score.talk > 0.5
    assert score.act == act


@pytest.mark.parametrize("talk", LEAST_RIGHT, ids=["talk", "aspects"])
def test_sentences_of_another_writer_get_their_acts(talk: bool, base: KnowledgeBase) -> None:
    rows: list[dict[str, Any]] = yaml.safe_load(UNSEEN_SENTENCES.read_text(encoding="utf-8"))
    right = []
    for row in rows:
        if is_talk(row["act"]) is talk:
            score = scored(base, row["say"])
            found = score.act in (row["act"], *row.get("may", ()))
            found = found and (score.talk >= 0.5 or not talk)
            right.append(found or (row["act"] == PAPERS and asks_for_detail(base, row["say"])))
    assert len(right) >= 160
    assert sum(right) / len(right) >= LEAST_RIGHT[talk]


@pytest.mark.parametrize("text", POLICY_QUESTIONS)
def test_a_question_about_policy_is_no_talk(text: str, base: KnowledgeBase) -> None:
    assert scored(base, text).talk < 0.5


@pytest.mark.parametrize("text", ["龘", "qwrtz", "????"])
def test_a_text_of_unknown_words_has_no_act(text: str, base: KnowledgeBase) -> None:
    assert scored(base, text).act == ""


def test_every_sample_is_its_own_act(base: KnowledgeBase) -> None:
    normalize = base.index.analyzer.lexicon.normalize
    first: dict[str, str] = {}
    for act, samples in all_acts(base.knowledge).items():
        for sample in samples:
            first.setdefault(unmarked(normalize(sample)), act)
    assert all(base.acts.samples[text] == act for text, act in first.items())


def test_every_act_has_a_row_in_the_policy(base: KnowledgeBase) -> None:
    acts = set(all_acts(base.knowledge))
    assert {act for act in acts if is_talk(act)} <= set(POLICY)
    assert set(ASPECT_FIELDS) <= acts


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("开始", "start"),
        ("开始吧！", "start"),
        ("/start", "start"),
        ("上一题", "back"),
        ("跳过", "skip"),
        ("不知道", "dont_know"),
        ("重新开始", "restart"),
        ("结果", "results"),
        ("我的信息", "my_info"),
        ("HELP", "capabilities"),
        ("往下翻", "more"),
        ("忘记我", "forget"),
        ("１２３４５", "human"),
        ("不适合的", "ineligible"),
        ("請再說一遍", "repeat"),
        ("重新开使", "restart"),
        ("xiexie", "thanks"),
        ("chonglai", "restart"),
    ],
)
def test_a_sample_is_its_act_in_any_spelling(text: str, act: str, base: KnowledgeBase) -> None:
    assert base.acts.exact(base.reader.clean(text)) == act


@pytest.mark.parametrize(
    "text",
    [
        "",
        "！！！",
        "xie",
        "daikuan",
        "怎么重新开始创业",
        "忘记我的密码怎么办",
        "结果转化有什么支持",
        "帮助农民工创业的政策",
        "花店电话",
    ],
)
def test_a_text_with_a_sample_in_it_is_none(text: str, base: KnowledgeBase) -> None:
    assert base.acts.exact(base.reader.clean(text)) == ""


def test_what_people_tell_of_themselves_asks_for_nothing_elsewhere(base: KnowledgeBase) -> None:
    clean, elsewhere = base.reader.clean, base.acts.elsewhere
    for told, asked in (
        ("医保断了半年，手头紧，想摆个摊卖早点", "医保断了半年怎么接"),
        ("离婚以后一个人带娃，想盘个小铺", "离婚冷静期要等几天"),
    ):
        assert elsewhere(clean(told)) < 0 < elsewhere(clean(asked)), told


def test_nothing_is_elsewhere_without_topics() -> None:
    small = small_base()
    requests = {kind: texts for kind, texts in small.knowledge.requests.items() if kind != "oos"}
    knowledge = replace(small.knowledge, signposts={}, requests=requests)
    acts = ActRecogniser(knowledge, small.index.analyzer)
    assert acts.elsewhere("医保断了半年怎么接") == 0.0

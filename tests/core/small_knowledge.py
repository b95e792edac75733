"""A small knowledge for tests: four slots, three clauses, seven supports, the real phrases."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.knowledge import (
    Basis,
    Bureau,
    Choice,
    ChoiceRole,
    Clause,
    Condition,
    Hotline,
    Knowledge,
    Locality,
    OutOfScopeTopic,
    Policy,
    PolicyStatus,
    Slot,
    Support,
    SupportKind,
    Update,
)
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance
from bot.core.nlu.classifiers.acts import ActRecogniser
from bot.core.retrieval.analyzer import build_analyzer
from bot.core.retrieval.index import build_index
from bot.core.text.normalizer import Lexicon
from tests.knowledge_base import DAY, KNOWLEDGE

LEXICON = Lexicon(
    simplified={ord("學"): "学", ord("籍"): "籍", ord("貸"): "贷"},
    syllables={"休": "xiu", "修": "xiu", "学": "xue", "籍": "ji", "贷": "dai", "款": "kuan"},
    rarity={"的": 0.2, "学": 0.5},
)

IDENTITY = Slot(
    "identity",
    "身份",
    "您是哪种情况？",
    "不少扶持只给某一类人。",
    (
        Choice("student", "在校学生", ("学生", "大三")),
        Choice("graduate", "高校毕业生", ("毕业生", "毕业了"), replaces=("student",)),
        Choice("operator", "运营方", ("办孵化器",)),
        Choice(
            "company",
            "企业",
            ("公司",),
            possible_if=Condition("stage", ("startup",)),
            role=ChoiceRole.FIRM,
        ),
        Choice("none", "都不是"),
    ),
    multiple=True,
    none_choice="none",
)
STAGE = Slot(
    "stage",
    "创业阶段",
    "到哪一步了？",
    "有些要先注册。",
    (
        Choice("idea", "还在想/筹备", ("还没注册",), role=ChoiceRole.PLANNED),
        Choice("startup", "刚注册", ("刚开",), role=ChoiceRole.YOUNG, under_years=3),
        Choice("established", "已经营多年", ("做了十年",), role=ChoiceRole.OLDER),
    ),
    changeable=True,
)
NEEDS = Slot(
    "needs",
    "需求",
    "最想解决什么？",
    "先看最急的。",
    (Choice("funding", "资金", ("贷款",)), Choice("venue", "场地", ("工位",))),
    multiple=True,
    changeable=True,
)
DISTRICT = Slot(
    "district",
    "所在县区",
    "在哪个县区？",
    "有些事找县区政府。",
    (
        Choice("liubei", "柳北区", ("柳北",), office="柳北区人民政府"),
        Choice("elsewhere", "不在柳州", ("外地",)),
    ),
    changeable=True,
    none_choice="elsewhere",
)

CLAUSES = (
    Clause(
        "1.1",
        "paper",
        "二（一）1",
        "众创空间",
        "鼓励众创空间提供零成本办公场所。政府给予最多不超过55万元/年的补助。",
        ("市科技局", "财政局", "各县区政府"),
    ),
    Clause(
        "3.2",
        "paper",
        "二（三）2",
        "大学生",
        "在校大学生创业可保留学籍休学。大学生和高校毕业生开网店可享受贴息。",
        ("市教育局", "人社局"),
        open_list=True,
    ),
    Clause("9.9", "paper", "三", "其他", "各部门要加强宣传。"),
)


def support(name: str, clause: str = "3.2", quote: str = "", **more: Any) -> Support:
    """Return a support with defaults for the fields that are not given."""
    more = {"title": f"{name}的标题", "summary": f"{name}的内容。", **more}
    conditions = tuple(
        Condition(slot, allowed, basis=Basis.PAPER, closed=True)
        for slot, allowed in more.pop("given", {}).items()
    )
    return Support(name, "paper", clause, quote=quote, conditions=conditions, **more)


LOAN_RULE = Update(
    "贷款新办法", "自治区", "2024-05", "最高30万元", "A", "http://gx.example/1.html"
)

SUPPORTS = (
    support(
        "enrolment",
        quote="在校大学生创业可保留学籍休学",
        title="休学创业保留学籍",
        given={"identity": ("student",)},
        keywords=("休学", "学籍"),
        questions=("休学创业能保留学籍吗", "先不读书去创业行不行"),
        unstated=("休学最长几年", "要交什么材料"),
        ask="学校教务处",
    ),
    support(
        "shop",
        quote="大学生和高校毕业生开网店可享受贴息",
        title="开网店贴息",
        given={"identity": ("student", "graduate")},
        needs=("funding",),
        keywords=("网店", "贴息"),
        questions=("开网店能贷款吗",),
        updates=(LOAN_RULE,),
    ),
    support(
        "desk",
        "1.1",
        quote="鼓励众创空间提供零成本办公场所",
        title="免费办公场所",
        given={"stage": ("idea", "startup")},
        needs=("venue",),
        keywords=("工位", "办公场所"),
        questions=("有没有免费工位",),
        also_requires=("入驻众创空间",),
    ),
    support(
        "subsidy",
        "1.1",
        quote="政府给予最多不超过55万元/年的补助",
        title="众创空间补助",
        given={"identity": ("operator",)},
        amount="最多不超过55万元/年",
        keywords=("众创空间", "补助"),
        questions=("众创空间一年补多少",),
    ),
    support(
        "firm",
        "1.1",
        title="企业落地",
        given={"identity": ("company",), "stage": ("startup", "established")},
    ),
    support("open", "9.9", quote="各部门要加强宣传", title="宣传报道", keywords=("宣传",)),
    support("goals", "9.9", title="工作目标", kind=SupportKind.BACKGROUND, keywords=("目标",)),
)


def knowledge(**changes: Any) -> Knowledge:
    """Return the small knowledge, with these fields replaced."""
    return replace(_knowledge(), **changes)


@functools.cache
def _knowledge() -> Knowledge:
    """Return the small knowledge. Cached: parsing the phrases and samples takes a second."""
    acts = _yaml(KNOWLEDGE / "language/acts.yaml")["acts"]
    aspects = _yaml(KNOWLEDGE / "language/aspects.yaml")["aspects"]
    bureau_questions = _yaml(KNOWLEDGE / "language/bureau_questions.yaml")["bureau_questions"]
    paper_questions = _yaml(KNOWLEDGE / "language/paper_questions.yaml")["paper_questions"]
    phrases: dict[str, str] = {}
    language = _yaml(KNOWLEDGE / "language" / "scopes.yaml")
    for file in sorted((KNOWLEDGE / "phrases").glob("*.yaml")):
        phrases |= _yaml(file)["phrases"]
    return Knowledge(
        version="small",
        policies={
            "paper": Policy(
                "paper",
                "众创空间方案",
                "市政府办公室",
                date(2016, 2, 5),
                "http://paper.example/",
                PolicyStatus.UNVERIFIED,
                target_year=2020,
            )
        },
        clauses={c.id: c for c in CLAUSES},
        supports={s.id: s for s in SUPPORTS},
        bureaus={
            "科技局": Bureau("科技局", now="柳州市科学技术局"),
            "教育局": Bureau("教育局", now="柳州市教育局"),
        },
        hotlines={"12333": Hotline("12333", "人社热线")},
        slots={s.id: s for s in (IDENTITY, STAGE, NEEDS, DISTRICT)},
        signposts={
            "wages": OutOfScopeTopic("wages", "讨薪", "12333", ("欠薪", "讨薪"), ("老板欠薪找谁",))
        },
        phrases=phrases,
        people={name: tuple(words) for name, words in language["people"].items()},
        scopes={kind: tuple(words) for kind, words in language["scopes"].items()},
        synonyms={"休学": ("停学",)},
        english={"loan": ("贷款",)},
        acts={name: tuple(said) for name, said in acts.items()},
        fields={name: tuple(said) for name, said in aspects.items()},
        elsewhere=("桂林",),
        questions={
            kind: tuple(said)
            for kind, said in _yaml(KNOWLEDGE / "language/questions.yaml")["questions"].items()
        },
        locality=locality(),
        bureau_questions={kind: tuple(said) for kind, said in bureau_questions.items()},
        paper_questions={kind: tuple(said) for kind, said in paper_questions.items()},
        fillers={
            kind: tuple(words)
            for kind, words in _yaml(KNOWLEDGE / "language/fillers.yaml")["fillers"].items()
        },
    )


def locality() -> Locality:
    """Return the city of the knowledge that is served."""
    read = _yaml(KNOWLEDGE / "place.yaml")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in read.items()}
    return Locality(**{**values, "hotline": "12345"})  # the file names it by its id


def _yaml(file: Path) -> dict[str, Any]:
    """Return the mapping of a YAML file, with all scalars as strings."""
    found: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    return found


def cut_in_pairs(text: str) -> list[str]:
    """Segment a text: every two adjacent characters are a word."""
    return [text[n : n + 2] for n in range(len(text) - 1)] or [text]


def small_base(**changes: Any) -> KnowledgeBase:
    """Return a knowledge base of the small knowledge, with these fields replaced."""
    small = knowledge(**changes)
    analyzer = build_analyzer(small, cut_in_pairs, LEXICON)
    # A model of the samples would take seconds to train: here only texts that equal one are acts.
    untrained = ActRecogniser(replace(small, acts={}), analyzer).model
    return KnowledgeBase(small, build_index(small, analyzer), untrained)


def another_version(base: KnowledgeBase, **changes: Any) -> KnowledgeBase:
    """Return the version "new" of a small base with these fields of its knowledge replaced, and
    with its act model, which takes longest to make: it does not know new out-of-scope topics."""
    small = replace(base.knowledge, version="new", **changes)
    index = build_index(small, build_analyzer(small, cut_in_pairs, LEXICON))
    return KnowledgeBase(small, index, base.act_model)


def talk(
    base: KnowledgeBase, *said: str, session: Session | None = None, day: date = DAY
) -> list[Turn]:
    """Send texts and taps one after the other and return the turns. An item that begins with
    `a:`, `s:`, `f:` or `c:` is a tap."""
    turns = []
    session = session or Session()
    for each in said:
        tapped = each[:2] in ("a:", "s:", "f:", "c:")
        turn = step(session, Utterance(choice=each) if tapped else Utterance(each), base, day)
        turns.append(turn)
        session = turn.session
    return turns


def text_of(turn: Turn) -> str:
    """Return the texts of all replies of a turn."""
    return "\n".join(reply.text for reply in turn.replies)


def ids_of(turn: Turn) -> list[str]:
    """Return the ids of all options of a turn."""
    return [option.id for reply in turn.replies for option in reply.choices]

"""A small, complete and valid knowledge folder, and functions that change it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.content.checks.run import check
from bot.content.readers.loader import read
from bot.errors import Problem

TODAY = date(2026, 11, 23)
POLICY = "policies/town-2016/policy.yaml"
VENUE = "policies/town-2016/supports/venue-grant.yaml"
LEAVE = "policies/town-2016/supports/leave-of-absence.yaml"
LEADERS = "policies/town-2016/supports/who-leads.yaml"
ACTS = "language/acts.yaml"
ASPECTS = "language/aspects.yaml"
CONFIRMATIONS = "language/confirmations.yaml"
SYNONYMS = "language/synonyms.yaml"
TOPICS = "out_of_scope/money.yaml"
RULE = "later_rules/2024-loans.yaml"
SCENARIOS = "scenarios/first.yaml"
PHRASES = "phrases/conversation.yaml"
SOURCE = "sources/town.txt"

_SOURCE = """首页

某市支持创业办法

(一)场地补助。对开办的空间,给予最多5万元/年的补助,为创业者提供双核驱动服务。(责任单位:市科技局、财政局,各县区政府;排第一位的部门为牵头单位,下同)

(二)休学创业。在校大学生创业可保留学籍休学,期限为2年。(主要责任单位:教育局等)

(三)组织领导。市科技局、财政局作为总的责任单位,要主动牵头。

分享至:
"""

_HEADER = """id: town-2016
title: 某市支持创业办法
issuer: 某市人民政府
doc_no:
issued: 2016-02-05
target_year: 2020
source: https://example.cn/t20250317_3601570.shtml
source_text: town.txt
status: unverified
last_verified: 2026-11-01
repairs:
  - {stored: 双核驱动, shown: “双核驱动”}
uncovered:
  - {starts: 首页, why: 网页导航}
  - {starts: 某市支持创业办法, why: 标题}
  - {starts: "分享至:", why: 网页导航}
"""

_CLAUSES = """clauses:
  - id: "1.10"
    place: （一）
    title: 场地补助
    bureaus: [市科技局, 财政局, 各县区政府]
    text: |-
      (一)场地补助。对开办的空间,给予最多5万元/年的补助,为创业者提供“双核驱动”服务。
      (责任单位:市科技局、财政局,各县区政府;排第一位的部门为牵头单位,下同)
  - id: "1.2"
    place: （二）
    title: 休学创业
    bureaus: [教育局]
    open_list: true
    bureaus_label: 主要责任单位
    text: (二)休学创业。在校大学生创业可保留学籍休学,期限为2年。(主要责任单位:教育局等)
  - id: "1.3"
    place: （三）
    title: 组织领导
    bureaus: [市科技局, 财政局]
    text: (三)组织领导。市科技局、财政局作为总的责任单位,要主动牵头。
"""

_VENUE = """id: venue-grant
clause: "1.10"
title: 场地补助
summary: 开办空间，最多补5万元/年。
quote: 给予最多5万元/年的补助
conditions:
  identity: {of: [operator], basis: reading, closed: false}
needs: [venue]
also_requires: [已经开办]
unstated: {what: [怎么申请], ask: 市科技局或本校}
keywords: [场地, 补助]
amount: 最多5万元/年
steps: [向市科技局问, 不清楚就打12345]
materials: [营业执照]
valid_until: 2027-12-31
status: open
last_verified: 2026-11-01
"""

_LEAVE = """id: leave-of-absence
clause: "1.2"
title: 休学创业
summary: 可以保留学籍休学。
quote: 在校大学生创业可保留学籍休学
conditions:
  identity: {of: [student], basis: paper, closed: true, quote: 在校大学生}
  stage: {of: [idea], basis: reading, closed: false}
needs: [school]
keywords: [休学, 学籍]
"""

_LEADERS = """id: who-leads
clause: "1.3"
kind: background
title: 总的责任单位
summary: 科技局和财政局总负责。
quote: 市科技局、财政局作为总的责任单位
"""

_BUREAUS = """bureaus:
  - {name: 科技局, aliases: [科委], now: 某市科学技术局, confidence: A, verified: 2026-11-01}
  - {name: 财政局, now: 某市财政局, confidence: U, note: 名称看来未变}
  - {name: 教育局}
  - {name: 各县区政府, confidence: B, note: 2017-01-06 起有变}
hotlines:
  - {number: "12345", title: 政务服务便民热线}
"""

_INTERVIEW = """slots:
  - id: identity
    name: 身份
    question: 您是哪种情况？
    why: 有些扶持只给某一类人。
    multiple: true
    changeable: false
    none_choice: none
    choices:
      - {id: student, label: 在校学生, words: [大学生, 在校学生]}
      - id: operator
        label: 运营方
        words: [办空间的]
        not_words: [帮办空间的人]
        possible_if: {stage: [idea]}
      - {id: none, label: 都不是}
  - id: stage
    name: 阶段
    question: 到哪一步了？
    why: 有些扶持只给刚起步的。
    changeable: true
    choices:
      - {id: idea, label: 还在想}
  - id: needs
    name: 需求
    question: 想要什么？
    why: 先看您要的。
    multiple: true
    choices:
      - {id: venue, label: 场地}
      - {id: school, label: 休学}
  - id: district
    name: 县区
    question: 在哪个县区？
    why: 好说出县区政府。
    choices:
      - {id: chengzhong, label: 城中区}
"""

_SCENARIOS = """- name: 学生问休学
  today: 2026-11-23
  talk:
    - say: 休学能保留学籍吗
      expect:
        says: 保留学籍
        never_says: [元]
        cites: ["1.2"]
        focus: leave-of-absence
        question: none
        outcome: answer
        mode: detail
    - tap: a:identity:student+operator
      expect:
        profile: {identity: [student, operator]}
        question: stage
- name: 运营方看结果
  talk:
    - say: 结果
      expect:
        cites: ["1.10", "1.2"]
        applies: [venue-grant]
        maybe: []
        not_applicable: [leave-of-absence]
        mode: results
    - tap: f:who:venue-grant
"""

FILES = {
    "bureaus.yaml": _BUREAUS,
    "place.yaml": "product: 某某通\ncity: 某\ncity_full: 某市\ncity_words: [某市]\n"
    "hotline: '12345'\ntime_zone: Asia/Shanghai\nbureau_prefix: 市\ncounty_bureau: 各县区政府\n"
    "arrivals: [回来]\nreturns: []\n",
    "interview.yaml": _INTERVIEW,
    ACTS: "acts: {about_bot: [你是谁], start: [开始], results: [结果], more: [继续],\n"
    "  thanks: [谢谢]}\n",
    "language/aspect_questions.yaml": "aspect_questions: {amount: [有几多]}\n",
    ASPECTS: "aspects:\n  who: [找谁]\n",
    CONFIRMATIONS: "confirmations: {forget_yes: [删], forget_no: [不删]}\n",
    "language/bureau_questions.yaml": "bureau_questions: {name: [科技局呢], office: [科技局在哪],"
    "  work: [科技局管什么], mention: [我在科技局上班]}\n",
    "language/paper_questions.yaml": "paper_questions: {issuer: [谁印发的], number: [文号],\n"
    "  date: [哪天印发的], title: [全称], basis: [依据哪份文件], copy: [原文网址],\n"
    "  until: [执行到哪年], origin: [是原文写的吗], lead: [整份文件谁总负责],\n"
    "  mention: [补贴谁发的]}\n",
    "language/dialect.yaml": "dialect: {点样: 怎么}\n",
    "language/english.yaml": "english:\n  gap year: [休学]\n",
    "facts/people.yaml": "facts: [{say: 我是外星人, facts: {}}]\n",
    "language/fillers.yaml": "fillers: {telephone: [的]}\n",
    "language/other_cities.yaml": "other_cities: [南宁, 桂林]\n",
    "language/questions.yaml": "questions: {yes_no: [吗], function_words: [吗, 什么, 怎么]}\n",
    "language/requests.yaml": "requests: {seek: [有什么能帮我]}\n",
    SYNONYMS: "synonyms:\n  休学: [停学, 缓一年]\n",
    "language/scopes.yaml": "people:\nscopes:\n",
    "language/unstated.yaml": "unstated:\nnever_stated:\n",
    TOPICS: "topics:\n  - {id: fund, title: 公积金, hotline: '12345',\n"
    "     keywords: [公积金], questions: [公积金怎么取]}\n",
    PHRASES: "phrases:\n  hello: |-\n    您好，{name}。\n    要找人工，请打 12345。\n"
    "  bye: 再见\n",
    RULE: "title: 新办法\nissuer: 某市\ndate: 2024-05\nvalid_until: 2027-12-31\nfacts:\n"
    "  - {say: 提高到30万元, confidence: A, source: 'https://example.cn/1',"
    " supports: [venue-grant], about: [who]}\n",
    SOURCE: _SOURCE,
    SCENARIOS: _SCENARIOS,
    "README.md": "怎么改\n",
}


def questions(topic: str, count: int = 12) -> str:
    """Return the lines of `questions` with `count` different ones."""
    asked = "".join(f"  - {topic}{ask}\n" for ask in "甲乙丙丁戊己庚辛壬癸子丑寅卯"[:count])
    return f"questions:\n{asked}"


def build(folder: Path) -> Path:
    """Write the whole folder, without problems."""
    supports = {
        VENUE: _VENUE + questions("场地补助"),
        LEAVE: _LEAVE + questions("怎么休学"),
        LEADERS: _LEADERS + questions("谁负责"),
    }
    for name, text in {**FILES, POLICY: _HEADER + _CLAUSES, **supports}.items():
        put(folder, name, text)
    return folder


def put(folder: Path, name: str, content: str | bytes) -> None:
    """Write one file of the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace a text that occurs exactly once in a file. Return its line."""
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    put(folder, name, text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def checked(folder: Path) -> list[Problem]:
    """Return all problems of the folder on the day of the tests."""
    return check(folder, TODAY)


def problems_of(folder: Path) -> list[Problem]:
    """Return the problems that prevent the folder from being served."""
    return read(folder)[1]


def only(problems: Iterable[Problem]) -> Problem:
    """Return the only problem."""
    found = list(problems)
    assert len(found) == 1, "\n".join(map(str, found)) or "no problem at all"
    return found[0]

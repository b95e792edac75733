"""Mappings: unknown keys, wrong types and missing parts are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.sample_folder import (
    ASPECTS,
    CONFIRMATIONS,
    LEADERS,
    LEAVE,
    POLICY,
    RULE,
    SYNONYMS,
    TOPICS,
    VENUE,
    edit,
    only,
    problems_of,
)


@pytest.mark.parametrize(
    ("file", "old", "new", "said", "hint"),
    [
        (POLICY, "issuer:", "isuer:", "不认识的键“isuer”", "issuer"),
        (POLICY, "    place: （一）", "    plaice: （一）", "不认识的键“plaice”", "place"),
        (VENUE, "needs: [venue]", "need: [venue]", "不认识的键“need”", "needs"),
        (VENUE, "ask: 市科技局或本校", "aks: 本校", "不认识的键“aks”", "ask"),
        (POLICY, "stored: 双核驱动,", "sotred: 双核驱动,", "不认识的键“sotred”", "stored"),
        (POLICY, "why: 标题}", "way: 标题}", "不认识的键“way”", "why"),
        ("bureaus.yaml", "aliases: ", "alias: ", "不认识的键“alias”", "aliases"),
        ("bureaus.yaml", "title: 政务", "titel: 政务", "不认识的键“titel”", "title"),
        ("bureaus.yaml", "hotlines:", "hotline:", "不认识的键“hotline”", "hotlines"),
        ("interview.yaml", "none_choice:", "none_choise:", "不认识的键", "none_choice"),
        ("interview.yaml", "  words: [办空间的]", "  word: [办空间的]", "不认识的键", "words"),
        (TOPICS, "keywords:", "keyword:", "不认识的键“keyword”", "keywords"),
        ("language/english.yaml", "english:", "englisch:", "不认识的键", "english"),
        (CONFIRMATIONS, "confirmations:", "confirmation:", "不认识的键", "confirmations"),
        (RULE, "valid_until:", "valid_untill:", "不认识的键", "valid_until"),
        ("language/questions.yaml", "yes_no:", "yesno:", "不认识的键“yesno”", "yes_no"),
        (RULE, "{say: 提高", "{extra: 1, say: 提高", "不认识的键“extra”", ""),
    ],
)
def test_an_unknown_key_is_refused_at_every_level(
    folder: Path, file: str, old: str, new: str, said: str, hint: str
) -> None:
    line = edit(folder, file, old, new)

    found = [p for p in problems_of(folder) if said in p.message]
    problem = only(found)
    assert (problem.file, problem.line) == (file, line)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("file", "old", "new", "said", "hint"),
    [
        (POLICY, "issued: 2016-02-05", "issued: 2016-2-5", "不是日期", "2016-02-05"),
        (POLICY, "issued: 2016-02-05", "issued: 2016-02-30", "不是日期", ""),
        (POLICY, "issued: 2016-02-05", "issued: 20160205", "不是日期", ""),
        (POLICY, "issued: 2016-02-05", "issued:", "缺少“issued”", ""),
        (VENUE, "valid_until: 2027-12-31", "valid_until: 长期", "不是日期", ""),
        ("bureaus.yaml", "verified: 2026-11-01", "verified: 去年", "不是日期", ""),
        (POLICY, "target_year: 2020", "target_year: 二〇二〇", "整数", ""),
        (POLICY, "open_list: true", "open_list: yes", "true 或 false", ""),
        (POLICY, "status: unverified", "status: unverfied", "不能是“unverfied”", "unverified"),
        (LEADERS, "kind: background", "kind: backgroud", "不能是", "background"),
        ("bureaus.yaml", "confidence: A", "confidence: D", "不能是“D”", ""),
        (POLICY, "doc_no:", "doc_no: null", "没有就空着", ""),
        (LEAVE, "keywords: [休学, 学籍]", "keywords: 休学", "要写列表", "[甲, 乙]"),
        (LEAVE, "keywords: [休学, 学籍]", "keywords: ［休学，学籍］", "要写列表", "全角括号"),
        (LEAVE, "keywords: [休学, 学籍]", "keywords: 【休学，学籍】", "要写列表", "全角括号"),
        (LEAVE, "keywords: [休学, 学籍]", "keywords: [休学, '']", "空的一项", ""),
        (LEAVE, "keywords: [休学, 学籍]", "keywords: [[休学]]", "要写文字", ""),
        (LEAVE, "title: 休学创业\nsumm", "title: {x}\nsumm", "要写文字", "引号"),
        (
            VENUE,
            "{of: [operator], basis: reading, closed: false}",
            "operator",
            "要写“键: 值”",
            "",
        ),
        (VENUE, "{of: [operator], basis: reading, closed: false}", "[operator]", "依据", "basis"),
        (VENUE, "of: [operator], basis: reading,", "of: [operator],", "缺少“basis”", "reading"),
        (
            VENUE,
            "reading, closed: false}\nneeds: [ven",
            "reading}\nneeds: [ven",
            "缺少“closed”",
            "false",
        ),
        (VENUE, "{of: [operator],", "{of: [operator], anyone_but: [],", "只写一个", "of"),
        (
            VENUE,
            "{of: [operator], basis: reading,",
            "{of: [operator], basis: paper,",
            "没有 quote",
            "",
        ),
        (
            VENUE,
            "{of: [operator], basis: reading, closed: false}",
            "{of: [operator], basis: reading, closed: true}",
            "不能写 closed: true",
            "原文",
        ),
        (VENUE, "{of: [operator],", "{anyone_but: [operator],", "排除了人", "closed: true"),
        ("interview.yaml", "{stage: [idea]}", "{stage: []}", "没有写任何选项", ""),
        (VENUE, "{what: [怎么申请], ask: 市科技局或本校}", "额度", "要写“键: 值”", ""),
        (LEAVE, "quote: 在校大学生创业可保留学籍休学\n", "", "缺少“quote”", ""),
        ("interview.yaml", "{stage: [idea]}", "{stage: [idea], needs: [venue]}", "只能写一个", ""),
        (RULE, ", supports: [venue-grant]", "", "没有写用在哪个", "supports"),
        (RULE, "about: [who]", "about: [whom]", "about 里的“whom”", "who"),
        (LEAVE, "[休学, 学籍]", "[休学，学籍]", "方括号里有“，”", "半角逗号"),
        (SYNONYMS, "[停学, 缓一年]", "[停学、缓一年]", "方括号里有“、”", "半角逗号"),
        (VENUE, "status: open", "status: 已过期", "expired（到期）", ""),
        (VENUE, "needs: [venue]", "needs:\n  -venue", "要写列表", "空一格"),
        (LEADERS, "- 谁负责甲", "- 谁: 负责", "要写文字", "半角冒号"),
        (VENUE, "{what: [怎么申请], ask: 市科技局或本校}", "额度", "要写“键: 值”", "{键"),
        (TOPICS, "topics:\n  - {id", "topics:\n  x: {id", "要写列表", "- "),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_line(
    folder: Path, file: str, old: str, new: str, said: str, hint: str
) -> None:
    edit(folder, file, old, new)

    found = [p for p in problems_of(folder) if said in p.message or said in p.hint]
    problem = only(found)
    assert problem.file == file
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (POLICY, "clauses:\n  - id", "uncovered:\n  - id"),
        ("bureaus.yaml", 'hotlines:\n  - {number: "12345", title: 政务服务便民热线}\n', ""),
        ("language/english.yaml", "english:\n  gap year: [休学]\n", "found:\n"),
        (ASPECTS, "aspects:\n  who: [找谁]\n", "found:\n"),
        (
            CONFIRMATIONS,
            "confirmations: {forget_yes: [删], forget_no: [不删]}\n",
            "found:\n",
        ),
    ],
)
def test_a_file_without_one_of_its_parts_is_refused(
    folder: Path, file: str, old: str, new: str
) -> None:
    edit(folder, file, old, new)

    key = old.partition(":")[0]
    assert only(p for p in problems_of(folder) if p.message == f"缺少“{key}”").file == file

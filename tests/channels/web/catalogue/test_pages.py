"""The catalogue with the knowledge that is served: links, size, form, and what pages say."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import unescape
from urllib.parse import quote, urldefrag, urlsplit

import pytest
from starlette.requests import Request

from bot.channels.web.catalogue.page_cache import MAX_PAGES, PageCache
from bot.channels.web.catalogue.pages import MAX_TYPED
from bot.channels.web.dependencies import WebSettings
from bot.channels.web.http.responses import GZIP_LEVEL
from bot.channels.web.page_queue import PageQueue
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.knowledge import Basis, Bureau, Knowledge, PolicyStatus
from tests.channels.web.catalogue.library import PUBLIC, reader
from tests.channels.web.html_check import HtmlCheck
from tests.channels.web.scripted_guide import small_knowledge

LOAN = "startup-guarantee-loan"
# Bytes of a page without its style sheet and theme script, and of the whole page compressed.
MAX_BYTES, MAX_WIRE = 30_000, 15_000
# Seconds of the processor for a page that is in the cache.
WARM_SECONDS = 0.002


def text_of(page: str) -> str:
    """Return the text of the body of a page."""
    body = re.sub(r"<script.*?</script>", "", page.partition("<body")[2], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", body.partition(">")[2]))


def is_small(page: str) -> bool:
    """Return whether a page keeps the limits of its size."""
    own = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    wire = len(gzip.compress(page.encode(), GZIP_LEVEL))
    return len(own.encode()) <= MAX_BYTES and wire <= MAX_WIRE


async def test_every_page_is_small_and_well_formed_and_every_link_leads_somewhere(
    base: KnowledgeBase,
) -> None:
    pages: dict[str, HtmlCheck] = {}
    waiting, anchors = ["/supports"], set[tuple[str, str]]()
    assets, actions = set[str](), set[str]()
    async with reader(base) as http:
        while waiting:
            path = waiting.pop()
            if path in pages:
                continue
            response = await http.get(path)
            assert response.status_code == 200, path
            page = pages[path] = HtmlCheck(response.text)
            assert page.faults == [], path
            assert is_small(response.text), path
            for link in page.links:
                whole, fragment = urldefrag(link)
                if urlsplit(link).scheme:
                    assert urlsplit(link).scheme in ("https", "http", "tel"), link
                    continue
                target = whole or path
                if fragment:
                    anchors.add((target, fragment))
                if target not in ("/", "/card"):
                    waiting.append(target)
            assets |= set(page.assets)
            actions |= set(page.actions)
        for path in assets:
            assert (await http.get(path)).status_code == 200, path
    knowledge = base.knowledge
    wanted = {f"/supports/{s}" for s in knowledge.supports}
    wanted |= {f"/supports/{s}/poster" for s in knowledge.supports}
    wanted |= {f"/policies/{p}" for p in knowledge.policies}
    wanted |= {f"/bureaus/{quote(b)}" for b in knowledge.bureaus}
    assert wanted <= set(pages)
    assert len(assets) >= 6  # style sheet, scripts, icons, manifest, picture of shared links
    assert actions == {"/supports", "/chat"}
    assert [f"{p}#{a}" for p, a in anchors if a not in pages[p].ids] == []


async def test_a_support_says_what_the_paper_says_and_what_it_leaves_open(
    base: KnowledgeBase,
) -> None:
    knowledge = base.knowledge
    async with reader(base) as http:
        for support in knowledge.supports.values():
            page = (await http.get(f"/supports/{support.id}")).text
            said = text_of(page)
            clause, policy = knowledge.clauses[support.clause], knowledge.policies[support.policy]
            assert clause.text in said
            assert re.sub(
                r"\s", "", unescape(re.findall("<mark>(.*?)</mark>", page, re.S)[0])
            ) == (re.sub(r"\s", "", support.quote))
            for part in (support.title, support.summary, policy.issued.isoformat(), "⚠"):
                assert part in said, (support.id, part)
            for what in support.unstated:
                assert what in said
            for update in support.updates:
                assert update.say in said
                assert update.dated in said
            assert f'name="choice" value="s:{support.id}"' in page


async def test_a_reading_is_told_from_a_condition_of_the_paper(base: KnowledgeBase) -> None:
    support = base.knowledge.supports["leave-and-keep-enrolment"]
    conditions = tuple(replace(c, basis=Basis.READING, closed=False) for c in support.conditions)
    supports = {**base.knowledge.supports, support.id: replace(support, conditions=conditions)}
    changed = replace(base.knowledge, supports=supports, version="reading")
    async with reader(base) as http:
        paper = text_of((await http.get(f"/supports/{support.id}")).text)
    async with reader(base, knowledge=changed) as http:
        ours = text_of((await http.get(f"/supports/{support.id}")).text)
    assert "文件写的条件：只给“在校大学生”" in paper
    assert "不是文件写的条件" not in paper
    assert "主要说给：“在校大学生”" in ours
    assert "这一句是我们读原文的理解，不是文件写的条件" in ours


async def test_the_policy_has_every_clause_word_for_word(base: KnowledgeBase) -> None:
    knowledge = base.knowledge
    policy = next(iter(knowledge.policies.values()))
    async with reader(base) as http:
        page = (await http.get(f"/policies/{policy.id}")).text
    said = text_of(page)
    for clause in knowledge.clauses.values():
        assert f'id="c-{clause.id}"' in page
        assert clause.text in said
    assert policy.issued.isoformat() in said
    assert "⚠" in said
    assert f'href="{policy.source}"' in page


async def test_a_long_policy_has_several_pages_and_every_clause_is_where_links_say(
    base: KnowledgeBase,
) -> None:
    clauses = {
        c.id: replace(c, text=f"{c.text}\n{c.text}") for c in base.knowledge.clauses.values()
    }
    changed = replace(base.knowledge, clauses=clauses, version="long")
    (policy,) = changed.policies
    seen: list[str] = []
    async with reader(base, knowledge=changed) as http:
        for support in list(changed.supports.values())[::5]:
            page = HtmlCheck((await http.get(f"/supports/{support.id}")).text)
            (link,) = (x for x in page.links if x.startswith("/policies/"))
            target, anchor = urldefrag(link)
            assert anchor == f"c-{support.clause}"
            assert anchor in HtmlCheck((await http.get(target)).text).ids
        path = f"/policies/{policy}"
        while path:
            response = await http.get(path)
            page = HtmlCheck(response.text)
            assert page.faults == []
            assert is_small(response.text)
            seen += [anchor for anchor in page.ids if anchor.startswith("c-")]
            later = re.search(r'rel="next" href="([^"]+)"', response.text)
            path = later[1] if later else ""
        beyond = await http.get(f"/policies/{policy}?page=77")
    assert seen == [f"c-{clause}" for clause in clauses]
    assert f'id="{seen[-1]}"' in beyond.text


async def test_a_bureau_lists_what_it_leads_and_has_a_telephone_only_with_a_source(
    base: KnowledgeBase,
) -> None:
    name = "教育局"
    async with reader(base) as http:
        page = text_of((await http.get(f"/bureaus/{name}")).text)
        other_name = await http.get("/bureaus/市教育局")
    leads, joins = page.partition("牵头的")[2].split("配合的")
    assert "休学创业保留学籍" in leads
    assert "休学创业保留学籍" not in joins
    assert "柳州市教育局" in page
    assert "文件没有写电话和地址" in page
    assert "电话：" not in page
    assert other_name.status_code == 301
    assert other_name.headers["location"] == f"/bureaus/{quote(name)}"
    office = Bureau(name, ("市教育局",), telephone="0000", source="某网页", verified="2026-01-01")
    with_office = replace(
        base.knowledge, bureaus={**base.knowledge.bureaus, name: office}, version="office"
    )
    async with reader(base, knowledge=with_office) as http:
        page = text_of((await http.get(f"/bureaus/{name}")).text)
    assert "电话：0000" in page
    assert "2026-01-01" in page
    assert "文件没有写电话和地址" not in page


def closed(knowledge: Knowledge) -> Knowledge:
    """Return the knowledge with its policy expired."""
    policies = {
        p.id: replace(p, valid_until=date(2020, 12, 31), status=PolicyStatus.IN_FORCE)
        for p in knowledge.policies.values()
    }
    return replace(knowledge, policies=policies, version="closed")


async def test_a_policy_that_ended_is_marked_on_every_page(base: KnowledgeBase) -> None:
    over = closed(base.knowledge)
    async with reader(base, knowledge=over) as http:
        for path in (f"/supports/{LOAN}", f"/supports/{LOAN}/poster", "/supports"):
            page = text_of((await http.get(path)).text)
            assert "已经到期" in page
            assert "创业担保贷款（已到期）" in page
        for path in (f"/policies/{over.supports[LOAN].policy}", "/bureaus/教育局"):
            assert "已经到期" in text_of((await http.get(path)).text), path
        ended = text_of((await http.get("/supports?status=closed")).text)
        running = text_of((await http.get("/supports?status=open")).text)
    assert f"共 {len(over.supports)} 项" in ended
    assert "没有符合的" in running


@pytest.mark.parametrize(
    ("query", "has", "lacks"),
    [
        ("who=student&need=funding", ["创业担保贷款"], ["农民工创业担保贷款"]),
        ("need=tax", ["大学科技园税收优惠"], ["休学创业保留学籍"]),
        ("bureau=教育局&need=school", ["休学创业保留学籍"], ["创业担保贷款"]),
        ("bureau=金融办", ["创业担保贷款"], ["休学创业保留学籍", "农民工创业担保贷款"]),
        ("q=贷款", ["创业担保贷款"], ["休学创业保留学籍", "有点像的"]),
        ("q=今天天气&who=&need=", ["没有正好写“今天天气”"], []),
    ],
)
async def test_filters_choose(
    base: KnowledgeBase, query: str, has: Sequence[str], lacks: Sequence[str]
) -> None:
    async with reader(base) as http:
        page = (await http.get(f"/supports?{query}")).text
    rows = "".join(re.findall(r'<ul class="rows">.*?</ul>|role="status".*?</p>', page, re.S))
    assert HtmlCheck(page).faults == []
    for part in has:
        assert part in rows
    for part in lacks:
        assert part not in rows
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("休学", "休学创业保留学籍"),
        ("xiuxue", "休学创业保留学籍"),
        ("daikuan", "创业担保贷款"),
        ("借钱", "创业担保贷款"),
        ("创业大", "创业大学免费辅导培训"),
    ],
)
async def test_what_is_typed_suggests_supports_by_title_word_and_pinyin(
    base: KnowledgeBase, typed: str, first: str
) -> None:
    async with reader(base) as http:
        response = await http.get("/supports-suggest", params={"q": typed})
    found = response.json()["supports"]
    assert found[0]["title"] == first
    assert base.knowledge.supports[found[0]["id"]].title == first
    assert len(found) <= MAX_TYPED
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("typed", ["", "  ", "今天天气", "\x00", "<script>", "zzzz"])
async def test_what_means_no_support_suggests_nothing(base: KnowledgeBase, typed: str) -> None:
    async with reader(base) as http:
        response = await http.get("/supports-suggest", params={"q": typed})
    assert (response.status_code, response.json()) == (200, {"supports": []})


async def test_the_form_shows_what_is_chosen(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        page = (await http.get("/supports?who=student&need=school&q=学籍")).text
    assert re.findall(r'<option value="(\w+)" selected>', page) == ["student", "school"]
    assert 'name="q" value="学籍"' in page
    assert '<option value="休学创业保留学籍">' in page


NONSENSE = (
    "page=abc&page=1e3",
    "who=nobody&need=%00&bureau=<script>&paper=../../etc&status=x&page=-1",
    "page=999999999999999999999&who=student&who=graduate",
    "page=٣&q=%ff%fe%00",
    "q=" + "长" * 3000,
    'q="><script>alert(1)</script>',
    "q=%F0%9F%8D%9C&unknown=1&page=",
    "&&&=;==%",
)


@pytest.mark.parametrize("query", NONSENSE, ids=range(len(NONSENSE)))
async def test_nonsense_in_a_query_is_harmless(base: KnowledgeBase, query: str) -> None:
    async with reader(base) as http:
        response = await http.get(f"/supports?{query}")
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert HtmlCheck(response.text).faults == []
    assert is_small(response.text)


@pytest.mark.parametrize(
    "path",
    [
        "/supports/nothing",
        "/supports/nothing/poster",
        "/policies/nothing",
        "/bureaus/没有这个局",
        "/supports/%00",
        "/supports/" + "a" * 3000,
        "/bureaus/%E7%A7",
    ],
    ids=lambda path: path[:24],
)
async def test_what_does_not_exist_gets_a_friendly_404(base: KnowledgeBase, path: str) -> None:
    async with reader(base) as http:
        response = await http.get(path)
    assert response.status_code == 404
    assert "点“所有扶持”找找看" in response.text
    assert 'href="/supports"' in response.text
    assert "etag" not in response.headers


async def test_a_value_that_the_knowledge_does_not_have_limits_nothing(
    base: KnowledgeBase,
) -> None:
    names = ("who", "need", "bureau", "paper", "status")
    async with reader(base) as http:
        every = await http.get("/supports")
        for name in names:
            assert (await http.get("/supports", params={name: "x"})).text == every.text


async def test_a_page_that_the_browser_has_is_not_sent_again(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        for path in ("/supports", f"/supports/{LOAN}", f"/supports/{LOAN}/poster"):
            first = await http.get(path)
            etag = first.headers["etag"]
            assert "max-age=" in first.headers["cache-control"]
            assert first.headers["vary"] == "Accept-Encoding"
            for tags in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
                again = await http.get(path, headers={"If-None-Match": tags})
                assert (again.status_code, again.content) == (304, b"")
                assert again.headers["etag"] == etag
            other = await http.get(path, headers={"If-None-Match": '"x"'})
            assert other.status_code == 200
            plain = await http.get(path, headers={"Accept-Encoding": "identity"})
            assert "content-encoding" not in plain.headers
            assert plain.text == first.text
    changed = replace(base.knowledge, version="another")
    async with reader(base, knowledge=closed(changed)) as http:
        moved = await http.get(f"/supports/{LOAN}", headers={"If-None-Match": etag})
        assert moved.status_code == 200


async def test_a_warm_page_costs_little(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        for path in ("/supports", f"/supports/{LOAN}", "/policies/liuzhou-2016-makerspace"):
            await http.get(path)
            start = time.process_time()
            for _ in range(20):
                await http.get(path)
            # The client of the test takes half of it.
            assert (time.process_time() - start) / 20 < 2 * WARM_SECONDS


async def test_a_page_is_rendered_once_and_the_cache_is_bounded() -> None:
    cache = PageCache(PageQueue(small_knowledge))
    rendered: list[int] = []

    async def ask(key: int) -> None:
        def render() -> str:
            rendered.append(key)
            return str(key)

        await cache.response(Request({"type": "http", "headers": []}), key, render)

    await asyncio.gather(*(ask(0) for _ in range(5)))
    assert rendered == [0]
    for key in range(1, MAX_PAGES):
        await ask(key)
    await ask(0)  # the one used last stays
    await ask(MAX_PAGES)
    await ask(0)
    assert rendered == [*range(MAX_PAGES + 1)]
    await ask(1)
    assert rendered[-1] == 1


async def test_pages_count_against_the_read_limit(base: KnowledgeBase) -> None:
    settings = WebSettings(address_reads_per_minute=5, refusal_seconds=0.0)
    async with reader(base, settings) as http:
        statuses = [(await http.get("/supports")).status_code for _ in range(8)]
    assert 200 in statuses
    assert statuses[-1] == 429


async def test_addresses_in_pages_are_those_of_the_setting_only(base: KnowledgeBase) -> None:
    local = replace(PUBLIC, public_url="")
    async with reader(base) as http:
        page = (await http.get(f"/supports/{LOAN}", headers={"Host": "evil.example"})).text
        poster = (await http.get(f"/supports/{LOAN}/poster")).text
    assert f'<link rel="canonical" href="https://guide.example.org/supports/{LOAN}">' in page
    assert "evil.example" not in page
    assert "<svg" in poster
    assert f"https://guide.example.org/supports/{LOAN}" in text_of(poster)
    async with reader(base, local) as http:
        page = (await http.get(f"/supports/{LOAN}", headers={"Host": "evil.example"})).text
        foreign = (await http.get(f"/supports/{LOAN}/poster", headers={"Host": "a.example"})).text
        near = (await http.get(f"/supports/{LOAN}/poster")).text
    assert "canonical" not in page
    assert "<svg" not in foreign
    assert "a.example" not in foreign
    assert "还没有设置公开网址" in foreign
    assert f"http://here.local/supports/{LOAN}" in near

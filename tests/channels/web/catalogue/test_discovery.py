"""What search engines, phones, shared links and programs find."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from defusedxml import ElementTree

from bot.core.dialogue.manager import KnowledgeBase
from tests.channels.web.catalogue.library import PUBLIC, reader

ORIGIN = PUBLIC.public_url
LOCAL = replace(PUBLIC, public_url="")
PLACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def metas(page: str) -> dict[str, str]:
    """Return the `meta` elements with a name or a property."""
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


async def test_the_sitemap_lists_every_page_once_and_each_is_its_own_canonical(
    base: KnowledgeBase,
) -> None:
    async with reader(base) as http:
        response = await http.get("/sitemap.xml")
        assert response.headers["content-type"] == "application/xml"
        places = [str(place.text) for place in ElementTree.fromstring(response.text).iter(PLACE)]
        assert len(places) == len(set(places))
        knowledge = base.knowledge
        count = len(knowledge.supports) + len(knowledge.policies) + len(knowledge.bureaus)
        assert len(places) == count + 2
        for place in places:
            page = await http.get(place.removeprefix(ORIGIN))
            assert page.status_code == 200
            assert f'<link rel="canonical" href="{place}">' in page.text
            assert "noindex" not in page.text
            assert metas(page.text)["og:url"] == place


async def test_robots_may_read_pages_and_not_every_combination_of_filters(
    base: KnowledgeBase,
) -> None:
    async with reader(base) as http:
        robots = (await http.get("/robots.txt")).text
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in robots
    assert "Disallow: /supports?\n" in robots
    assert "Allow: /supports?page=\n" in robots
    assert "Disallow: /\n" not in robots


async def test_without_an_address_there_is_no_sitemap_and_no_foreign_name(
    base: KnowledgeBase,
) -> None:
    foreign = {"Host": "evil.example"}
    async with reader(base, LOCAL) as http:
        sitemap = await http.get("/sitemap.xml", headers=foreign)
        robots = (await http.get("/robots.txt", headers=foreign)).text
        llms = (await http.get("/llms.txt", headers=foreign)).text
        near = await http.get("/sitemap.xml", headers={"Host": "192.168.1.5:8080"})
    assert sitemap.status_code == 404
    assert "public_url" in sitemap.text
    assert "evil" not in robots + llms
    assert "Sitemap" not in robots
    assert "<loc>http://192.168.1.5:8080/supports</loc>" in near.text


async def test_titles_and_descriptions_are_different_and_shared_links_have_a_picture(
    base: KnowledgeBase,
) -> None:
    paths = [f"/supports/{s}" for s in base.knowledge.supports]
    seen: dict[str, str] = {}
    async with reader(base) as http:
        for path in ["/", "/supports", *paths]:
            page = (await http.get(path)).text
            title = re.findall("<title>(.*?)</title>", page)[0]
            about = metas(page)
            assert title not in seen, (path, seen.get(title))
            seen[title] = path
            assert len(about["description"]) >= 10
            assert about["og:title"] in unescape(title)
            picture = about["og:image"]
            assert picture.startswith(f"{ORIGIN}/static/")
        file = await http.get(picture.removeprefix(ORIGIN))
    assert file.headers["content-type"] == "image/png"
    sides = struct.unpack(">II", file.content[16:24])
    assert [about["og:image:width"], about["og:image:height"]] == list(map(str, sides))


def structured(page: str) -> dict[str, Any]:
    """Return the JSON-LD of a page."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    data: dict[str, Any] = json.loads(found)
    return data


async def test_search_engines_get_what_the_knowledge_states_and_nothing_else(
    base: KnowledgeBase,
) -> None:
    name = "leave-and-keep-enrolment"
    async with reader(base) as http:
        service = structured((await http.get(f"/supports/{name}")).text)
        law = structured((await http.get("/policies/liuzhou-2016-makerspace")).text)
    support = base.knowledge.supports[name]
    assert service == {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "name": support.title,
        "description": support.summary,
        "areaServed": {"@type": "City", "name": "柳州市"},
        "termsOfService": base.knowledge.policies[support.policy].source,
        "serviceOperator": {"@type": "GovernmentOrganization", "name": "柳州市教育局"},
        "audience": {"@type": "Audience", "audienceType": "在校大学生"},
        "url": f"{ORIGIN}/supports/{name}",
    }
    assert law["@type"] == "Legislation"
    assert law["datePublished"] == "2016-02-05"
    assert "legislationIdentifier" not in law  # the paper states no number


async def test_structured_data_cannot_end_its_element(base: KnowledgeBase) -> None:
    hostile = "</script><script>alert(1)</script>"
    name = "leave-and-keep-enrolment"
    support = replace(base.knowledge.supports[name], title=hostile, summary=hostile)
    supports = {**base.knowledge.supports, name: support}
    changed = replace(base.knowledge, supports=supports, version="hostile")
    async with reader(base, knowledge=changed) as http:
        for path in (f"/supports/{name}", "/supports", f"/supports/{name}/poster"):
            assert "<script>alert" not in (await http.get(path)).text
        page = (await http.get(f"/supports/{name}")).text
    assert structured(page)["name"] == hostile


async def test_a_phone_can_add_the_page_to_its_home_screen(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        page = (await http.get("/")).text
        assert '<link rel="manifest" href="/manifest.webmanifest">' in page
        touch = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)"', page)[0]
        assert (await http.get(touch)).headers["content-type"] == "image/png"
        response = await http.get("/manifest.webmanifest")
        assert response.headers["content-type"] == "application/manifest+json"
        manifest = response.json()
        for icon in manifest["icons"]:
            file = await http.get(icon["src"])
            width, height = struct.unpack(">II", file.content[16:24])
            assert icon["sizes"] == f"{width}x{height}"
        for path in (manifest["start_url"], manifest["shortcuts"][0]["url"]):
            assert (await http.get(path)).status_code == 200
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert "maskable" in manifest["icons"][-1]["purpose"]
    assert manifest["short_name"] == base.knowledge.locality.product


async def test_language_models_get_the_pages_and_how_to_quote(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        text = (await http.get("/llms.txt")).text
        links = re.findall(r"\]\((.*?)\)", text)
        for link in links:
            assert (await http.get(link.removeprefix(ORIGIN))).status_code == 200, link
    assert text.startswith("# ")
    assert "⚠" in text
    assert len([x for x in links if "/supports/" in unquote(x)]) == len(base.knowledge.supports)


@pytest.mark.parametrize(
    "path", ["/robots.txt", "/sitemap.xml", "/manifest.webmanifest", "/llms.txt"]
)
async def test_the_files_can_be_cached(base: KnowledgeBase, path: str) -> None:
    async with reader(base) as http:
        first = await http.get(path)
        again = await http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert first.status_code == 200
    assert again.status_code == 304

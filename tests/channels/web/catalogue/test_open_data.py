"""The supports as open data: JSON and CSV say the same as the knowledge."""

from __future__ import annotations

import csv
import io

from bot.core.dialogue.manager import KnowledgeBase
from tests.channels.web.catalogue.library import PUBLIC, reader

DATA = "/api/v1/supports"


async def test_the_json_has_every_support_with_quote_conditions_and_warning(
    base: KnowledgeBase,
) -> None:
    knowledge = base.knowledge
    async with reader(base) as http:
        response = await http.get(DATA)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    data = response.json()
    assert data["knowledge"] == knowledge.version
    assert [each["id"] for each in data["supports"]] == list(knowledge.supports)
    for each in data["supports"]:
        support = knowledge.supports[each["id"]]
        assert each["quote"] == support.quote
        assert each["unstated"] == list(support.unstated)
        assert each["amount"] == (support.amount or None)
        assert each["url"] == f"{PUBLIC.public_url}/supports/{support.id}"
        assert each["notice"].startswith("⚠")
        for given, condition in zip(each["conditions"], support.conditions, strict=True):
            assert given["basis"] == condition.basis.value
            assert set(given["allowed"]) <= set(data["slots"][condition.slot]["choices"])
        assert [rule["says"] for rule in each["later_rules"]] == [u.say for u in support.updates]
    (policy,) = data["policies"]
    assert policy["issued"] == "2016-02-05"
    assert policy["status"] == "unverified"
    assert policy["doc_no"] is None


async def test_the_table_opens_in_excel_and_has_the_same_rows(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        table = await http.get(f"{DATA}.csv")
        same = await http.get(DATA, params={"format": "csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert same.content == table.content
    assert "supports.csv" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [row["编号"] for row in rows] == list(base.knowledge.supports)
    for row in rows:
        assert row["原文"] == base.knowledge.supports[row["编号"]].quote
        assert row["印发日期"] == "2016-02-05"
        assert "⚠" in row["提醒"]


async def test_unchanged_data_is_not_sent_again(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        for path in (DATA, f"{DATA}.csv"):
            first = await http.get(path)
            etag = {"If-None-Match": first.headers["etag"]}
            again = await http.get(path, headers=etag)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["access-control-allow-origin"] == "*"


async def test_another_format_is_refused_in_words(base: KnowledgeBase) -> None:
    async with reader(base) as http:
        refused = await http.get(DATA, params={"format": "xml"})
    assert refused.status_code == 422
    assert refused.json() == {"error": "format 只能是 json 或 csv。"}

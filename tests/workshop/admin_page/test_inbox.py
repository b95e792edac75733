"""What was not answered well is listed on the page, and its forms write into the draft."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.content.readers.loader import load, scenarios
from bot.core.dialogue.manager import KnowledgeBase
from bot.core.domain.inbox import EntryKind, InboxEntry
from bot.errors import StoreError
from bot.service.inbox_port import StoredEntry
from bot.service.version_history import Files
from bot.workshop.admin_page.dependencies import InboxAccess
from bot.workshop.admin_page.unanswered import PAGE_GROUPS
from bot.workshop.drafts import is_draft
from bot.workshop.effects.answers import Answer, Kind
from bot.workshop.folder import read_files
from bot.workshop.inbox.ignoring import Ignoring
from tests.content.sample_folder import SYNONYMS, TOPICS, VENUE
from tests.content.sample_knowledge import playable
from tests.workshop.admin_page.office import PASSWORD, Clerk, KeptInbox, Office, no_answer

ASKED, ALSO = "摆个地摊想租个棚子要花多少", "摆个地摊想租个棚子要花多少钱呀"
MARS = "火星上怎么种土豆"
GRANT = "venue-grant"
ADDITIONS = "scenarios/additions.yaml"
IGNORING = Ignoring(b"k" * 32)


class Desk:
    """An office with an inbox."""

    def __init__(self, home: Path, base: KnowledgeBase) -> None:
        playable(home / "knowledge")
        self.inbox = KeptInbox()
        self.answer = Answer(Kind.ANSWERED, (GRANT,))
        self.tried: list[str] = []
        access = InboxAccess(self.inbox, lambda: base, IGNORING, 90, self._answer)
        more = {"inbox": access, "knowledge": lambda: base.knowledge}
        self.office = Office(home, more=more)
        self.office.accounts.set_password("admin", PASSWORD)
        self.live = read_files(self.office.desk.folder)

    def ask(self, text: str, times: int = 1, *, days: int = 0, **more: str) -> None:
        """Put a question into the inbox."""
        entry = InboxEntry(EntryKind(more.get("kind", "unknown")), text, more.get("subject", ""))
        at = self.office.now - timedelta(days=days)
        self.inbox.stored += [
            StoredEntry(entry, more.get("channel", "web"), at, n) for n in range(times)
        ]

    @property
    def draft(self) -> Path:
        return self.office.desk.draft

    def written(self) -> Files:
        """Return the files of the draft that differ from what is live."""
        assert read_files(self.office.desk.folder) == self.live
        found = read_files(self.draft)
        return {name: data for name, data in found.items() if data != self.live.get(name)}

    def untouched(self) -> bool:
        """Return whether nothing was written and no draft was made."""
        return not is_draft(self.draft) and read_files(self.office.desk.folder) == self.live

    def _answer(self, text: str, folder: Path) -> Answer:
        self.tried.append(load(folder).version)
        return self.answer


@pytest.fixture
def desk(tmp_path: Path, base: KnowledgeBase) -> Desk:
    """Return an office with one question."""
    made = Desk(tmp_path, base)
    made.ask(ASKED, 2)
    return made


async def act(clerk: Clerk, form_of: str, **fields: str) -> httpx.Response:
    """Fill in a form of the first group, as the page shows it."""
    page = (await clerk.get("/inbox")).text
    form = page[page.index(f'name="what" value="{form_of}"') :]
    shown = dict(re.findall(r'name="(key|text)" value="([^"]*)"', form[: form.index("</form>")]))
    chosen = re.search(r'<option value="([^"]+)" selected>', form[: form.index("</form>")])
    name = {"name": chosen[1]} if chosen else {}
    return await clerk.post("/inbox", {**name, **shown, "what": form_of, **fields})


async def test_nothing_is_shown_or_done_without_sign_in(desk: Desk) -> None:
    clerk = desk.office.clerk()
    for response in (await clerk.get("/inbox"), await clerk.post("/inbox", {"what": "ignore"})):
        assert response.status_code == 303
        assert response.headers["location"] == "/admin/sign-in"
        assert ASKED not in response.text
    assert desk.inbox.hashes == {}


async def test_a_form_needs_its_token_and_our_own_page(desk: Desk) -> None:
    clerk = await desk.office.signed_in()
    await clerk.get("/inbox")
    fields = {"what": "ignore", "key": IGNORING.key_of(desk.inbox.stored[0].entry)}
    foreign = await clerk.post("/inbox", fields, {"Origin": "https://evil.example"})
    without = await clerk.post("/inbox", {**fields, "token": "x"})
    assert (foreign.status_code, without.status_code) == (403, 403)
    assert desk.inbox.hashes == {}
    assert (await clerk.post("/inbox", fields)).status_code == 303
    assert desk.inbox.hashes


async def test_groups_are_listed_the_most_frequent_first(desk: Desk) -> None:
    desk.ask(MARS, 3, days=2, channel="wechat")
    desk.ask(ALSO, days=1)
    desk.ask(f"<b>{ASKED}<b>〔姓名〕", kind="unhelpful", subject=GRANT)
    desk.ask("太久以前的事", days=91)
    clerk = await desk.office.signed_in()
    page = (await clerk.get("/inbox")).text
    assert 0 < page.index(f"“{ASKED}”") < page.index(f"“{MARS}”")
    assert "3 次，2 人" in page
    assert "2026-11-29 到 2026-11-30" in page
    assert "微信 3" in page
    assert ALSO in page
    assert "点了没用" in page
    assert "<b>" not in page
    assert "〔姓名〕" in page
    assert f'value="&lt;b&gt;{ASKED}&lt;b&gt;"' in page
    assert "太久以前" not in page
    assert not is_draft(desk.draft)


async def test_a_page_has_a_bounded_number_of_groups(desk: Desk) -> None:
    votes = PAGE_GROUPS + 1
    for n in range(votes):
        desk.ask("", kind="unhelpful", subject=f"support-{n}")
    clerk = await desk.office.signed_in()
    first = (await clerk.get("/inbox")).text
    assert first.count("不用管它") == PAGE_GROUPS
    assert "?page=2" in first
    assert first.count('name="what" value="sample"') == 1  # votes without a question have none
    last = (await clerk.get("/inbox?page=99")).text
    assert last.count("不用管它") == votes + 1 - PAGE_GROUPS
    for odd in ("0", "-1", "x", "９", "1" * 9):
        assert (await clerk.get(f"/inbox?page={odd}")).text.count("不用管它") == PAGE_GROUPS


async def test_a_sample_is_written_with_its_scenario(desk: Desk) -> None:
    desk.ask(MARS)
    clerk = await desk.office.signed_in()
    assert "已经加进草稿" not in (await clerk.get("/inbox")).text
    response = await act(clerk, "sample", name=GRANT)
    assert response.status_code == 200, response.text
    assert set(desk.written()) == {VENUE, ADDITIONS}
    assert load(desk.draft).supports[GRANT].questions[-1] == ASKED
    assert ASKED in {scenario.talk[0].say for scenario in scenarios(desk.draft)}
    line = desk.written()[VENUE].decode().splitlines().index(f"  - {ASKED}") + 1
    assert f"{VENUE} 第 {line} 行" in response.text
    assert f'href="/admin/files/{VENUE}?line={line}"' in response.text
    assert f"+  - {ASKED}" in response.text
    assert 'href="/admin/changes"' in response.text
    noted = desk.office.audit()[-1]
    assert (noted["action"], noted["what"], noted["user"]) == ("inbox", "sample", "admin")
    assert noted["files"] == f"{VENUE}, {ADDITIONS}"
    assert ASKED not in str(desk.office.audit())
    page = (await clerk.get("/inbox")).text
    assert page.count("已经加进草稿") == 1
    before = desk.written()
    assert "已经有了" in (await act(clerk, "sample", name=GRANT)).text
    assert desk.written() == before


async def test_the_most_similar_support_is_chosen_already(desk: Desk) -> None:
    known = load(desk.office.desk.folder).supports[GRANT].questions[0]
    desk.ask(known, 5, kind="unhelpful", subject=GRANT)
    clerk = await desk.office.signed_in()
    page = (await clerk.get("/inbox")).text
    assert page.index(known) < page.index(f'<option value="{GRANT}" selected>') < page.index(ASKED)


async def test_every_way_of_asking_is_added(desk: Desk) -> None:
    desk.ask(ALSO)
    clerk = await desk.office.signed_in()
    await act(clerk, "sample", name=GRANT, text="地摊的棚子要多少租金", each="on")
    assert load(desk.draft).supports[GRANT].questions[-2:] == ("地摊的棚子要多少租金", ALSO)


async def test_a_topic_sample_is_written(desk: Desk) -> None:
    topic = next(iter(load(desk.office.desk.folder).signposts))
    clerk = await desk.office.signed_in()
    response = await act(clerk, "topic", name=topic)
    assert response.status_code == 200, response.text
    assert set(desk.written()) == {TOPICS, ADDITIONS}
    assert load(desk.draft).signposts[topic].questions[-1] == ASKED


async def test_a_synonym_is_tried_and_written_into_the_draft(desk: Desk) -> None:
    knowledge = load(desk.office.desk.folder)
    standard = next(iter(knowledge.synonyms))
    clerk = await desk.office.signed_in()
    response = await act(clerk, "synonym", words=f"地摊={standard}")
    assert response.status_code == 200, response.text
    assert set(desk.written()) == {SYNONYMS, ADDITIONS}
    assert "地摊" in load(desk.draft).synonyms[standard]
    [tried] = desk.tried
    assert tried != knowledge.version


async def test_what_is_ignored_is_not_listed_again(desk: Desk) -> None:
    clerk = await desk.office.signed_in()
    response = await act(clerk, "ignore")
    assert response.headers["location"] == "/admin/inbox?done=ignored"
    page = (await clerk.get("/inbox?done=ignored")).text
    assert "这一组不再列出" in page
    assert "没有没答好的问题" in page
    assert ASKED not in page
    assert desk.untouched()
    assert desk.office.audit()[-1]["what"] == "ignore"


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("sample", {"name": "venue-grnt"}, "是不是想写“venue-grant”"),
        ("sample", {"name": "../../x"}, "没有"),
        ("sample", {"name": ""}, "请选"),
        ("sample", {"name": GRANT, "text": " "}, "请写上"),
        ("sample", {"name": GRANT, "text": "〔号码〕"}, "没有问题原文"),
        ("sample", {"name": GRANT, "text": "长" * 201}, "太长"),
        ("topic", {"name": GRANT}, "没有这个文件不管的事"),
        ("synonym", {"words": "地摊=火星"}, "都不是标准词"),
        ("synonym", {"words": "地摊"}, "写成 说法=标准词"),
        ("synonym", {"words": ""}, "请写上"),
        ("sample", {"what": "drop", "name": GRANT}, "没有看懂"),
        ("ignore", {"key": "x"}, "已经没有了"),
    ],
    ids=str,
)
async def test_what_cannot_be_done_writes_nothing(
    desk: Desk, what: str, fields: dict[str, str], said: str
) -> None:
    clerk = await desk.office.signed_in()
    response = await act(clerk, what, **fields)
    assert 400 <= response.status_code < 500
    assert said in response.text
    assert desk.untouched()
    assert desk.inbox.hashes == {}


async def test_a_synonym_that_does_not_help_is_not_written(desk: Desk) -> None:
    desk.answer = no_answer("", Path())
    standard = next(iter(load(desk.office.desk.folder).synonyms))
    clerk = await desk.office.signed_in()
    response = await act(clerk, "synonym", words=f"地摊={standard}")
    assert "还是答不上来" in response.text
    assert desk.untouched()


async def test_a_store_that_fails_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise StoreError("gone")

    clerk = await desk.office.signed_in()
    await clerk.get("/inbox")
    monkeypatch.setattr(desk.inbox, "ignore", failing)
    assert "存不了" in (await act(clerk, "ignore")).text
    monkeypatch.setattr(desk.inbox, "entries", failing)
    response = await clerk.get("/inbox")
    assert response.status_code == 503
    assert "过一会儿再试" in response.text

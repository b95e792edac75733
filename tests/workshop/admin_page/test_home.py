"""The first page: what the last change did, what was not taken over, what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.workshop.effects.last_reload import EffectsSummary
from bot.workshop.status import Due, Status
from tests.workshop.admin_page.office import Office, status

FINE = "没有问题要处理"
EFFECTS = EffectsSummary("v0", "v1", 1234, {"regressions": 0}, "现在答得上来 2 句")


async def page(office: Office, change: Callable[[Status], Status]) -> str:
    """Return the first page over a changed state."""

    async def changed() -> Status:
        return change(await status(office.desk))

    office.more = {"status": changed}
    clerk = await office.signed_in()
    return (await clerk.get()).text


async def test_nothing_is_to_do_where_nothing_is_listed(office: Office) -> None:
    assert FINE in await page(office, lambda found: found)


async def test_the_effects_of_the_last_change_are_shown(office: Office) -> None:
    shown = await page(office, lambda found: replace(found, effects=EFFECTS))
    assert "问了 1234 句：现在答得上来 2 句<" in shown
    assert FINE in shown
    worse = replace(EFFECTS, counts={"regressions": 3}, text="变成答不上来 3 句")
    shown = await page(office, lambda found: replace(found, effects=worse))
    assert '<dd class="bad">问了 1234 句：变成答不上来 3 句；变坏 3 处<' in shown
    assert FINE not in shown


async def test_files_that_did_not_go_live_are_named(office: Office) -> None:
    folder = office.home / "data" / "rescued" / "1"
    shown = await page(office, lambda found: replace(found, rescued=(folder,)))
    assert f"<code>{folder}</code>" in shown
    assert FINE not in shown


async def test_what_is_due_is_something_to_do(office: Office) -> None:
    due = (Due("bureaus.yaml", "教育局", "该复查了"),)
    shown = await page(office, lambda found: replace(found, due=due))
    assert "教育局" in shown
    assert FINE not in shown

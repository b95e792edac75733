"""The contract of the daily counts, tested over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from bot.service.count_port import CountKey, CountKind, DailyCount
from bot.service.ports import Store
from tests.echo_dialogue import NOW, echo_step, message

DAY, NEXT = "2026-11-22", "2026-11-23"
MESSAGE: CountKey = (DAY, "web", CountKind.MESSAGE, "")


async def test_counts_are_added_up_and_read_from_a_day_on(store: Store) -> None:
    support: CountKey = (NEXT, "wechat", CountKind.SUPPORT, "leave")
    await store.add_counts({MESSAGE: 2, support: 1})
    await store.add_counts({MESSAGE: 3})
    await store.add_counts({})
    assert await store.daily_counts(DAY) == [
        DailyCount(*MESSAGE, 5),
        DailyCount(*support, 1),
    ]
    assert await store.daily_counts(NEXT) == [DailyCount(*support, 1)]


async def test_sums_of_a_period_are_those_of_all_channels_without_its_end(store: Store) -> None:
    telegram: CountKey = (NEXT, "telegram", CountKind.MESSAGE, "")
    later: CountKey = ("2026-11-24", "web", CountKind.MESSAGE, "")
    leave: CountKey = (DAY, "web", CountKind.SUPPORT, "leave")
    await store.add_counts({MESSAGE: 2, telegram: 3, later: 50, leave: 4})
    both = {(CountKind.MESSAGE, ""): 5, (CountKind.SUPPORT, "leave"): 4}
    assert await store.count_sums(DAY, "2026-11-24") == both
    assert await store.count_sums(NEXT, "2026-11-24") == {(CountKind.MESSAGE, ""): 3}
    assert await store.count_sums("2027-01-01", "2027-02-01") == {}


async def test_many_and_odd_keys_are_stored(store: Store) -> None:
    counts: dict[CountKey, int] = {
        (DAY, "web", CountKind.SUPPORT, f"support-{n}"): n + 1 for n in range(120)
    }
    counts[DAY, "web", CountKind.SUPPORT, "a\x00b\ud800'; --"] = 7
    await store.add_counts(counts)
    found = await store.daily_counts(DAY)
    assert sum(each.count for each in found) == sum(counts.values())
    assert {each.key for each in found} == {key for *_, key in counts}


async def test_people_are_counted_once_a_day_and_stay_counted(store: Store) -> None:
    early = timedelta(hours=-30)
    await store.apply([message("web:old", "1", at=NOW + early)], echo_step)
    for conv in ("web:a", "web:b", "telegram:1"):
        await store.apply([message(conv, "1")], echo_step)
        await store.apply([message(conv, "2")], echo_step)
    began = NOW - timedelta(hours=1)
    expected = [
        DailyCount(DAY, "telegram", CountKind.PEOPLE, "", 1),
        DailyCount(DAY, "web", CountKind.PEOPLE, "", 2),
    ]
    for _ in range(2):
        await store.count_people(DAY, began)
        assert await store.daily_counts(DAY) == expected
    await store.forget("web:a")
    await store.count_people(DAY, began)
    assert await store.daily_counts(DAY) == expected

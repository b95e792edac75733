"""The filters of the catalogue: read a query, and choose the supports that it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from bot.channels.web.http.request_parsing import clean
from bot.core.domain.knowledge import IDENTITY, NEEDS, Clause, Knowledge, Support, SupportKind
from bot.core.eligibility.verdicts import State, check_condition

# Characters of a search that are used.
MAX_QUERY = 60
OPEN, CLOSED = "open", "closed"
# Keys of the groups of a list.
NAMED, UNNAMED, OFFERED, GENERAL, BACKGROUND = (
    "named",
    "unnamed",
    "offered",
    "general",
    "background",
)


class Filters(NamedTuple):
    """What a query asks for; "" does not limit.

    `q`: words to search. `who`, `need`: choices of the slots of identity and needs. `bureau`: the
    name of a bureau. `paper`: a policy. `status`: OPEN or CLOSED. `page`: from 1.
    """

    q: str = ""
    who: str = ""
    need: str = ""
    bureau: str = ""
    paper: str = ""
    status: str = ""
    page: int = 1

    @property
    def limits(self) -> bool:
        """Return whether the query leaves anything out."""
        return self._replace(page=1) != Filters()

    def address(self, page: int) -> str:
        """Return the address of a page of the list."""
        values = {
            name: value for name, value in self._asdict().items() if value and name != "page"
        }
        if page > 1:
            values["page"] = str(page)
        return f"/supports?{urlencode(values)}" if values else "/supports"


class Listed(NamedTuple):
    """A support of a list, and the key of its group; "" if the list has no groups."""

    support: Support
    group: str = ""


def read_filters(query: Mapping[str, str], knowledge: Knowledge) -> Filters:
    """Return the filters of a query. A value that the knowledge does not have is left out."""

    def known(name: str, values: Iterable[str]) -> str:
        given = query.get(name, "")
        return given if given in set(values) else ""

    return Filters(
        q=" ".join(clean(query.get("q", ""), MAX_QUERY).split()),
        who=known("who", choices(knowledge, IDENTITY)),
        need=known("need", choices(knowledge, NEEDS)),
        bureau=known("bureau", knowledge.bureaus),
        paper=known("paper", knowledge.policies),
        status=known("status", (OPEN, CLOSED)),
        page=page_number(query),
    )


def page_number(query: Mapping[str, str]) -> int:
    """Return the number of the page that a query asks for, from 1 to 999."""
    page = query.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 3 else 1
    return max(number, 1)


def choices(knowledge: Knowledge, slot: str) -> dict[str, str]:
    """Return the choices of a slot: id → label."""
    found = knowledge.slots.get(slot)
    return {choice.id: choice.label for choice in found.choices} if found else {}


def listed(
    knowledge: Knowledge, filters: Filters, found: Sequence[str] | None, today: date
) -> list[Listed]:
    """Return the supports that pass the filters, in groups. `found`: the supports of a search,
    best first, None without a search; they keep their order and have no groups."""
    supports = knowledge.supports
    searched = list(supports.values()) if found is None else [supports[s] for s in found]
    grouped = [
        Listed(support, group)
        for support in searched
        if _passes(knowledge, filters, support, today)
        and (group := _group(knowledge, filters.who, support))
    ]
    if found is not None:
        return [Listed(each.support) for each in grouped]
    order = (NAMED, UNNAMED, OFFERED, GENERAL, BACKGROUND)
    return sorted(grouped, key=lambda each: order.index(each.group))


def bureaus_of(knowledge: Knowledge, clause: Clause) -> tuple[str, ...]:
    """Return the names of the bureaus of a clause, the lead bureau first; if it names none, those
    that lead the whole policy."""
    printed = clause.bureaus
    if not printed:
        lead = knowledge.clauses.get(knowledge.policies[clause.policy].lead_clause)
        printed = lead.bureaus if lead else ()
    found = (knowledge.bureau(name) for name in printed)
    return tuple(dict.fromkeys(bureau.name for bureau in found if bureau))


def _passes(knowledge: Knowledge, filters: Filters, support: Support, today: date) -> bool:
    if filters.need and filters.need not in support.needs:
        return False
    if filters.paper and filters.paper != support.policy:
        return False
    if filters.bureau:
        names = bureaus_of(knowledge, knowledge.clauses[support.clause])
        if filters.bureau not in names:
            return False
    if filters.status:
        closed = knowledge.closure(support, today) is not None
        return closed == (filters.status == CLOSED)
    return True


def _group(knowledge: Knowledge, who: str, support: Support) -> str:
    """Return the group of a support; "" if the paper excludes the people of `who`."""
    if support.kind is SupportKind.BACKGROUND:
        return "" if who else BACKGROUND
    if not who:
        return GENERAL if support.general else OFFERED
    conditions = [c for c in support.conditions if c.slot == IDENTITY]
    states = {check_condition(c, {IDENTITY: (who,)}, knowledge.slots).state for c in conditions}
    if State.FAILED in states:
        return ""
    return NAMED if states <= {State.MET} else UNNAMED

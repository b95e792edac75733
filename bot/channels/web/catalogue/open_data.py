"""The supports as open data: `/api/v1/supports` as JSON, `/api/v1/supports.csv` as a table."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.catalogue.filters import bureaus_of
from bot.channels.web.catalogue.page_cache import PageCache
from bot.channels.web.dependencies import WebDependencies
from bot.core.domain.json_codec import dump
from bot.core.domain.knowledge import Condition, Knowledge, Policy, Support, Update
from bot.core.domain.phrases import phrase_id
from bot.core.responses.phrasebook import Phrasebook

# Without it, Excel reads a table as GBK.
BYTE_ORDER_MARK = "\ufeff"
_JSON, _CSV = "json", "csv"
# Pages of other sites may read the data.
OPEN_HEADERS = {"Access-Control-Allow-Origin": "*"}
_COLUMNS = {
    "id": phrase_id("data_id"),
    "title": phrase_id("data_title"),
    "summary": phrase_id("data_summary"),
    "conditions": phrase_id("data_conditions"),
    "reading": phrase_id("data_reading"),
    "amount": phrase_id("data_amount"),
    "lead_bureau": phrase_id("data_lead"),
    "bureaus": phrase_id("data_bureaus"),
    "quote": phrase_id("data_quote"),
    "policy": phrase_id("data_policy"),
    "issued": phrase_id("data_issued"),
    "place": phrase_id("data_place"),
    "unstated": phrase_id("data_unstated"),
    "later": phrase_id("data_later"),
    "notice": phrase_id("data_notice"),
    "url": phrase_id("data_url"),
}


class OpenData:
    """Hands out all supports. Addresses in the data come from the setting `public_url`."""

    def __init__(self, deps: WebDependencies, cache: PageCache) -> None:
        self._deps = deps
        self._cache = cache

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the data."""
        return [
            Route("/api/v1/supports", self.supports),
            Route("/api/v1/supports.csv", self.table),
        ]

    async def supports(self, request: Request) -> Response:
        """Handle GET /api/v1/supports[?format=json|csv]. Raises HTTPException 422 for another
        format."""
        wanted = request.query_params.get("format", _JSON)
        if wanted == _CSV:
            return await self.table(request)
        knowledge = self._deps.knowledge()
        if wanted != _JSON:
            raise HTTPException(422, knowledge.say("data_bad_format"))
        today, origin = self._deps.today(), self._deps.settings.public_url
        return await self._cache.response(
            request,
            ("json", knowledge.version, today),
            lambda: dump(records(knowledge, today, origin)),
            "application/json",
            OPEN_HEADERS,
        )

    async def table(self, request: Request) -> Response:
        """Handle GET /api/v1/supports.csv."""
        knowledge, today = self._deps.knowledge(), self._deps.today()
        origin = self._deps.settings.public_url
        return await self._cache.response(
            request,
            ("csv", knowledge.version, today),
            lambda: table(knowledge, today, origin),
            "text/csv",
            {**OPEN_HEADERS, "Content-Disposition": 'attachment; filename="supports.csv"'},
        )


def records(knowledge: Knowledge, today: date, origin: str) -> dict[str, Any]:
    """Return all policies and supports as plain values for JSON, as of a day."""
    phrases = Phrasebook(knowledge, today)
    return {
        "knowledge": knowledge.version,
        "date": today.isoformat(),
        "slots": {
            slot.id: {"name": slot.name, "choices": {c.id: c.label for c in slot.choices}}
            for slot in knowledge.slots.values()
        },
        "policies": [_policy(phrases, policy) for policy in knowledge.policies.values()],
        "supports": [_support(phrases, each, origin) for each in knowledge.supports.values()],
    }


def table(knowledge: Knowledge, today: date, origin: str) -> str:
    """Return all supports as CSV, with a byte order mark and Chinese column names."""
    phrases = Phrasebook(knowledge, today)
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.DictWriter(text, list(_COLUMNS))
    writer.writerow({column: knowledge.say_id(name) for column, name in _COLUMNS.items()})
    for support in knowledge.supports.values():
        writer.writerow(_row(phrases, support, origin))
    return text.getvalue()


def _policy(phrases: Phrasebook, policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "title": policy.title,
        "issuer": policy.issuer,
        "doc_no": policy.doc_no or None,
        "issued": policy.issued.isoformat(),
        "effective": _day(policy.effective),
        "valid_until": _day(policy.valid_until),
        "target_year": policy.target_year,
        "status": phrases.knowledge.policy_status(policy, phrases.today).value,
        "last_verified": _day(policy.last_verified),
        "source": policy.source,
        "notice": phrases.policy_summary(policy).partition("\n")[2],
    }


def _support(phrases: Phrasebook, support: Support, origin: str) -> dict[str, Any]:
    knowledge, clause = phrases.knowledge, phrases.clause(support)
    closure = knowledge.closure(support, phrases.today)
    bureaus = bureaus_of(knowledge, clause)
    return {
        "id": support.id,
        "url": _address(support, origin),
        "title": support.title,
        "summary": support.summary,
        "kind": support.kind.value,
        "general": support.general,
        "policy": support.policy,
        "clause": support.clause,
        "place": clause.place,
        "quote": support.quote,
        "conditions": [_condition(condition) for condition in support.conditions],
        "also_requires": list(support.also_requires),
        "needs": list(support.needs),
        "amount": support.amount or None,
        "steps": list(support.steps),
        "materials": list(support.materials),
        "lead_bureau": bureaus[0] if bureaus else None,
        "bureaus": list(bureaus),
        "unstated": list(support.unstated),
        "later_rules": [_later(update) for update in support.updates],
        "closed": closure.value if closure else None,
        "valid_until": _day(support.valid_until),
        "notice": phrases.validity(support),
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "slot": condition.slot,
        "allowed": list(condition.allowed),
        "perhaps": list(condition.perhaps),
        "barred": list(condition.barred),
        "anyone": condition.anyone,
        "closed": condition.closed,
        "basis": condition.basis.value,
        "quote": condition.quote or None,
    }


def _later(update: Update) -> dict[str, Any]:
    return {
        "title": update.title,
        "issuer": update.issuer,
        "dated": update.dated,
        "says": update.say,
        "confidence": update.confidence,
        "source": update.source,
        "valid_until": _day(update.valid_until),
    }


def _row(phrases: Phrasebook, support: Support, origin: str) -> dict[str, str]:
    policy, clause = phrases.policy(support), phrases.clause(support)
    written, read = phrases.conditions(support, {})
    bureaus = bureaus_of(phrases.knowledge, clause)
    return {
        "id": support.id,
        "title": phrases.title(support),
        "summary": support.summary,
        "conditions": written,
        "reading": read,
        "amount": support.amount,
        "lead_bureau": bureaus[0] if bureaus else "",
        "bureaus": "、".join(bureaus),
        "quote": support.quote,
        "policy": policy.title,
        "issued": policy.issued.isoformat(),
        "place": clause.place,
        "unstated": "；".join(support.unstated),
        "later": "；".join(f"{update.dated}《{update.title}》" for update in _distinct(support)),
        "notice": phrases.validity(support),
        "url": _address(support, origin),
    }


def _distinct(support: Support) -> list[Update]:
    """Return one statement for each later rule."""
    return list({(update.dated, update.title): update for update in support.updates}.values())


def _address(support: Support, origin: str) -> str:
    return f"{origin}/supports/{quote(support.id)}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

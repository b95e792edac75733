"""Describe supports and policies in the vocabulary of schema.org, for search engines (JSON-LD)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.channels.web.catalogue.paper_pages import PolicyPage
from bot.channels.web.catalogue.support_page import SupportPage
from bot.core.domain.knowledge import Knowledge

_CONTEXT = "https://schema.org"


def government_service(page: SupportPage, knowledge: Knowledge, origin: str) -> dict[str, Any]:
    """Return a support as a GovernmentService. Without an `origin` it has no addresses. Only what
    the knowledge states is stated."""
    names = [_present_name(knowledge, name) for name in page.bureaus]
    data: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "GovernmentService",
        "name": page.support.title,
        "description": page.support.summary,
        "areaServed": {"@type": "City", "name": knowledge.locality.city_full},
        "termsOfService": page.policy.source,
    }
    if names:
        data["serviceOperator"] = {"@type": "GovernmentOrganization", "name": names[0]}
    audience = "、".join(dict.fromkeys(c.quote for c in page.support.conditions if c.quote))
    if audience:
        data["audience"] = {"@type": "Audience", "audienceType": audience}
    if origin:
        data["url"] = f"{origin}/supports/{quote(page.support.id)}"
    return data


def legislation(page: PolicyPage, origin: str) -> dict[str, Any]:
    """Return a policy as Legislation."""
    policy = page.policy
    data: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Legislation",
        "name": policy.title,
        "legislationPassedBy": {"@type": "GovernmentOrganization", "name": policy.issuer},
        "datePublished": policy.issued.isoformat(),
        "sameAs": policy.source,
    }
    if policy.doc_no:
        data["legislationIdentifier"] = policy.doc_no
    if origin:
        data["url"] = f"{origin}/policies/{quote(policy.id)}"
    return data


def _present_name(knowledge: Knowledge, name: str) -> str:
    bureau = knowledge.bureau(name)
    return bureau.now if bureau and bureau.now else name

"""The service answers as its OpenAPI document says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.channels.web.api import openapi_document
from bot.core.dialogue.manager import KnowledgeBase
from tests.serve_process import Home, served

EXAMPLES = 40
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
]


POSTED = ("/api/v1/ask", "/api/v1/chat")
READ = ("/api/v1/supports", "/api/v1/supports.csv", "/api/v1/stats", "/api/v1/stats.csv")
TOKEN = "a-token-for-these-tests"
# How a service with a token sees the caller: on this machine, or elsewhere through a proxy.
LOCAL: dict[str, str] = {}
STRANGER = {"X-Forwarded-For": "203.0.113.9"}
CALLERS = {
    "local": LOCAL,
    "with the token": {**STRANGER, "Authorization": f"Bearer {TOKEN}"},
    "without the token": STRANGER,
}


@pytest.fixture(scope="module")
def url(
    tmp_path_factory: pytest.TempPathFactory, base: KnowledgeBase, cache: Path
) -> Iterator[str]:
    """A service with a token and without rate limits."""
    home = Home.made(tmp_path_factory.mktemp("openapi") / "home", cache)
    env = {"POLICYBOT_API__TOKEN": TOKEN, "POLICYBOT_STATS": "true"}
    with served(home, env) as service:
        yield service.url


def conforms(
    url: str,
    path: str,
    mode: GenerationMode,
    headers: dict[str, str],
    *,
    method: str = "POST",
    examples: int = EXAMPLES,
) -> set[int]:
    """Check the responses to generated requests with these headers; return their statuses."""
    document = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    operation = document[path][method]
    statuses = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        case.headers.pop("Authorization", None)
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    check()
    return statuses


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("caller", CALLERS)
def test_responses_to_generated_requests_conform_to_the_document(
    url: str, path: str, mode: GenerationMode, caller: str
) -> None:
    statuses = conforms(url, path, mode, CALLERS[caller])
    if path == "/api/v1/chat" and caller == "without the token":
        assert statuses <= {401, 415}
    elif mode is GenerationMode.POSITIVE:
        assert statuses == {200}
    else:
        assert 401 not in statuses


def test_every_operation_of_the_document_is_tried() -> None:
    paths = openapi_document("")["paths"]
    operations = {(path, method) for path, methods in paths.items() for method in methods}
    assert operations == {(p, "post") for p in POSTED} | {(p, "get") for p in READ}


def test_open_data_conforms_to_the_document(url: str) -> None:
    def read(path: str, mode: GenerationMode) -> set[int]:
        return conforms(url, path, mode, LOCAL, method="GET", examples=3)

    for path in READ:
        assert read(path, GenerationMode.POSITIVE) == {200}
    assert read("/api/v1/supports", GenerationMode.NEGATIVE) <= {200, 422}
    for path in ("/api/v1/stats", "/api/v1/stats.csv"):
        assert read(path, GenerationMode.NEGATIVE) <= {200, 422}

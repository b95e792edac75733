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


@pytest.fixture(scope="module")
def url(
    tmp_path_factory: pytest.TempPathFactory, base: KnowledgeBase, cache: Path
) -> Iterator[str]:
    """A service without rate limits."""
    with served(Home.made(tmp_path_factory.mktemp("openapi") / "home", cache)) as service:
        yield service.url


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", ["/api/v1/ask", "/api/v1/chat"])
def test_responses_to_generated_requests_conform_to_the_document(
    url: str, path: str, mode: GenerationMode
) -> None:
    document = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    operation = document[path]["POST"]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(), checks=CHECKS)

    check()

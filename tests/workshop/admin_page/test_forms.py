"""A form is carried out only if a page of this service, in this session, sent it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.workshop.admin_page.office import URL, Office

FOREIGN: list[Mapping[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://here.local.evil.example"},
    {"Origin": "http://here.local:81"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    {"Origin": "", "Sec-Fetch-Site": "", "Referer": "https://evil.example/here.local"},
    {"Origin": "", "Sec-Fetch-Site": ""},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_form_of_another_site_does_nothing(
    office: Office, headers: Mapping[str, str]
) -> None:
    clerk = await office.signed_in()
    response = await clerk.post("/sign-out", headers=headers)
    assert response.status_code == 403
    assert "没有执行" in response.text
    assert (await clerk.get()).status_code == 200
    assert office.audit()[-1]["action"] == "refused"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": ""},
        {"Origin": ""},
        {"Origin": "", "Sec-Fetch-Site": "", "Referer": f"{URL}/admin"},
        {"Origin": "HTTP://HERE.LOCAL"},
    ],
    ids=str,
)
async def test_old_and_new_browsers_can_send_our_own_forms(
    office: Office, headers: Mapping[str, str]
) -> None:
    clerk = await office.signed_in()
    assert (await clerk.post("/sign-out", headers=headers)).status_code == 303
    assert (await clerk.get()).status_code == 303


async def test_behind_a_proxy_the_public_name_is_our_own(office: Office) -> None:
    app = office.app("https://x.example")
    clerk = office.clerk(app, "https://10.0.0.5:8080")
    await clerk.get("/sign-in")
    response = await clerk.post("/sign-in", headers={"Origin": "https://x.example"})
    assert "不对" in response.text  # it was read; the password is missing


@pytest.mark.parametrize("token", ["", "x", "of another session", "cut", "汉字"])
async def test_a_form_without_its_token_does_nothing(office: Office, token: str) -> None:
    app = office.app()
    clerk, other = await office.signed_in(app), await office.signed_in(app)
    tokens = {"of another session": other.token, "cut": clerk.token[:-1]}
    clerk.token = tokens.get(token, token)
    response = await clerk.post("/sign-out-everywhere")
    assert response.status_code == 403
    assert "刷新" in response.text
    assert (await other.get()).status_code == 200


async def test_no_two_tokens_are_alike(office: Office) -> None:
    clerk = await office.signed_in()
    tokens = set()
    for _ in range(3):
        await clerk.get()
        tokens.add(clerk.token)
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "multipart/form-data"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
async def test_other_bodies_are_refused(
    office: Office, headers: Mapping[str, str], status: int
) -> None:
    clerk = await office.signed_in()
    assert (await clerk.post("/sign-out", headers=headers)).status_code == status
    assert (await clerk.get()).status_code == 200


async def test_a_body_that_is_too_large_is_refused(office: Office) -> None:
    clerk = await office.signed_in()
    assert (await clerk.post("/sign-out", {"x": "x" * 70_000})).status_code == 413
    assert (await clerk.post("/sign-out", {str(n): "" for n in range(70)})).status_code == 400
    assert (await clerk.get()).status_code == 200

"""Nobody gets in without the password, and nobody stays in too long."""

from __future__ import annotations

import re
import stat
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from starlette.routing import Route

from bot.workshop.admin_page.security.guards import ADDRESS_PER_MINUTE, ALL_PER_MINUTE
from tests.workshop.admin_page.office import PASSWORD, URL, Clerk, Office

PROTECTED = ("", "/sign-out", "/sign-out-everywhere")


def paths(office: Office) -> list[tuple[str, str]]:
    """Return method and path of every route of the admin page that needs a session."""
    found = [
        (method, re.sub(r"\{\w+:\w+\}", "1", route.path))
        for route in office.app().routes
        if isinstance(route, Route) and route.path.startswith("/admin")
        for method in (route.methods or ())
        if method in ("GET", "POST")
    ]
    return [
        (method, path.removeprefix("/admin"))
        for method, path in found
        if path not in ("/admin/sign-in", "/admin/admin.css")
    ]


async def test_without_a_password_there_is_no_admin_page(tmp_path: Path) -> None:
    office = Office(tmp_path)
    clerk = office.clerk()
    for method, path in [*paths(office), ("GET", "/sign-in"), ("POST", "/sign-in")]:
        response = await (clerk.get(path) if method == "GET" else clerk.post(path))
        assert response.status_code == 404, path
    office.accounts.set_password("admin", PASSWORD)
    assert (await clerk.get("/sign-in")).status_code == 200
    office.accounts.remove()
    assert (await clerk.get("/sign-in")).status_code == 404


async def test_without_signing_in_every_page_leads_to_the_form(office: Office) -> None:
    clerk = office.clerk()
    await clerk.get("/sign-in")
    assert len(paths(office)) >= len(PROTECTED)
    for method, path in paths(office):
        response = await (clerk.get(path) if method == "GET" else clerk.post(path))
        assert (response.status_code, response.headers["location"]) == (303, "/admin/sign-in")
        assert response.text == ""


async def test_the_right_password_opens_the_page_and_is_logged(office: Office) -> None:
    clerk = office.clerk()
    with structlog.testing.capture_logs() as lines:
        assert (await clerk.sign_in()).status_code == 303
    page = await clerk.get()
    assert page.status_code == 200
    assert "正在用的知识" in page.text
    assert [(e["action"], e["user"]) for e in office.audit()] == [("sign_in", "admin")]
    assert office.audit()[0]["address"] == "127.0.0.1"
    assert [(e["event"], e["action"]) for e in lines] == [("admin", "sign_in")]
    assert "127.0.0.1" not in str(lines)


@pytest.mark.parametrize(
    ("user", "password"),
    [("admin", "not the password"), ("nobody", PASSWORD), ("", ""), (PASSWORD, "admin")],
)
async def test_a_wrong_password_opens_nothing(office: Office, user: str, password: str) -> None:
    clerk = office.clerk()
    response = await clerk.sign_in(user, password)
    assert response.status_code == 403
    assert "不对" in response.text
    assert (await clerk.get()).status_code == 303
    assert [e["action"] for e in office.audit()] == ["sign_in_failed"]
    text = (office.home / "data" / "admin-audit.log").read_text("utf-8")
    assert PASSWORD not in text
    assert "not the password" not in text


async def test_passwords_cannot_be_guessed_quickly(office: Office) -> None:
    clerk = office.clerk()
    answers = [(await clerk.sign_in(password=f"guess {n}")).status_code for n in range(30)]
    assert answers.count(403) == ADDRESS_PER_MINUTE // 2
    assert answers.count(429) == 30 - ADDRESS_PER_MINUTE // 2
    refused = await clerk.sign_in()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    office.later(minutes=1)
    assert (await clerk.sign_in()).status_code == 303


async def test_many_addresses_together_cannot_guess_quickly(office: Office) -> None:
    app = office.app()
    ours = await office.signed_in(app)
    answers = []
    for n in range(30):
        transport = httpx.ASGITransport(app, client=(f"203.0.113.{n}", 1))
        clerk = Clerk(httpx.AsyncClient(transport=transport, base_url=URL))
        answers.append((await clerk.sign_in(password="guess")).status_code)
    assert answers.count(403) == ALL_PER_MINUTE // 2 - 1
    assert answers[-1] == 429
    # Who signed in from here before is not held up by strangers.
    await ours.post("/sign-out")
    assert (await ours.sign_in()).status_code == 303


async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(office: Office) -> None:
    clerk = office.clerk()
    plain = (await clerk.sign_in()).headers["set-cookie"]
    for part in ("HttpOnly", "Path=/admin", "SameSite=strict"):
        assert part in plain
    assert "Secure" not in plain
    secure = office.clerk(office.app("https://x.example"), "https://x.example")
    set_cookie = (await secure.sign_in()).headers["set-cookie"]
    assert set_cookie.startswith("__Secure-admin=")
    assert "; Secure" in set_cookie


async def test_pages_are_not_stored_and_run_no_script(office: Office) -> None:
    page = await (await office.signed_in()).get()
    assert page.headers["cache-control"] == "no-store"
    policies = page.headers.get_list("content-security-policy")
    assert any("default-src 'none'" in one and "script" not in one for one in policies)
    assert "<script" not in page.text
    assert "style=" not in page.text


async def test_a_session_ends_after_an_idle_hour_and_after_twelve(office: Office) -> None:
    clerk = await office.signed_in()
    for _ in range(12):
        assert (await clerk.get()).status_code == 200
        office.later(minutes=59)
    assert (await clerk.get()).status_code == 200  # 11 h 48 min
    office.later(minutes=13)
    assert (await clerk.get()).status_code == 303
    clerk = await office.signed_in()
    office.later(minutes=61)
    assert (await clerk.get()).status_code == 303
    office.now -= timedelta(minutes=30)  # the session does not come back with the clock
    assert (await clerk.get()).status_code == 303


async def test_a_stolen_cookie_is_void_after_signing_out(office: Office) -> None:
    app = office.app()
    clerk = await office.signed_in(app)
    thief = office.clerk(app)
    thief.client.cookies = clerk.client.cookies
    assert (await thief.get()).status_code == 200
    stolen = dict(clerk.client.cookies)
    assert (await clerk.post("/sign-out")).status_code == 303
    thief.client.cookies = stolen
    assert (await thief.get()).status_code == 303
    assert office.audit()[-1]["action"] == "sign_out"


async def test_signing_out_everywhere_ends_the_sessions_of_this_user_only(office: Office) -> None:
    office.accounts.set_password("王芳", PASSWORD)
    app = office.app()
    first, second = await office.signed_in(app), await office.signed_in(app)
    other = office.clerk(app)
    await other.sign_in("王芳")
    await second.post("/sign-out-everywhere")
    assert [(await one.get()).status_code for one in (first, second, other)] == [303, 303, 200]


async def test_a_new_password_ends_all_sessions(office: Office) -> None:
    clerk = await office.signed_in()
    office.accounts.set_password("admin", "another password")
    assert (await clerk.get()).status_code == 303
    assert (await clerk.sign_in()).status_code == 403
    assert (await clerk.sign_in(password="another password")).status_code == 303
    office.accounts.set_password("王芳", PASSWORD)
    office.accounts.remove("admin")
    assert (await clerk.get()).status_code == 303


async def test_sessions_hold_over_processes_and_restarts(office: Office) -> None:
    first, second = office.app(), office.app()
    clerk = await office.signed_in(first)
    elsewhere = office.clerk(second)
    elsewhere.client.cookies = clerk.client.cookies
    assert (await elsewhere.get()).status_code == 200
    await elsewhere.post("/sign-out")
    clerk.client.cookies = elsewhere.client.cookies
    assert (await clerk.get()).status_code == 303


@pytest.mark.parametrize("change", ["cut", "other", "unsigned", "odd"])
async def test_a_cookie_that_was_not_issued_opens_nothing(office: Office, change: str) -> None:
    clerk = await office.signed_in()
    cookie = clerk.client.cookies["admin"]
    id_, _, signature = cookie.rpartition(".")
    forged = {
        "cut": cookie[:-1],
        "other": f"{'A' * len(id_)}.{signature}",
        "unsigned": id_,
        "odd": "../../../etc/passwd.x",
    }[change]
    thief = office.clerk()
    thief.client.cookies.set("admin", forged)
    assert (await thief.get()).status_code == 303


async def test_what_lies_in_the_folder_of_sessions_is_no_key(office: Office) -> None:
    await office.signed_in()
    (file,) = (office.home / "data" / "admin-sessions").iterdir()
    thief = office.clerk()
    for value in (file.stem, file.read_text("utf-8")):
        thief.client.cookies.set("admin", value)
        assert (await thief.get()).status_code == 303


async def test_the_files_are_for_their_owner_only(office: Office) -> None:
    await office.signed_in()
    data = office.home / "data"
    private = [data / "admin.json", data / "admin-audit.log", *(data / "admin-sessions").iterdir()]
    assert len(private) == 3
    for file in private:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert PASSWORD not in (data / "admin.json").read_text("utf-8")
    assert "$argon2id$" in (data / "admin.json").read_text("utf-8")


async def test_a_damaged_file_of_accounts_lets_nobody_in(office: Office) -> None:
    clerk = await office.signed_in()
    for text in ("", "{", '{"users": 5}', '{"users": {"admin": {}}}', "[]"):
        (office.home / "data" / "admin.json").write_text(text, "utf-8")
        assert (await clerk.get()).status_code == 404


async def test_the_sign_in_form_works_once_in_its_own_browser_only(office: Office) -> None:
    app = office.app()
    clerk, other = office.clerk(app), office.clerk(app)
    await clerk.get("/sign-in")
    await other.get("/sign-in")
    other.token = clerk.token
    right = {"user": "admin", "password": PASSWORD}
    assert (await other.post("/sign-in", right)).status_code == 403
    without = office.clerk(app)
    without.token = clerk.token
    assert (await without.post("/sign-in", right)).status_code == 403
    assert (await clerk.post("/sign-in", right)).status_code == 303

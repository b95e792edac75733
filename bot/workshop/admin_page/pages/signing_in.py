"""Sign in and out."""

from __future__ import annotations

import asyncio
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.workshop.admin_page.gate import (
    FORM_BYTES,
    PATH,
    SIGN_IN,
    Gate,
    Refused,
    Visit,
    address_of,
    redirect,
)

# Binds the form of the sign-in page to this browser.
FORM_COOKIE = "admin-form"
# Seconds that the form of the sign-in page stays valid.
FORM_SECONDS = 3600


class SigningIn:
    """The page with the form, and what it and the buttons for leaving do."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def show(self, request: Request) -> Response:
        """Handle GET: show the form, or go on to the page if signed in."""
        self._gate.require_accounts()
        if self._gate.session_of(request):
            return redirect(PATH)
        return self._form(request)

    async def sign_in(self, request: Request) -> Response:
        """Handle POST: begin a session if name and password are right."""
        gate = self._gate
        gate.require_accounts()
        binding = request.cookies.get(FORM_COOKIE, "")
        try:
            if not binding:
                raise Refused("浏览器没有保存 Cookie，登录不了。请打开 Cookie 再试。", 403)
            form = await gate.form(request, binding, FORM_BYTES)
        except Refused as refused:
            return self._form(request, refused.message, refused.status)
        host = address_of(request)
        wait = gate.limit.wait_seconds(host)
        if wait:
            message = f"试得太多了，请等 {wait} 秒再试。"
            return self._form(request, message, 429, retry=wait)
        user, password = form.get("user", "").strip(), form.get("password", "")
        async with gate.limit.turn():
            account = await asyncio.to_thread(gate.accounts.verify, user, password)
        if account is None:
            # Somebody may have typed the password in place of the name.
            gate.audit.note("sign_in_failed", user if user in gate.accounts.users else "", host)
            return self._form(request, "名字或密码不对，请再试一次。", 403)
        cookie = await asyncio.to_thread(gate.sessions.begin, account)
        gate.limit.succeeded(host)
        gate.audit.note("sign_in", user, host)
        response = redirect(PATH)
        self._set(request, response, gate.cookie_name(request), cookie)
        response.delete_cookie(FORM_COOKIE, path=PATH)
        return response

    async def sign_out(self, visit: Visit) -> Response:
        """End this session."""
        self._gate.sessions.end(visit.session)
        visit.note("sign_out")
        return self._left(visit)

    async def sign_out_everywhere(self, visit: Visit) -> Response:
        """End all sessions of this user."""
        ended = self._gate.sessions.end_all(visit.user)
        visit.note("sign_out_everywhere", sessions=str(ended))
        return self._left(visit)

    def _left(self, visit: Visit) -> Response:
        response = redirect(SIGN_IN)
        name = self._gate.cookie_name(visit.request)
        secure = self._gate.is_secure(visit.request)
        response.delete_cookie(name, path=PATH, secure=secure, httponly=True, samesite="strict")
        return response

    def _form(
        self, request: Request, message: str = "", status: int = 200, *, retry: int = 0
    ) -> Response:
        binding = secrets.token_urlsafe(18)
        headers = {"Retry-After": str(retry)} if retry else {}
        response = self._gate.layout.page(
            "sign_in.html", status, headers, message=message, token=self._gate.tokens.make(binding)
        )
        self._set(request, response, FORM_COOKIE, binding, FORM_SECONDS)
        return response

    def _set(
        self, request: Request, response: Response, name: str, value: str, age: int | None = None
    ) -> None:
        """Set a cookie for the admin page only; without `age`, until the browser is closed."""
        response.set_cookie(
            name,
            value,
            max_age=age,
            path=PATH,
            httponly=True,
            samesite="strict",
            secure=self._gate.is_secure(request),
        )

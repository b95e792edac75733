"""Let a request through to a page, or not: signed in, from our own form, within limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.common.http_body import read_body
from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.layout import HEADERS, Layout
from bot.workshop.admin_page.security.accounts import ACCOUNTS_FILE, Accounts
from bot.workshop.admin_page.security.audit import AUDIT_FILE, Audit
from bot.workshop.admin_page.security.guards import FormTokens, SignInLimit, is_own_origin
from bot.workshop.admin_page.security.sessions import SESSIONS_FOLDER, AdminSession, Sessions

COOKIE = "admin"
# Over HTTPS; the prefix keeps other pages over HTTP from setting it.
SECURE_COOKIE = "__Secure-admin"
PATH = "/admin"
SIGN_IN = f"{PATH}/sign-in"
TOKEN_FIELD = "token"  # noqa: S105 - the name of a form field
FORM_BYTES = 65_536
MOST_FIELDS = 64

Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request that is not carried out. `message`: a Chinese sentence for the admin."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a user who is signed in, with the fields of the form."""

    request: Request
    session: AdminSession
    gate: Gate
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def user(self) -> str:
        """The name of the user."""
        return self.session.user

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return self.request.query_params

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """Return a filled template, with what every page needs."""
        token = self.gate.tokens.make(self.session.id)
        done = self.query.get("done", "")
        return self.gate.layout.page(
            template, status, None, user=self.user, token=token, done=done, **values
        )

    def note(self, action: str, **details: str) -> None:
        """Write to the audit log."""
        self.gate.audit.note(action, self.user, address_of(self.request), **details)


Page = Callable[[Visit], Awaitable[Response]]


class Gate:
    """Wraps the pages. Without accounts the whole admin page does not exist (404)."""

    def __init__(self, deps: AdminDependencies) -> None:
        self.deps = deps
        self.layout = Layout(deps.knowledge)
        self.accounts = Accounts(deps.data / ACCOUNTS_FILE, deps.hasher)
        self.sessions = Sessions(deps.data / SESSIONS_FOLDER, self.accounts, deps.key, deps.clock)
        self.audit = Audit(deps.data / AUDIT_FILE, deps.clock)
        self.tokens = FormTokens(deps.key)
        self.limit = SignInLimit(deps.monotonic)

    def page(self, show: Page) -> Endpoint:
        """Return the endpoint of a page that changes nothing."""

        async def endpoint(request: Request) -> Response:
            self.require_accounts()
            session = self.session_of(request)
            if session is None:
                return redirect(SIGN_IN)
            return await self._shown(Visit(request, session, self), show)

        return endpoint

    def change(self, act: Page, limit: int = FORM_BYTES) -> Endpoint:
        """Return the endpoint of a form. `limit`: the bytes that it may have."""

        async def endpoint(request: Request) -> Response:
            self.require_accounts()
            session = self.session_of(request)
            if session is None:
                return redirect(SIGN_IN)
            visit = Visit(request, session, self)
            try:
                form = await self.form(request, session.id, limit)
            except Refused as refused:
                visit.note("refused", path=request.url.path, why=refused.message)
                return visit.page("problem.html", refused.status, message=refused.message)
            return await self._shown(Visit(request, session, self, form), act)

        return endpoint

    async def form(self, request: Request, session: str, limit: int) -> Mapping[str, str]:
        """Return the fields of a form that a page of this session sent. Raises Refused before the
        body is read if another site sent it, else HTTPException or Refused for a bad body."""
        if not is_own_origin(request, self.deps.public_url):
            raise Refused("这次提交不是从管理页面发出来的，没有执行。", 403)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused("没有看懂提交的内容，请从页面上再点一次。", 415)
        try:
            body = await read_body(request, limit, self.deps.body_seconds, self.deps.knowledge())
        except HTTPException as error:
            raise Refused(str(error.detail), error.status_code) from None
        try:
            fields = dict(
                parse_qsl(
                    body.decode("ascii"),
                    keep_blank_values=True,
                    errors="replace",
                    max_num_fields=MOST_FIELDS,
                )
            )
        except ValueError:
            raise Refused("没有看懂提交的内容，请从页面上再点一次。") from None
        if not self.tokens.is_valid(fields.pop(TOKEN_FIELD, ""), session):
            raise Refused("页面放得太久了。请退回去、刷新，再点一次；没有改动任何东西。", 403)
        return fields

    def require_accounts(self) -> None:
        """Raises HTTPException 404 while the admin page is switched off."""
        if not self.accounts.users:
            raise HTTPException(404)

    def session_of(self, request: Request) -> AdminSession | None:
        """Return the valid session of the request's cookie."""
        return self.sessions.find(request.cookies.get(self.cookie_name(request), ""))

    def is_secure(self, request: Request) -> bool:
        """Return whether the page is reached over HTTPS."""
        return request.url.scheme == "https" or self.deps.public_url.startswith("https://")

    def cookie_name(self, request: Request) -> str:
        """Return the name of the session cookie."""
        return SECURE_COOKIE if self.is_secure(request) else COOKIE

    async def _shown(self, visit: Visit, show: Page) -> Response:
        try:
            return await show(visit)
        except Refused as refused:
            return visit.page("problem.html", refused.status, message=refused.message)


def redirect(to: str) -> Response:
    """Return a redirection that is not stored."""
    return RedirectResponse(to, 303, HEADERS)


def address_of(request: Request) -> str:
    """Return the network address of the client."""
    return request.client.host if request.client else ""

"""The routes of the admin page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.workshop.admin_page.dependencies import AdminDependencies
from bot.workshop.admin_page.desk import Desk
from bot.workshop.admin_page.gate import PATH, SIGN_IN, Endpoint, Gate
from bot.workshop.admin_page.jobs import Jobs
from bot.workshop.admin_page.layout import STYLE
from bot.workshop.admin_page.pages.authoring import NEW, SCENARIO, AuthoringPages
from bot.workshop.admin_page.pages.changes import CHANGES, Changes
from bot.workshop.admin_page.pages.files import EDIT_BYTES, FilePages
from bot.workshop.admin_page.pages.home import Home
from bot.workshop.admin_page.pages.inbox import INBOX, InboxPages
from bot.workshop.admin_page.pages.merging import MERGE, MergingPages
from bot.workshop.admin_page.pages.preview import PREVIEW, PreviewPages
from bot.workshop.admin_page.pages.signing_in import SigningIn
from bot.workshop.admin_page.pages.statistics import Statistics
from bot.workshop.admin_page.pages.switches import SWITCHES, SwitchPages
from bot.workshop.admin_page.preview import Preview
from bot.workshop.admin_page.unanswered import Unanswered


def admin_routes(deps: AdminDependencies) -> list[BaseRoute]:
    """Return the routes. All answer 404 until somebody has a password."""
    gate = Gate(deps)
    desk, jobs = Desk(deps.publisher, deps.draft, deps.local), Jobs(deps.clock)
    signing_in, files, changes = SigningIn(gate), FilePages(desk, jobs), Changes(desk, jobs)
    talks, unanswered = Preview(deps.preview), Unanswered(deps)
    switches, preview = SwitchPages(deps, desk), PreviewPages(desk, talks)
    inbox = InboxPages(deps, desk, unanswered)
    authoring = AuthoringPages(deps, desk, unanswered, talks)
    merging = MergingPages(desk)
    page, change = gate.page, gate.change

    async def style(request: Request) -> Response:
        gate.require_accounts()
        return gate.layout.style()

    return [
        Route(SIGN_IN, signing_in.show),
        _post(SIGN_IN, signing_in.sign_in),
        Route(f"{PATH}/{STYLE}", style),
        _post(f"{PATH}/sign-out", change(signing_in.sign_out)),
        _post(f"{PATH}/sign-out-everywhere", change(signing_in.sign_out_everywhere)),
        Route(PATH, page(Home(deps).show)),
        Route(INBOX, page(inbox.show)),
        _post(INBOX, change(inbox.act)),
        Route(f"{PATH}/statistics", page(Statistics(deps).show)),
        Route(f"{PATH}/files", page(files.list)),
        Route(f"{PATH}/files/{{path:path}}", page(files.show)),
        _post(f"{PATH}/files/{{path:path}}", change(files.save, EDIT_BYTES)),
        Route(NEW, page(authoring.overview)),
        Route(f"{NEW}/{SCENARIO}", page(authoring.scenario)),
        _post(f"{NEW}/{SCENARIO}", change(authoring.write_scenario)),
        Route(f"{NEW}/{{kind}}", page(authoring.show)),
        _post(f"{NEW}/{{kind}}", change(authoring.act, EDIT_BYTES)),
        Route(PREVIEW, page(preview.show)),
        _post(PREVIEW, change(preview.say)),
        _post(f"{PREVIEW}/restart", change(preview.restart)),
        Route(CHANGES, page(changes.show)),
        _post(f"{PATH}/check", change(changes.check)),
        _post(f"{PATH}/publish", change(changes.publish)),
        _post(f"{PATH}/drop", change(changes.drop)),
        Route(f"{MERGE}/{{path:path}}", page(merging.show)),
        _post(f"{MERGE}/{{path:path}}", change(merging.take, EDIT_BYTES)),
        Route(f"{PATH}/history", page(changes.history)),
        Route(f"{PATH}/history/{{number:int}}", page(changes.version)),
        _post(f"{PATH}/history/{{number:int}}", change(changes.undo)),
        Route(SWITCHES, page(switches.show)),
        _post(SWITCHES, change(switches.switch)),
    ]


def _post(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])

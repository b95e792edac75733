"""Try the draft in a conversation before it is live."""

from __future__ import annotations

from starlette.responses import Response

from bot.channels.web.http.request_parsing import MAX_CHOICE_LENGTH, clean
from bot.workshop.admin_page.desk import Desk
from bot.workshop.admin_page.gate import PATH, Refused, Visit, redirect
from bot.workshop.admin_page.preview import MOST_CHARS, Preview, PreviewFailed
from bot.workshop.folder import digest

PREVIEW = f"{PATH}/preview"


class PreviewPages:
    """The page with the conversation."""

    def __init__(self, desk: Desk, preview: Preview) -> None:
        self._desk = desk
        self._preview = preview

    async def show(self, visit: Visit) -> Response:
        """Handle GET: the conversation of this session so far."""
        turns = self._preview.talks.get(visit.session.key, [])
        is_old = bool(turns) and digest(await self._desk.files()) != self._preview.digest
        return visit.page(
            "preview.html",
            turns=turns,
            is_old=is_old,
            has_draft=self._desk.has_draft,
            most=MOST_CHARS,
        )

    async def say(self, visit: Visit) -> Response:
        """Handle POST: send a text or a tapped choice."""
        choice = clean(visit.form.get("choice", ""), MAX_CHOICE_LENGTH)
        text = clean(visit.form.get("text", ""), MOST_CHARS)
        if not (choice or text):
            return redirect(PREVIEW)
        said = clean(visit.form.get("label", ""), MOST_CHARS) if choice else text
        utterance = {"choice": choice} if choice else {"text": text}
        files = await self._desk.files()
        folder = self._desk.draft if self._desk.has_draft else self._desk.publisher.live.folder
        try:
            await self._preview.say(folder, digest(files), visit.session.key, said, utterance)
        except PreviewFailed as error:
            raise Refused(f"现在不能试聊：{error}", 409) from None
        return redirect(f"{PREVIEW}#last")

    async def restart(self, visit: Visit) -> Response:
        """Handle POST: begin again."""
        self._preview.restart(visit.session.key)
        return redirect(PREVIEW)

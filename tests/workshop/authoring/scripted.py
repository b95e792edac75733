"""A dialogue whose answers are given beforehand, and what it showed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.workshop.authoring.dialogue import Dialogue


class Scripted(Dialogue):
    """Answers with these lines, one after the other, and keeps what it shows in `shown`."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.shown = ""
        self._given = iter(answers)
        super().__init__(self._given, self._show_text)

    def _show_text(self, text: str) -> None:
        self.shown += text

    @property
    def left(self) -> list[str]:
        """Return the answers that were not asked for."""
        return list(self._given)

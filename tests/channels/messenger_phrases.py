"""The phrases of the messengers, read from the knowledge without its other parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.core.domain.phrases import PhraseId

_KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
_FILES = ("messengers.yaml", "conversation.yaml")
_PRODUCT = yaml.safe_load((_KNOWLEDGE / "place.yaml").read_text("utf-8"))["product"]

TEXTS: Mapping[str, str] = {
    phrase: text
    for name in _FILES
    for phrase, text in yaml.safe_load((_KNOWLEDGE / "phrases" / name).read_text("utf-8"))[
        "phrases"
    ].items()
}


class MessengerPhrases:
    """Supplies the phrases of the messengers and of the conversation."""

    def say(self, phrase: str, **values: str) -> str:
        return TEXTS[phrase].format(product=_PRODUCT, **values)

    def say_id(self, phrase: PhraseId, **values: str) -> str:
        return self.say(phrase, **values)


def phrases() -> MessengerPhrases:
    """Return the phrases, as a channel gets those of the live knowledge."""
    return MessengerPhrases()

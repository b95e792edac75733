"""The phrases of the messengers, read from the knowledge without its other parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.core.domain.phrases import PhraseId

_KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
_FILE = _KNOWLEDGE / "phrases" / "messengers.yaml"
_PRODUCT = yaml.safe_load((_KNOWLEDGE / "place.yaml").read_text("utf-8"))["product"]

TEXTS: Mapping[str, str] = yaml.safe_load(_FILE.read_text("utf-8"))["phrases"]


class MessengerPhrases:
    """Supplies the phrases of knowledge/phrases/messengers.yaml."""

    def say(self, phrase: str, **values: str) -> str:
        return TEXTS[phrase].format(product=_PRODUCT, **values)

    def say_id(self, phrase: PhraseId, **values: str) -> str:
        return self.say(phrase, **values)


def phrases() -> MessengerPhrases:
    """Return the phrases, as a channel gets those of the live knowledge."""
    return MessengerPhrases()

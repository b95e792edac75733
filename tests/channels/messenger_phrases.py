"""The phrases of the messengers, read from the knowledge without its other parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

_KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
_FILE = _KNOWLEDGE / "phrases" / "messengers.yaml"
_PRODUCT = yaml.safe_load((_KNOWLEDGE / "place.yaml").read_text("utf-8"))["product"]

TEXTS: Mapping[str, str] = yaml.safe_load(_FILE.read_text("utf-8"))["phrases"]


class MessengerPhrases:
    """Supplies the phrases of knowledge/phrases/messengers.yaml."""

    def say(self, phrase_id: str, **values: str) -> str:
        return TEXTS[phrase_id].format(product=_PRODUCT, **values)


def phrases() -> MessengerPhrases:
    """Return the phrases, as a channel gets those of the live knowledge."""
    return MessengerPhrases()

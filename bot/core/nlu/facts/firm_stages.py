"""The choices that mean a planned, a young or an older firm, by their roles in the interview."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from bot.core.domain.knowledge import ChoiceRole, Slot


class FirmStages(NamedTuple):
    """The ids of the choices with a role; "" for a role that no choice has.

    `firm`: the identity of who has a company. `limit`: the age in years from which a firm is no
    longer young.
    """

    planned: str = ""
    young: str = ""
    older: str = ""
    firm: str = ""
    limit: float = math.inf

    def of_age(self, years: float) -> str:
        """Return the stage of a firm of this age in years."""
        return self.young if years < self.limit else self.older


def firm_stages(slots: Mapping[str, Slot]) -> FirmStages:
    """Return the choices of these slots that have a role."""
    choices = {c.role: c for slot in slots.values() for c in slot.choices if c.role}
    ids = {role: choice.id for role, choice in choices.items()}
    young = choices.get(ChoiceRole.YOUNG)
    limit = young.under_years if young and young.under_years is not None else math.inf
    return FirmStages(
        planned=ids.get(ChoiceRole.PLANNED, ""),
        young=ids.get(ChoiceRole.YOUNG, ""),
        older=ids.get(ChoiceRole.OLDER, ""),
        firm=ids.get(ChoiceRole.FIRM, ""),
        limit=limit,
    )

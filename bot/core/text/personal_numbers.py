"""Find personal numbers in a message: telephone, identity card, bank card, e-mail address."""

from __future__ import annotations

import re

# A mainland mobile number, an identity card number, a bank card number (16 to 19 digits), each
# also in groups with blanks or hyphens; an e-mail address.
PERSONAL = re.compile(
    r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"
    r"|(?<![0-9])[1-9][0-9]{5}[ -]?(?:19|20)[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{3}[0-9xX](?![0-9])"
    r"|(?<![0-9])[0-9]{4}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?(?![0-9])"
    r"|[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+",
    re.IGNORECASE,
)


def without_personal_numbers(text: str) -> str:
    """Return a text without the personal numbers in it. They are not stored and not searched."""
    return PERSONAL.sub(" ", text)

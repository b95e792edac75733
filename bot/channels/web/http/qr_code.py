"""Draw QR codes as SVG."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_code(url: str, name: str) -> Markup:
    """Return the QR code of a URL as an SVG element with this name."""
    # segno escapes the name, and the SVG contains no text of the URL: it is safe markup.
    code = segno.make(url, error="l", micro=False)
    return Markup(code.svg_inline(omitsize=True, light="#fff", title=name))  # noqa: S704

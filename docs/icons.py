"""Make the icons of the web page from `mark.svg`: `python docs/icons.py`. Needs Chromium.

Writes PNG files to `bot/channels/web/static/`. An icon that systems cut to a shape of their own
has its colour up to the edges. `CHROMIUM` names the browser (default /usr/bin/chromium).
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from playwright.async_api import async_playwright

STATIC = Path(__file__).parents[1] / "bot/channels/web/static"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# File, side in pixels, and whether the corners are square.
ICONS = (("icon-180.png", 180, True), ("icon-192.png", 192, False), ("icon-512.png", 512, True))
ROUNDED = 'rx="10" '


async def main() -> None:
    """Draw each icon in a window of its size."""
    mark = (STATIC / "mark.svg").read_text("utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, side, square in ICONS:
            page = await browser.new_page(viewport={"width": side, "height": side})
            drawn = mark.replace(ROUNDED, "") if square else mark
            style = "<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>"
            await page.set_content(style + drawn)
            await page.screenshot(path=STATIC / name, omit_background=True)
            await page.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Settings: `config.yaml`, overridden by environment variables `POLICYBOT_SECTION__KEY`.

Secrets come only from the environment. A key that nobody knows is refused at every level, and all
faults are reported at once, so that an admin mends the file in one go. The environment is handed
in as a mapping; nothing here reads `os.environ`.
"""

from bot.config.loading import load
from bot.config.locations import Locations, locate
from bot.config.settings import Address, MenuItem, Settings, Telegram, Wechat, parse_addresses

__all__ = [
    "Address",
    "Locations",
    "MenuItem",
    "Settings",
    "Telegram",
    "Wechat",
    "load",
    "locate",
    "parse_addresses",
]

"""Settings: `config.yaml`, overridden by environment variables `POLICYBOT_SECTION__KEY`.

Secrets come only from the environment. Unknown keys are refused at every level, and all faults are
reported at once. The environment is passed as a mapping; this package does not read `os.environ`.
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

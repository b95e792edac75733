"""`serve` and `wechat-menu`: run the service, and publish the menu of the WeChat account."""

from __future__ import annotations

import argparse
import sys
import threading
import webbrowser
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bot.app import composition
from bot.cli.common import load_settings, locations
from bot.cli.parser import Commands
from bot.cli.progress import progress
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Settings


def register(commands: Commands) -> None:
    """Add the commands."""
    serve = commands.add(
        "serve", run, title="启动网页和各个消息渠道", example="--listen 0.0.0.0:8080 --open"
    )
    serve.add_argument(
        "--listen", default="", metavar="地址:端口", help="网页服务的地址（代替设置里的 listen）"
    )
    serve.add_argument("--open", action="store_true", help="启动后用浏览器打开网页")
    commands.add("wechat-menu", publish_menu, title="发布微信公众号的自定义菜单", example="")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    from bot.app.server import serve

    settings = load_settings(options)
    if options.listen:
        settings = _listening_on(settings, options.listen)
    with ExitStack() as starting:
        starting.enter_context(progress("正在启动，第一次要学一遍问法，大约十秒", sys.stderr))

        def listening(url: str) -> None:
            starting.close()
            if options.open:
                open_browser(url)

        return serve(settings, locations(options).home, on_listening=listening)


def publish_menu(options: argparse.Namespace) -> int:
    """Publish the menu of the settings and print what the platform answered."""
    from bot.app import messengers

    print(composition.run(messengers.publish_menu(load_settings(options))))
    return 0


def open_browser(url: str) -> None:
    """Open a page in the browser, without waiting for it: a browser may run in the foreground."""
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _listening_on(settings: Settings, addresses: str) -> Settings:
    from bot.config import parse_addresses

    try:
        return settings.model_copy(update={"listen": tuple(parse_addresses(addresses))})
    except ValueError as error:
        raise ConfigError([f"--listen：{error}"]) from None

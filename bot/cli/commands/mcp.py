"""`mcp`: tools for other assistants, by the Model Context Protocol."""

from __future__ import annotations

import argparse

from bot.cli.common import load_settings, locations
from bot.cli.parser import Commands
from bot.errors import ConfigError


def register(commands: Commands) -> None:
    """Add the command."""
    mcp = commands.add(
        "mcp", run, title="给别的智能助手用的查询工具（MCP）", example="--http 127.0.0.1:8090"
    )
    mcp.add_argument(
        "--http",
        default="",
        metavar="地址:端口",
        help="用 HTTP 提供（默认用标准输入输出，由助手自己启动）",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until the client leaves, or until SIGTERM or Ctrl-C."""
    # The SDK takes a second to import and is needed by this command only.
    from bot.app.mcp_server import serve_tools
    from bot.config import parse_addresses

    settings = load_settings(options)
    http = None
    if options.http:
        try:
            http, *more = parse_addresses(options.http)
        except ValueError as error:
            raise ConfigError([f"--http：{error}"]) from None
        if more:
            raise ConfigError([f"--http：只能写一个地址，“{options.http}”有几个"])
    return serve_tools(settings, locations(options).home, http)

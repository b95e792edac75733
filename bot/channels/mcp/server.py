"""Serve the tools with the official SDK, over standard input and output or over HTTP.

Only this module imports the SDK; the command `mcp` imports it when it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from starlette.applications import Starlette

from bot import __version__
from bot.channels.common.logging import log_crash
from bot.channels.mcp.schemas import ToolDefinition
from bot.channels.mcp.tools import Tools
from bot.errors import ToolCallRefused

PATH = "/mcp"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# The tools read the knowledge and nothing else.
_READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def build_server(tools: Tools) -> Server[Any]:
    """Return the server of the tools."""

    async def list_tools(
        _context: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[_described(tool) for tool in tools.definitions()])

    async def call_tool(
        _context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        return _called(tools, params)

    knowledge = tools.base().knowledge
    return Server(
        knowledge.locality.product,
        title=knowledge.say("tools_title"),
        version=__version__,
        instructions=knowledge.say("tools_rules"),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described(tool: ToolDefinition) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.schema,
        output_schema=tool.output.model_json_schema(),
        annotations=_READ_ONLY,
    )


def _called(tools: Tools, params: CallToolRequestParams) -> CallToolResult:
    """Return the answer of a tool. A fault is an answer too, which the assistant can read."""
    try:
        answer = tools.call(params.name, params.arguments or {})
    except ToolCallRefused as error:
        return _fault(str(error))
    except Exception as error:
        log_crash("tool_failed", error, tool=params.name[:60])
        return _fault(tools.base().knowledge.say("tools_failed"))
    return CallToolResult(
        content=[TextContent(text=answer.text)],
        structured_content=answer.record.model_dump(mode="json"),
    )


def _fault(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=message)], is_error=True)


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output, until it closes the input."""
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def http_app(
    server: Server[Any],
    *,
    hosts: Sequence[str],
    origins: Sequence[str],
    body_bytes: int,
) -> Starlette:
    """Return the application that serves the tools at PATH, without sessions.

    A request whose Host is neither this machine nor one of `hosts` is refused, and so is a page of
    another site (Origin) than this machine or `origins`: a web page could otherwise reach the
    server through a name that it made to point here. `body_bytes`: the largest request.
    """
    return server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=body_bytes,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[*(f"{host}:*" for host in LOOPBACK), *LOOPBACK, *hosts],
            allowed_origins=[*(f"http://{host}:*" for host in LOOPBACK), *origins],
        ),
    )

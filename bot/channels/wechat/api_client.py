"""Client of the WeChat platform's API: access token, menu, customer-service messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from bot.channels.common.client_environment import creation_errors_as_channel_errors
from bot.channels.common.rendering import sanitize
from bot.core.domain.json_codec import dump_bytes
from bot.errors import ChannelError

BASE_URL = "https://api.weixin.qq.com"
TIMEOUT_SECONDS = 5.0
# A token is renewed this long before it expires.
_RENEW_BEFORE = timedelta(minutes=5)
_INVALID_TOKEN = frozenset({40001, 40014, 42001})
_ERRORS: Mapping[int, str] = {
    -1: "微信平台正忙，请稍后再试",
    40013: "app_id 不对，请核对 config.yaml 里的 wechat.app_id",
    40125: "AppSecret 不对，请核对 POLICYBOT_WECHAT__APP_SECRET",
    40164: "本机的出口 IP 不在白名单里，请到公众平台“设置与开发 → 基本配置”里加上",
    40018: "菜单按钮的名字太长或为空",
    40054: "菜单里的网址不对",
    45009: "今天的调用次数用完了",
    45015: "用户超过 48 小时没有发消息，不能再主动发",
    45047: "给这个用户的客服消息超过了条数",
    48001: "这个公众号没有这项权限（多数要认证）",
    50002: "这个公众号被限制了，请登录公众平台查看",
}


class MenuButton(Protocol):
    """A menu button with exactly one action: send a choice, open a page, or show a submenu."""

    @property
    def name(self) -> str:
        """The label: at most 16 bytes, or 60 in a submenu."""

    @property
    def choice(self) -> str:
        """The choice id to send (`c:start`), or ""."""

    @property
    def url(self) -> str:
        """The page to open, or ""."""

    @property
    def children(self) -> Sequence[MenuButton]:
        """The submenu: at most five buttons without children."""


def menu_data(menu: Sequence[MenuButton]) -> dict[str, Any]:
    """Return the menu in the format of the platform. Raises ChannelError with every fault."""
    faults = list(_menu_faults(menu))
    if faults:
        raise ChannelError("\n".join(f"微信菜单：{fault}" for fault in faults))
    return {"button": [_button(button) for button in menu]}


def _button(button: MenuButton) -> dict[str, Any]:
    if button.children:
        return {"name": button.name, "sub_button": [_button(child) for child in button.children]}
    if button.url:
        return {"type": "view", "name": button.name, "url": button.url}
    return {"type": "click", "name": button.name, "key": button.choice}


def _menu_faults(menu: Sequence[MenuButton]) -> list[str]:
    faults = []
    if not 1 <= len(menu) <= 3:
        faults.append(f"要有 1 到 3 个按钮，现在有 {len(menu)} 个")
    for button in menu:
        faults += _button_faults(button, limit=16)
        if len(button.children) > 5:
            faults.append(f"“{button.name}”下面最多 5 个按钮")
        for child in button.children:
            faults += _button_faults(child, limit=60)
            if child.children:
                faults.append(f"“{child.name}”下面不能再分级，菜单最多两级")
    return faults


def _button_faults(button: MenuButton, *, limit: int) -> list[str]:
    faults = []
    size = len(button.name.encode())
    if not 1 <= size <= limit:
        faults.append(f"“{button.name}”的名字要在 1 到 {limit} 字节之间，现在 {size} 字节")
    if sum(map(bool, (button.choice, button.url, button.children))) != 1:
        faults.append(f"“{button.name}”要写 choice、url、children 中的一样，也只能写一样")
    return faults


class WeChatApi:
    """Client of the platform's HTTP API. Every method raises ChannelError with a Chinese line.

    The access token comes from `stable_token`, so several processes can use the account without
    invalidating each other's token. Neither token nor secret is logged; the secret is never part
    of a URL.
    """

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        now: Callable[[], datetime],
        *,
        base_url: str = BASE_URL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not (app_id and app_secret):
            raise ChannelError("调用微信接口要有 wechat.app_id 和 POLICYBOT_WECHAT__APP_SECRET")
        # httpx logs every URL at INFO, and these contain the access token.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._app_id = app_id
        self._app_secret = app_secret
        self._now = now
        with creation_errors_as_channel_errors("微信接口"):
            self._client = httpx.AsyncClient(
                base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport
            )
        self._token = ""
        self._expires_at: datetime | None = None
        self._token_lock = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def publish_menu(self, menu: Sequence[MenuButton]) -> None:
        """Replace the account's menu. Phones show it within 24 hours."""
        await self._call("/cgi-bin/menu/create", menu_data(menu))

    async def send_text(self, openid: str, text: str) -> None:
        """Send a customer-service message. The platform allows 5 within 48 hours of the user's."""
        await self._call(
            "/cgi-bin/message/custom/send",
            {"touser": openid, "msgtype": "text", "text": {"content": sanitize(text)}},
        )

    async def _call(self, path: str, data: Mapping[str, Any]) -> None:
        answer = await self._post(path, data, await self._valid_token())
        if answer.get("errcode") in _INVALID_TOKEN:
            answer = await self._post(path, data, await self._valid_token(force=True))
        _raise_for(answer)

    async def _valid_token(self, *, force: bool = False) -> str:
        rejected = self._token
        async with self._token_lock:
            # Another call may have renewed the token while this one waited for the lock.
            valid = self._expires_at is not None and self._now() < self._expires_at - _RENEW_BEFORE
            if valid and (not force or self._token != rejected):
                return self._token
            answer = await self._post(
                "/cgi-bin/stable_token",
                {
                    "grant_type": "client_credential",
                    "appid": self._app_id,
                    "secret": self._app_secret,
                    "force_refresh": force,
                },
            )
            _raise_for(answer)
            try:
                self._token = str(answer["access_token"])
                self._expires_at = self._now() + timedelta(seconds=int(answer["expires_in"]))
            except (KeyError, ValueError, TypeError):
                raise ChannelError("微信平台没有给出 access_token") from None
            return self._token

    async def _post(self, path: str, data: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        try:
            response = await self._client.post(
                path,
                params={"access_token": token} if token else None,
                # UTF-8, because the platform shows an escaped \\uXXXX literally in a menu.
                content=dump_bytes(data),
                headers={"Content-Type": "application/json"},
            )
            answer = response.json()
        except (httpx.HTTPError, ValueError):
            raise ChannelError("连不上微信平台（api.weixin.qq.com），请检查网络") from None
        if not isinstance(answer, dict):
            raise ChannelError("微信平台的回答看不懂")
        return answer


def _raise_for(answer: Mapping[str, Any]) -> None:
    code = answer.get("errcode", 0)
    if code:
        known = _ERRORS.get(code, "请按错误码查微信文档") if isinstance(code, int) else "未知错误"
        raise ChannelError(f"微信平台拒绝了（errcode {code}）：{known}")

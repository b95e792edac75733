"""Calls to the WeChat platform: the access token, the menu, customer-service messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from bot.channels.common.rendering import clean
from bot.core.domain.json_codec import dump_bytes
from bot.errors import ChannelError

BASE_URL = "https://api.weixin.qq.com"
TIMEOUT_SECONDS = 5.0
# A token is asked for anew this long before it ends.
_EARLY = timedelta(minutes=5)
_STALE_TOKEN = frozenset({40001, 40014, 42001})
_FAULTS: Mapping[int, str] = {
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
    """A button of the menu: sends a choice, opens a page, or holds other buttons."""

    @property
    def name(self) -> str:
        """What stands on it: 16 bytes, or 60 on the second level."""

    @property
    def choice(self) -> str:
        """What a tap says (`c:start`), or ""."""

    @property
    def url(self) -> str:
        """What a tap opens, or ""."""

    @property
    def children(self) -> Sequence[MenuButton]:
        """At most five; these have no children of their own."""


def menu_data(menu: Sequence[MenuButton]) -> dict[str, Any]:
    """The menu as the platform takes it. Raises ChannelError with all that is wrong with it."""
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
    """The platform's HTTP interface. Every method raises ChannelError with one Chinese line.

    The token comes from stable_token: several processes may ask for it without making each
    other's invalid. It is never logged, and the secret never stands in an address.
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
        # httpx notes every address at INFO, and ours carry the access token.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._app_id = app_id
        self._app_secret = app_secret
        self._now = now
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport
        )
        self._token = ""
        self._until: datetime | None = None
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def publish_menu(self, menu: Sequence[MenuButton]) -> None:
        """Make this the account's menu. Phones show it within 24 hours."""
        await self._call("/cgi-bin/menu/create", menu_data(menu))

    async def send_text(self, openid: str, text: str) -> None:
        """A customer-service message: at most 5 within 48 hours of the user's own message."""
        await self._call(
            "/cgi-bin/message/custom/send",
            {"touser": openid, "msgtype": "text", "text": {"content": clean(text)}},
        )

    async def _call(self, path: str, data: Mapping[str, Any]) -> None:
        answer = await self._post(path, data, await self._fresh_token())
        if answer.get("errcode") in _STALE_TOKEN:
            answer = await self._post(path, data, await self._fresh_token(force=True))
        _raise_for(answer)

    async def _fresh_token(self, *, force: bool = False) -> str:
        spent = self._token
        async with self._asking:
            # Whoever waited here takes the token that another one fetched meanwhile.
            held = self._until is not None and self._now() < self._until - _EARLY
            if held and (not force or self._token != spent):
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
                self._until = self._now() + timedelta(seconds=int(answer["expires_in"]))
            except (KeyError, ValueError, TypeError):
                raise ChannelError("微信平台没有给出 access_token") from None
            return self._token

    async def _post(self, path: str, data: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        try:
            response = await self._client.post(
                path,
                params={"access_token": token} if token else None,
                # As UTF-8: the platform shows \\uXXXX in a menu as it stands.
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
        known = _FAULTS.get(code, "请按错误码查微信文档") if isinstance(code, int) else "未知错误"
        raise ChannelError(f"微信平台拒绝了（errcode {code}）：{known}")

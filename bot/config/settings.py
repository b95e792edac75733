"""The settings with their limits and defaults. Unknown keys are refused at every level."""

from __future__ import annotations

import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)

PREFIX = "POLICYBOT_"
# Host and port of an origin. It goes into a header, so that nothing else may stand in it.
_ORIGIN = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
# Characters.
SHORTEST_TOKEN = 16
SECRETS = frozenset(
    {
        "secret",
        "api.token",
        "telegram.token",
        "telegram.webhook_secret",
        "wechat.token",
        "wechat.aes_key",
        "wechat.app_secret",
    }
)


class Section(BaseModel):
    """A group of settings: immutable, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Address(Section):
    """A host and a port to listen on. Port 0: the system chooses a free port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    host, colon, port = str(value).strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError(f"“{value}”不是“地址:端口”，例如 127.0.0.1:8080")
    return Address(host=host, port=int(port))


def parse_addresses(value: object) -> list[Address]:
    """Return the addresses of a list or of a text with commas. Raises ValueError in Chinese."""
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("至少写一个“地址:端口”，例如 127.0.0.1:8080")
    return [_address(part) for part in value]


def _words(value: object) -> object:
    return [w.strip() for w in value.split(",") if w.strip()] if isinstance(value, str) else value


def _proxies(value: tuple[str, ...]) -> tuple[str, ...]:
    for word in value:
        try:
            _ = word == "*" or ip_network(word)
        except ValueError:
            # uvicorn would accept it as a literal that never matches: all visitors count as one.
            raise ValueError(
                f"“{word}”不是 IP 地址或网段，例如 127.0.0.1、10.0.0.0/8（* 表示都可信）"
            ) from None
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    origins = []
    for word in value:
        parts = _split(word)
        bare = parts and not (parts.path.strip("/") or parts.query or parts.fragment)
        if not (
            parts
            and bare
            and parts.scheme in ("http", "https")
            and _ORIGIN.fullmatch(parts.netloc)
        ):
            raise ValueError(
                f"“{word}”不是网站的地址，要写成 https://域名，后面不带路径，例如 https://space.example.org"
            )
        origins.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return tuple(dict.fromkeys(origins))


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _split(value: str) -> SplitResult | None:
    try:
        return urlsplit(value)
    except ValueError:  # for example an unmatched bracket
        return None


def _token(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (len(secret) >= SHORTEST_TOKEN and secret.isascii() and secret.isprintable()):
        raise ValueError(f"至少要 {SHORTEST_TOKEN} 个字母、数字或符号，不能有中文")
    if " " in secret:
        raise ValueError("里面不能有空格")
    return value


def _web_url(value: str) -> str:
    parts = _split(value)
    if value and not (parts and parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError("要写完整网址，以 http:// 或 https:// 开头")
    return value.rstrip("/")


def _site_url(value: str) -> str:
    parts = _split(value)
    if parts and (parts.query or parts.fragment):
        raise ValueError("网址里不能有 ? 和 #，后面还要接别的")
    url = _web_url(value)
    if parts and parts.path.strip("/"):
        raise ValueError(
            f"域名后面不能带路径（{parts.path}）：网页要用一个单独的域名或端口，"
            "例如 https://guide.example.org"
        )
    return url


def _secure_url(value: str) -> str:
    if value and not _web_url(value).startswith("https://"):
        raise ValueError("必须以 https:// 开头，平台只向加密地址推送消息")
    return value.rstrip("/")


def _proxy_url(value: str) -> str:
    parts = _split(value)
    schemes = ("http", "https", "socks5", "socks5h")
    if value and not (parts and parts.scheme in schemes and parts.hostname):
        raise ValueError("要写成 http://主机:端口 或 socks5://主机:端口")
    return value


def _store_url(value: str) -> str:
    if value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
        return value
    if value == "memory://":
        return value
    if value.startswith(("postgresql://", "postgres://")):
        parts = _split(value)
        if parts is None or "@" in value.partition("://")[2].removeprefix(parts.netloc):
            raise ValueError("读不懂：口令里的 / ? # @ : [ ] 要写成 %2F %3F %23 %40 %3A %5B %5D")
        return value
    raise ValueError("要写成 sqlite:///文件路径 或 postgresql://用户@主机/库名")


# Characters of the key that signs cookies and links.
SHORTEST_SECRET = 16


def _long_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(
            f"太短了，至少 {SHORTEST_SECRET} 个字符；可以用 openssl rand -hex 32 生成一个"
        )
    return value


WebUrl = Annotated[str, AfterValidator(_web_url)]
Days = Annotated[int, Field(ge=1, le=3650)]


class Retention(Section):
    """Days that stored data is kept."""

    sessions_days: Days = 180
    processed_days: Days = 30
    unanswered_days: Days = 90


class Limits(Section):
    """Limits for one message, one user and one network address. A rate of 0 means no limit."""

    body_bytes: int = Field(default=16_384, ge=1_024, le=1_048_576)
    body_seconds: float = Field(default=10.0, gt=0, le=120)
    text_chars: int = Field(default=500, ge=20, le=5_000)
    user_per_minute: int = Field(default=40, ge=0)
    address_per_minute: int = Field(default=600, ge=0)
    address_reads_per_minute: int = Field(default=3_000, ge=0)
    queue: int = Field(default=1_000, ge=1, le=100_000)


class Api(Section):
    """The JSON API. Without a token, only this machine may hold conversations over it."""

    token: Annotated[SecretStr, AfterValidator(_token)] | None = None


class Telegram(Section):
    """The Telegram bot. It needs a token; without `webhook_url` it uses long polling."""

    token: SecretStr | None = None
    base_url: WebUrl = ""
    webhook_url: Annotated[str, AfterValidator(_secure_url)] = ""
    webhook_secret: SecretStr | None = None
    proxy: Annotated[str, AfterValidator(_proxy_url), Field(repr=False)] = ""


class MenuItem(Section):
    """A button of the WeChat menu: sends a choice (`c:start`), opens a page, or has a sub-menu."""

    name: str = Field(min_length=1, max_length=20)
    choice: str = ""
    url: WebUrl = ""
    children: tuple[MenuItem, ...] = Field(default=(), max_length=5)


class Wechat(Section):
    """The WeChat official account. It needs a token; without `aes_key` messages are plain text."""

    token: SecretStr | None = None
    app_id: str = ""
    aes_key: SecretStr | None = None
    app_secret: SecretStr | None = None
    tappable_choices: bool = False
    customer_service: bool = False
    menu: Annotated[tuple[MenuItem, ...], BeforeValidator(_json), Field(max_length=3)] = ()


class Postgres(Section):
    """The connection pool of PostgreSQL. Set `statement_cache` to 0 behind PgBouncer."""

    pool: int = Field(default=10, ge=1, le=200)
    statement_cache: int = Field(default=100, ge=0, le=10_000)


class Reload(Section):
    """Automatic reload of the knowledge folder after a save. `effects`: compare each version that
    goes live with the one before, in a process of low priority."""

    enabled: bool = True
    effects: bool = True
    settle_ms: int = Field(default=200, ge=0, le=5_000)


class Log(Section):
    """Logging."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Section):
    """All settings. Paths are absolute; `repr` does not show secrets."""

    listen: Annotated[tuple[Address, ...], BeforeValidator(parse_addresses)] = (
        Address(host="127.0.0.1", port=8080),
    )
    store: Annotated[str, AfterValidator(_store_url), Field(repr=False)] = "sqlite:///data/bot.db"
    knowledge: Path = Path("knowledge")
    public_url: Annotated[str, AfterValidator(_site_url)] = ""
    trusted_proxies: Annotated[
        tuple[str, ...], BeforeValidator(_words), AfterValidator(_proxies)
    ] = ("127.0.0.1",)
    embed_origins: Annotated[
        tuple[str, ...], BeforeValidator(_words), AfterValidator(_origins)
    ] = ()
    stats: bool = False
    secret: Annotated[SecretStr, AfterValidator(_long_secret)] | None = None
    retention: Retention = Retention()
    limits: Limits = Limits()
    api: Api = Api()
    telegram: Telegram = Telegram()
    wechat: Wechat = Wechat()
    postgres: Postgres = Postgres()
    reload: Reload = Reload()
    log: Log = Log()

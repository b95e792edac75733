"""Read `config.yaml` and the environment into one `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from pydantic import ValidationError

from bot.config.messages import describe_errors, known_keys, suggestion, variable_name
from bot.config.settings import PREFIX, SECRETS, Settings
from bot.errors import ConfigError, reason

DEEPEST = 8
_URLS = ("store", "public_url", "telegram.proxy", "telegram.base_url", "telegram.webhook_url")
# Parameters of a PostgreSQL URL.
_PASSWORDS = ("password", "sslpassword")


def load(path: Path | None, env: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """Return the settings of a file and an environment; without a file, the defaults.

    Relative paths relate to the folder of the file, that of the store to `home` if it is given.
    Raises ConfigError with all faults.
    """
    faults: list[str] = []
    folder = (path.parent if path else Path()).absolute()
    raw, lines = _read(path, faults) if path else ({}, {})
    name = path.name if path else ""
    _refuse_secrets(raw, name, lines, faults)
    origins = {key: f"{name}:{line}: {key}" for key, line in lines.items()}
    origins |= _apply_environment(raw, env, faults)
    faults += _dependency_faults(raw)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([*faults, *describe_errors(error, origins, name)]) from None
    if faults:
        raise ConfigError(faults)
    return _absolute(settings, folder, home or folder)


def _apply_environment(
    raw: dict[str, Any], env: Mapping[str, str], faults: list[str]
) -> dict[str, str]:
    """Replace values of the file by those of the environment. Return the origin of each such key.

    An empty variable counts as unset, because compose files pass empty ones.
    """
    origins = {}
    known = {variable_name(key): key for key in known_keys(Settings)}
    for name, value in sorted(env.items()):
        if not (name.startswith(PREFIX) and value.strip()):
            continue
        if name in known:
            _set(raw, known[name], value.strip())
            origins[known[name]] = f"环境变量 {name}"
        else:
            faults.append(f"环境变量 {name}：没有这个设置{suggestion(name, list(known))}")
    return origins


def _read(path: Path, faults: list[str]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the values of the file, and the line of each key."""
    lines: dict[str, int] = {}
    try:
        text = path.read_text("utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except OSError as error:
        faults.append(f"{path}：读不了这个文件（{reason(error)}）")
    except UnicodeDecodeError:
        faults.append(f"{path.name}：文件不是 UTF-8 编码，请另存为 UTF-8")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(f"{path.name}:{line}: 格式不对，YAML 读不懂这一行（检查缩进和冒号后的空格）")
    except (yaml.YAMLError, ValueError, RecursionError):
        faults.append(f"{path.name}：YAML 格式不对，里面有读不懂的字符或日期")
    else:
        if isinstance(node, yaml.MappingNode) and isinstance(raw, dict):
            _collect_lines(node, "", path.name, lines, faults)
            return {str(k): _with_text_keys(v) for k, v in raw.items()}, lines
        if raw is not None:
            faults.append(
                f"{path.name}:1: 最外层要写成“设置: 值”，一行一个，冒号用半角，后面空一格"
            )
    return {}, lines


def _with_text_keys(value: object) -> object:
    """Return a section with text keys: YAML reads `1:` as a number and `no:` as a boolean."""
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _collect_lines(
    node: yaml.MappingNode, above: str, name: str, lines: dict[str, int], faults: list[str]
) -> None:
    for key_node, value_node in node.value:
        key = f"{above}{key_node.value}"
        line = key_node.start_mark.line + 1
        if key in lines:
            faults.append(f"{name}:{line}: {key} 写了两遍（第 {lines[key]} 行已经有）")
        lines[key] = line
        if isinstance(value_node, yaml.MappingNode) and key.count(".") < DEEPEST:
            _collect_lines(value_node, f"{key}.", name, lines, faults)


def _refuse_secrets(
    raw: dict[str, Any], name: str, lines: Mapping[str, int], faults: list[str]
) -> None:
    """Remove secrets from the values of the file, with a fault for each."""
    for key in sorted(SECRETS):
        section, _, last = key.rpartition(".")
        holder = raw.get(section) if section else raw
        if isinstance(holder, dict) and holder.pop(last, None) is not None:
            where = f"{name}:{lines.get(key, 1)}: {key}"
            faults.append(f"{where} 是秘密，不能写在文件里（改用环境变量 {variable_name(key)}）")
    for key in _URLS:
        section, _, last = key.rpartition(".")
        holder = raw.get(section) if section else raw
        url = holder.get(last) if isinstance(holder, dict) else None
        if isinstance(url, str) and _has_password(url):
            where = f"{name}:{lines.get(key, 1)}: {key}"
            faults.append(f"{where} 里有密码，不能写在文件里（改用环境变量 {variable_name(key)}）")


def _has_password(url: str) -> bool:
    """Return whether a URL has a password, before the host or among the parameters."""
    if "@" in url and ":" in url.partition("://")[2].split("@")[0]:
        return True
    names = (name for name, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True))
    return any(name.strip().lower() in _PASSWORDS for name in names)


def _dependency_faults(raw: Mapping[str, Any]) -> list[str]:
    """Return the faults of settings that need another setting."""
    wechat = raw.get("wechat")
    if not isinstance(wechat, dict):
        return []
    needs = [
        ("aes_key", "app_id", "安全模式要核对公众号的 AppID"),
        ("app_secret", "app_id", "客服消息和菜单要用 AppID"),
        ("customer_service", "app_secret", "客服消息要用 AppSecret"),
    ]
    return [
        f"wechat.{have} 已设置，但缺 wechat.{want}（{why}；{variable_name('wechat.' + want)}）"
        for have, want, why in needs
        if wechat.get(have) not in (None, "", False, "false", "0") and not wechat.get(want)
    ]


def _set(raw: dict[str, Any], key: str, value: str) -> None:
    section, _, last = key.rpartition(".")
    if not section:
        raw[last] = value
        return
    holder = raw.get(section)
    if not isinstance(holder, dict):
        holder = raw[section] = {}
    holder[last] = value


def _absolute(settings: Settings, folder: Path, home: Path) -> Settings:
    store = settings.store
    if store.startswith("sqlite:///"):
        # The path of a URL is percent-encoded.
        below = Path(str(home).replace("%", "%25"))
        store = f"sqlite:///{below / store.removeprefix('sqlite:///')}"
    return settings.model_copy(
        update={"store": store, "knowledge": folder / settings.knowledge.expanduser()}
    )

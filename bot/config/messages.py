"""Names of settings, their environment variables, and Chinese messages about faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from bot.config.settings import PREFIX, MenuItem, Section, Settings


def known_keys(model: type[BaseModel], above: str = "") -> list[str]:
    """Return every key that can be set, nested ones with dots."""
    keys: list[str] = []
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            keys += known_keys(inner, f"{above}{name}.")
        else:
            keys.append(f"{above}{name}")
    return keys


def variable_name(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def suggestion(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"（是不是 {near[0]}？）" if near else ""


def describe_errors(error: ValidationError, origins: Mapping[str, str], name: str) -> list[str]:
    """Return one Chinese line for each fault that pydantic found.

    `origins`: key → where its value comes from. `name`: the name of the settings file.
    """
    said = []
    for item in error.errors(include_url=False, include_input=False):
        place = [part for part in item["loc"] if not str(part).startswith("function-")]
        names = [str(part) for part in place if isinstance(part, str)]
        key = ".".join(names)
        parts = [".".join(names[:n]) for n in range(len(names), 0, -1)]
        origin = next((origins[part] for part in parts if part in origins), key)
        if origin.startswith(f"{name}:") and name:
            origin = f"{origin.rpartition(': ')[0]}: {'.'.join(str(part) for part in place)}"
        said.append(f"{origin}：{_message(item['type'], item.get('ctx') or {}, names)}")
    return said


def _message(kind: str, ctx: Mapping[str, Any], names: list[str]) -> str:
    if kind == "extra_forbidden":
        siblings = [k.rpartition(".")[2] for k in _siblings(names[:-1])]
        return f"没有这个设置{suggestion(names[-1], siblings)}"
    if kind == "value_error":
        error = ctx.get("error")
        return "不是能读懂的 JSON" if isinstance(error, json.JSONDecodeError) else str(error)
    if kind == "missing":
        return "缺少这一项"
    table = {
        "int_": "要写整数",
        "float_": "要写数字",
        "bool_": "要写 true 或 false",
        "string_type": "要写文字（可加引号）",
        "string_too": "文字太短或太长",
        "too_long": f"最多 {ctx.get('max_length')} 项",
        "greater_than": f"太小了，最小 {ctx.get('ge', ctx.get('gt'))}",
        "less_than": f"太大了，最大 {ctx.get('le', ctx.get('lt'))}",
        "literal_": f"只能是 {_listed(ctx.get('expected', ''))}",
        "model_": "这里要有下一级设置，每行缩进两格",
        "path_": "要写文件夹路径",
        "tuple_": "要写成列表",
    }
    return next((say for start, say in table.items() if kind.startswith(start)), "写法不对")


def _listed(expected: str) -> str:
    """Return the list “'a', 'b' or 'c'” without quotes and in Chinese."""
    return expected.replace("'", "").replace(", ", "、").replace(" or ", " 或 ")


def _siblings(above: list[str]) -> list[str]:
    """Return the keys that are allowed in the section with this path."""
    model: type[BaseModel] = Settings
    for name in above:
        info = model.model_fields.get(name)
        inner = info.annotation if info else None
        if MenuItem in get_args(inner):
            model = MenuItem
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
        else:
            return []
    return list(model.model_fields)

"""Parse and validate request bodies. All input is untrusted.

Errors carry a phrase of the knowledge as their detail.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.core.domain.knowledge import Knowledge
from bot.core.domain.session import Utterance

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_CHOICE_LENGTH = 400
MAX_FORM_FIELDS = 64
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
# The pattern of openapi.yaml.
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x85\ufeff]")
_USER = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,64}")


def content_type(request: Request) -> str:
    """Return the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_json(body: bytes, knowledge: Knowledge) -> Mapping[str, Any]:
    """Return the JSON object of the body. Raises HTTPException 400."""
    body = body.removeprefix(codecs.BOM_UTF8)  # PowerShell and .NET put one first
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        data = _read_json_leniently(body, knowledge)
    if not isinstance(data, dict):
        raise HTTPException(400, knowledge.say("web_not_object"))
    return data


def _read_json_leniently(body: bytes, knowledge: Knowledge) -> Any:
    """Return JSON that only the standard library accepts, such as lone surrogates in escapes:
    some phones cut an emoji in half."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise HTTPException(400, knowledge.say("web_not_json")) from None


def read_form(body: bytes, knowledge: Knowledge) -> Mapping[str, str]:
    """Return the fields of an HTML form. Several `tick` fields become one `choice`:
    a:needs:funding and a:needs:venue make a:needs:funding+venue. Raises HTTPException 400."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise HTTPException(400, knowledge.say("web_bad_form")) from None
    ticks = [value for name, value in pairs if name == "tick"]
    fields = {name: value for name, value in pairs if name != "tick"}
    if ticks and not fields.get("choice"):
        rest = [tick.rpartition(":")[2] for tick in ticks[1:]]
        fields["choice"] = "+".join([ticks[0], *rest])
    return fields


def clean(text: str, limit: int) -> str:
    """Return the text without NUL and surrounding blanks, with lone surrogates replaced, cut to
    `limit` characters: every store accepts it. A text without any visible character is empty."""
    # Four times the limit is enough to find `limit` characters behind NULs and blanks, and bounds
    # the work.
    whole = text[: limit * 4].replace("\0", "").encode("utf-16", "surrogatepass")
    cleaned = whole.decode("utf-16", "replace").strip()[:limit].rstrip()
    return cleaned if _VISIBLE.search(cleaned) else ""


def text_field(data: Mapping[str, Any], name: str, knowledge: Knowledge) -> str:
    """Return a string field, or "" if it is absent or null. Raises HTTPException 422."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise HTTPException(422, knowledge.say("web_not_text", name=name))
    return value


def utterance(data: Mapping[str, Any], text_chars: int, knowledge: Knowledge) -> Utterance:
    """Return the choice, else the text, of the request. Raises HTTPException 422 without both."""
    given = text_field(data, "choice", knowledge)
    if len(given) > MAX_CHOICE_LENGTH:
        raise HTTPException(422, knowledge.say("web_long_choice"))
    choice = clean(given, MAX_CHOICE_LENGTH)
    text = clean(text_field(data, "text", knowledge), text_chars)
    if choice:
        return Utterance(choice=choice)
    if not text:
        raise HTTPException(422, knowledge.say("web_empty"))
    return Utterance(text=text)


def message_id(data: Mapping[str, Any], new_id: Callable[[], str], knowledge: Knowledge) -> str:
    """Return the client's id of this message, or a new one. Raises HTTPException 422."""
    given = text_field(data, "message_id", knowledge)
    if given and not _MESSAGE_ID.fullmatch(given):
        raise HTTPException(422, knowledge.say("web_bad_message_id"))
    return given or new_id()


def user_name(data: Mapping[str, Any], knowledge: Knowledge) -> str:
    """Return the caller's name of the user. Raises HTTPException 422."""
    user = text_field(data, "user", knowledge)
    if not _USER.fullmatch(user):
        raise HTTPException(422, knowledge.say("web_bad_user"))
    return user

"""The OpenAPI document of `/api/v1`."""

from __future__ import annotations

from typing import Any

from bot.channels.web.dependencies import WebSettings

Schema = dict[str, Any]


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_OUTCOME: Schema = {"type": "string", "enum": ["answer", "clarify", "unknown"]}
_VERDICT: Schema = {"type": "string", "enum": ["applies", "maybe", "not_applicable"]}


def _turn() -> Schema:
    choice = _object(["id", "label"], id=_TEXT, label=_TEXT)
    section = _object(["heading", "body"], heading=_TEXT, body=_TEXT)
    card = _object(
        ["support", "title", "verdict", "sections"],
        support=_TEXT,
        title=_TEXT,
        verdict=_TEXT,
        sections=_list(section),
    )
    reply = _object(
        ["text", "choices"],
        text=_TEXT,
        choices=_list(choice),
        links=_list(_object(["label", "url"], label=_TEXT, url=_TEXT)),
        cards=_list(card),
        multiple={"type": "boolean", "description": "可以同时选几个：a:needs:funding+venue"},
    )
    finding = _object(
        ["support", "clause", "verdict"], support=_TEXT, clause=_TEXT, verdict=_VERDICT
    )
    return _object(
        ["user", "replies", "mode", "question", "profile", "focus", "findings", "cites"],
        user=_TEXT,
        replies=_list(reply),
        mode={"type": "string", "enum": ["idle", "interview", "results", "detail", "clarify"]},
        question=_MAYBE,
        profile={"type": "object", "additionalProperties": _list(_TEXT)},
        focus=_MAYBE,
        findings=_list(finding),
        cites=_list(_TEXT),
        outcome={"type": ["string", "null"], "enum": ["answer", "clarify", "unknown", None]},
    )


def _schemas(settings: WebSettings) -> Schema:
    said = {"type": "string", "minLength": 1, "description": f"只看前 {settings.text_chars} 个字"}
    match = _object(
        ["support", "clause", "title", "score", "lead_bureau", "bureaus"],
        support=_TEXT,
        clause=_TEXT,
        title=_TEXT,
        score={"type": "number"},
        lead_bureau=_TEXT,
        bureaus=_list(_TEXT),
    )
    asked = _object(
        ["id", "text", "outcome", "matches", "reply"],
        id={"type": ["string", "integer", "null"]},
        text=_TEXT,
        outcome=_OUTCOME,
        matches={**_list(match), "maxItems": 5, "description": "最符合的在前"},
        reply=_TEXT,
    )
    chat = _object(
        ["user"],
        user={"type": "string", "minLength": 1, "maxLength": 64},
        text=said,
        choice={"type": "string", "maxLength": 400, "description": "选项的 id，与 text 二选一"},
        message_id={
            "type": "string",
            "pattern": "^[A-Za-z0-9._:-]{1,64}$",
            "description": "自己编的消息编号；同一编号再发一次，得到同样的回复",
        },
    )
    ask = _object(["text"], text=said, id={"type": ["string", "integer"]})
    error = _object(["error"], error=_TEXT)
    return {"Ask": ask, "Asked": asked, "Chat": chat, "Turn": _turn(), "Error": error}


def _operation(name: str, summary: str, takes: str, gives: str) -> Schema:
    def body(schema: str) -> Schema:
        return {"application/json": {"schema": _ref(schema)}}

    refusals = {
        "400": "不是 JSON",
        "413": "太长",
        "415": "类型不对",
        "422": "缺字段或写法不对",
        "429": "太快，见 Retry-After",
        "503": "忙或暂时存不了，见 Retry-After",
    }
    answers: Schema = {"200": {"description": "好", "content": body(gives)}}
    for status, why in refusals.items():
        answers[status] = {"description": why, "content": body("Error")}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "requestBody": {"required": True, "content": body(takes)},
            "responses": answers,
        }
    }


def openapi(settings: WebSettings) -> Schema:
    """The document, with the limits that are set here."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "柳创通", "version": "1", "description": "柳州创业政策问答接口"},
        "servers": [{"url": settings.public_url or "/"}],
        "paths": {
            "/api/v1/ask": _operation("ask", "问一句，不留记录", "Ask", "Asked"),
            "/api/v1/chat": _operation("chat", "对话中的一轮", "Chat", "Turn"),
        },
        "components": {"schemas": _schemas(settings)},
    }

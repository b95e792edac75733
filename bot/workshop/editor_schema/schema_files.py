"""Turn the shapes of the readers into JSON Schema, and write it into a knowledge folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import SCHEMA_FOLDER, read_snapshot
from bot.errors import EditRefused, reason
from bot.workshop.editing.saving import Edit, replace_file, save_all
from bot.workshop.editor_schema.descriptions import DESCRIPTIONS
from bot.workshop.editor_schema.kinds import KINDS, Kind, with_modeline
from bot.workshop.editor_schema.probe import ANY, Shape

Schema = dict[str, Any]
# A reader takes every scalar as text; an editor sees numbers and dates among them, and null for a
# key without a value.
_TEXT = ["string", "number", "boolean"]
_EMPTY = "null"
_DIALECT = "http://json-schema.org/draft-07/schema#"


def schema_of(kind: Kind) -> Schema:
    """Return the JSON Schema of a kind of files."""
    schema = _table(kind.shape(), kind.name)
    if kind.is_list:
        schema = {"type": "array", "items": schema}
    return {"$schema": _DIALECT, "title": kind.name, **schema}


def schema_files() -> dict[str, str]:
    """Return the text of each schema by its path in a knowledge folder."""
    return {
        f"{SCHEMA_FOLDER}/{kind.name}.json": json.dumps(
            schema_of(kind), ensure_ascii=False, indent=2
        )
        + "\n"
        for kind in KINDS
    }


def write_schemas(folder: Path) -> tuple[list[str], list[Edit]]:
    """Write the schemas into a folder, and the comment that names them into its files. Return the
    schemas and the edits that were needed. Raises EditRefused."""
    written = []
    try:
        (folder / SCHEMA_FOLDER).mkdir(exist_ok=True)
        for name, text in schema_files().items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                replace_file(path, text.encode())
                written.append(name)
    except (OSError, UnicodeDecodeError) as error:
        told = reason(error) if isinstance(error, OSError) else "不是 UTF-8"
        raise EditRefused(f"写不了 {folder / SCHEMA_FOLDER}：{told}") from None
    edits = modeline_edits(folder)
    save_all(folder, edits)
    return written, edits


def modeline_edits(folder: Path) -> list[Edit]:
    """Return the edits that give every file of a folder the comment that names its schema."""
    files = read_snapshot(folder, Problems()).files
    edits = (
        Edit(file, 1, data, with_modeline(file, data))
        for file, data in files.items()
        if file.endswith(".yaml")
    )
    return [edit for edit in edits if edit.after != edit.before]


def _table(shape: Shape, path: str) -> Schema:
    """Return the schema of a mapping: unknown keys are faults unless admins choose the keys."""
    keys = {key: _key(each, f"{path}.{key}") for key, each in shape.keys.items()}
    chosen = keys.pop(ANY, None)
    schema: Schema = {"type": "object", "properties": keys}
    schema["additionalProperties"] = chosen if chosen is not None and not keys else False
    required = [key for key in shape.keys if key in shape.required]
    return {**schema, **({"required": required} if required else {})}


def _key(shape: Shape, path: str) -> Schema:
    schema = _kind(shape, path)
    description = DESCRIPTIONS.get(path, "")
    if shape.values:
        told = (f"{value}{means}" for value, means in shape.values.items())
        description = f"{description}\n只能是：{'、'.join(told)}".strip()
    return {"description": description, **schema} if description else schema


def _kind(shape: Shape, path: str) -> Schema:
    texts = {"type": ["array", _EMPTY], "items": {"type": _TEXT}}
    match shape.kind:
        case "texts" if shape.single:
            return {"type": ["array", *_TEXT, _EMPTY], "items": {"type": _TEXT}}
        case "texts":
            return texts
        case "day":
            return {"type": ["string", _EMPTY], "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}
        case "integer":
            return {"type": ["integer", "string", _EMPTY], "pattern": r"^\d*$", "minimum": 0}
        case "boolean":
            return {"enum": [True, False, "true", "false", "", None]}
        case "enum":
            return {"enum": [*shape.values, "", None]}
        case "table":
            return {**_table(shape, path), "type": ["object", _EMPTY]}
        case "tables":
            return {"type": ["array", _EMPTY], "items": _table(shape, path)}
        case _:
            return {"type": [*_TEXT, _EMPTY]}

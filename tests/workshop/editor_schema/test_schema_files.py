"""The schemas say what the readers read: they accept the knowledge and name what is unknown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.content.documents.problems import Problems
from bot.content.documents.tree import ListNode, MappingNode, Node, parse
from bot.content.readers.loader import read_folder
from bot.workshop.editor_schema.descriptions import DESCRIPTIONS
from bot.workshop.editor_schema.kinds import KINDS, kind_of_file, modeline, with_modeline
from bot.workshop.editor_schema.probe import ANY, Shape
from bot.workshop.editor_schema.schema_files import schema_files, schema_of, write_schemas
from bot.workshop.folder import has_other_entries, read_files
from tests.content.sample_folder import VENUE, build, checked
from tests.knowledge_base import KNOWLEDGE

VALIDATORS = {kind.name: Draft7Validator(schema_of(kind)) for kind in KINDS}
_INTEGER = re.compile(r"[-+]?\d+")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")


def as_editor(node: Node) -> Any:
    """Return a tree as an editor reads it: with the types of YAML 1.2."""
    if isinstance(node, MappingNode):
        return {key: as_editor(each) for key, each in node.values.items()}
    if isinstance(node, ListNode):
        return [as_editor(each) for each in node.items]
    text = node.value
    if node.quoted:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def faults(file: str, data: bytes) -> list[str]:
    """Return what an editor would mark in a file."""
    kind, tree = kind_of_file(file), parse(file, data, Problems())
    assert kind is not None, file
    assert tree is not None, file
    return [each.message for each in VALIDATORS[kind.name].iter_errors(as_editor(tree))]


def yaml_files(folder: Path) -> dict[str, bytes]:
    files = read_folder(folder)[0].files
    return {name: data for name, data in files.items() if name.endswith(".yaml")}


def test_every_knowledge_file_is_valid_and_names_its_schema() -> None:
    found = yaml_files(KNOWLEDGE)
    assert len(found) > 100
    for file, data in found.items():
        assert faults(file, data) == [], file
        assert with_modeline(file, data) == data, f"run `schema` for {file}"
        line = data.split(b"\n", 1)[0].decode()
        named = (KNOWLEDGE / file).parent / line.partition("$schema=")[2]
        assert named.resolve() == (KNOWLEDGE / "schema" / named.name).resolve()


def test_the_schemas_that_are_stored_are_current() -> None:
    stored = {f"schema/{p.name}": p.read_text("utf-8") for p in (KNOWLEDGE / "schema").iterdir()}
    assert stored == schema_files(), "run `schema`"
    for text in stored.values():
        Draft7Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("summary:", "sumary:", "sumary"),
        ("needs: [venue]", "needs: venue", "venue"),
        ("status: open", "status: opened", "opened"),
        ("valid_until: 2027-12-31", "valid_until: 明年", "明年"),
        ("closed: false", "closed: 不", "不"),
        ("basis: reading", "basis: law", "law"),
        ("id: venue-grant\n", "", "'id' is a required"),
        ("unstated: {what: [怎么申请]", "unstated: {waht: [怎么申请]", "waht"),
        ("identity: {of:", "identity: {off:", "off"),
    ],
)
def test_what_check_refuses_is_marked(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (build(tmp_path / "k") / VENUE).read_text("utf-8")
    assert faults(VENUE, text.encode()) == []
    assert text.count(old) == 1
    found = faults(VENUE, text.replace(old, new).encode())
    assert any(said in message for message in found), found


def test_the_keys_are_those_that_the_readers_know(tmp_path: Path) -> None:
    # An unknown key is a fault of the schema exactly where it is a problem of `check`.
    folder = build(tmp_path / "k")
    for file, data in yaml_files(folder).items():
        kind = kind_of_file(file)
        assert kind is not None
        if kind.is_list:
            continue
        (folder / file).write_bytes(data + b"\nunknown_key: 1\n")
        told = [p for p in read_folder(folder)[1].problems.sorted() if p.file == file]
        assert any("unknown_key" in p.message for p in told), file
        assert any("unknown_key" in m for m in faults(file, data + b"\nunknown_key: 1\n")), file
        (folder / file).write_bytes(data)


def paths(shape: Shape, above: str) -> list[str]:
    found = []
    for key, each in shape.keys.items():
        # The lists of language/ that the core names are explained in their files.
        if not (each.kind == "texts" and key != ANY and above.count(".") and _is_word_list(above)):
            found.append(f"{above}.{key}")
        found += paths(each, f"{above}.{key}")
    return found


def _is_word_list(path: str) -> bool:
    name, _, rest = path.partition(".")
    kind = next(each for each in KINDS if each.name == name)
    return kind.files.startswith("language/") and "." not in rest


def test_every_key_is_described_and_nothing_else() -> None:
    known = [path for kind in KINDS for path in paths(kind.shape(), kind.name)]
    assert sorted(set(known) - DESCRIPTIONS.keys()) == []
    assert sorted(DESCRIPTIONS.keys() - set(known)) == []
    stored = json.loads(schema_files()["schema/support.json"])
    assert stored["properties"]["quote"]["description"] == DESCRIPTIONS["support.quote"]
    assert "（名额或资金用完）" in stored["properties"]["status"]["description"]


def test_each_file_has_one_kind() -> None:
    assert kind_of_file("policies/a/policy.yaml") == kind_of_file("policies/b/policy.yaml")
    assert kind_of_file("policies/a/supports/b.yaml") != kind_of_file("policies/a/policy.yaml")
    for file in ("README.md", "schema/x.json", "policies/a/b.yaml", "x/phrases/a.yaml", "a.yaml"):
        assert kind_of_file(file) is None
        assert modeline(file) == ""
    assert modeline("place.yaml").endswith("$schema=./schema/place.json\n")
    assert modeline(VENUE).endswith("$schema=../../../schema/support.json\n")


def test_the_comment_is_added_once_and_corrected() -> None:
    line = modeline("place.yaml")
    for data in (b"a: b\n", b"# yaml-language-server: $schema=old.json\na: b\n"):
        found = with_modeline("place.yaml", data)
        assert found == line.encode() + b"a: b\n"
        assert with_modeline("place.yaml", found) == found
    assert with_modeline("place.yaml", b"\xef\xbb\xbfa: b\r\n") == (
        b"\xef\xbb\xbf" + line.encode().replace(b"\n", b"\r\n") + b"a: b\r\n"
    )
    assert with_modeline("sources/a.txt", b"text") == b"text"


def test_a_folder_with_schemas_is_checked_as_before(tmp_path: Path) -> None:
    folder = build(tmp_path / "k")
    schemas, edits = write_schemas(folder)
    assert len(schemas) == len(KINDS)
    assert len(edits) == len(yaml_files(folder))
    assert checked(folder) == []
    assert not any(name.startswith("schema/") for name in read_folder(folder)[0].files)
    assert write_schemas(folder) == ([], [])


def test_a_version_holds_the_schemas_so_that_a_draft_has_them(tmp_path: Path) -> None:
    folder = build(tmp_path / "k")
    write_schemas(folder)
    assert "schema/support.json" in read_files(folder)
    # Else a publish could not exchange the whole folder in one step.
    assert not has_other_entries(folder)

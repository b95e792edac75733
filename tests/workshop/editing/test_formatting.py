"""The normal form keeps every value and comment, and is the form of the knowledge itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import EditRefused
from bot.workshop.editing.document import Document
from bot.workshop.editing.formatting import format_folder, formatted
from tests.content.sample_folder import SYNONYMS, VENUE, checked, put
from tests.knowledge_base import KNOWLEDGE

UNTIDY = b"""\xef\xbb\xbf# head  \r
\r
\r
id:   'x'   # the id\r
quoted: "12"\r
year: 2020\r
empty:\r
blank: ''\r
flow: [ a,b ,  "c, d",'e' ] # why\r
map: {x:  1 , list: [p,q]}\r
long: [a,\r
         b]  # several\r
text: |-\r
    first # no comment\r
\r
      deeper\r
list:\r
- one\r
-   two    # second\r
\r
\r
# about three\r
-    'three'\r
nested:   # below\r
    - id: 1\r
      words:\r
            - w\r
    -   id: 2\r
# tail\r
\r
"""
TIDY = """# head

id: "x"  # the id
quoted: "12"
year: 2020
empty:
blank: ""
flow: [a, b, "c, d", "e"]  # why
map: {x: 1, list: [p, q]}
long: [a,
  b]  # several
text: |-
  first # no comment

    deeper
list:
  - one
  - two  # second

  # about three
  - "three"
nested:  # below
  - id: 1
    words:
      - w
  - id: 2
# tail
"""


def test_an_untidy_file_gets_the_normal_form() -> None:
    found = formatted("x.yaml", UNTIDY)
    assert found.decode() == TIDY
    assert formatted("x.yaml", found) == found
    assert Document("x.yaml", found).data == Document("x.yaml", UNTIDY).data


def test_a_list_at_the_top_begins_at_the_margin() -> None:
    data = "# c\n  -   name: 甲\n      talk:\n      - say: 乙\n\n\n\n  - name: 丙\n".encode()
    assert formatted("x.yaml", data).decode() == (
        "# c\n- name: 甲\n  talk:\n    - say: 乙\n\n- name: 丙\n"
    )


def test_every_file_of_the_knowledge_has_the_normal_form() -> None:
    # Equal bytes: nothing that `fmt` writes changes a value, and writing again changes nothing.
    untidy = [p.name for p in sorted(KNOWLEDGE.rglob("*.yaml")) if _changes(p)]
    assert untidy == []


def _changes(path: Path) -> bool:
    data = path.read_bytes()
    return formatted(path.name, data) != data


@pytest.mark.parametrize(
    "text",
    [
        "a: [b,  # why\n  c]\n",  # a comment inside of brackets
        "a:\n  -  # why\n    b: c\n",
        "a: |-  # why\n  b\n",
        "? a\n: b\n",
        "--- # c\na: b\n",
        "a: 'b\n\n  c'\n",
        'a: "b \\\n  c"\n',
        "a: b\n...\n",
        "a: >-\n  b\n  c\n",
        "a:\n# c\n\n  # d\n  b: c\n",
        "- - a\n  - b\n-\n  - c\n",
    ],
)
def test_rare_forms_keep_values_and_comments_or_are_refused(text: str) -> None:
    try:
        found = formatted("x.yaml", text.encode()).decode()
    except EditRefused:
        return
    assert Document("x.yaml", found.encode()).data == Document("x.yaml", text.encode()).data
    assert found.count("#") == text.count("#")


def test_a_comment_is_never_dropped() -> None:
    with pytest.raises(EditRefused, match="手工整理"):
        formatted("x.yaml", b"a:\n  -  # why\n    b: c\n")


@pytest.mark.parametrize("text", ["a: [b\n", "a: b\na: c\n", "{a: b}\n", "just text\n"])
def test_what_is_no_block_of_keys_is_refused(text: str) -> None:
    with pytest.raises(EditRefused):
        formatted("x.yaml", text.encode())


def test_a_folder_gives_one_edit_a_file_that_changes(folder: Path) -> None:
    put(folder, SYNONYMS, "synonyms:\n    休学: [停学,缓一年]\n")
    put(folder, VENUE, "id: [\n")
    edits, refused = format_folder(folder)
    assert [each.file for each in edits if each.file == SYNONYMS] == [SYNONYMS]
    edit = next(each for each in edits if each.file == SYNONYMS)
    assert (edit.line, edit.after.decode()) == (2, "synonyms:\n  休学: [停学, 缓一年]\n")
    assert [VENUE in each for each in refused].count(True) == 1


def test_a_formatted_folder_still_passes(folder: Path) -> None:
    from bot.workshop.editing.saving import save_all

    edits, refused = format_folder(folder)
    assert edits
    save_all(folder, edits)
    assert checked(folder) == []
    assert format_folder(folder) == ([], refused)

"""Read scenarios/*.yaml: conversations and what each reply must contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.content.documents.mapping_reader import MappingReader, as_mappings
from bot.content.documents.problems import Problems
from bot.content.documents.snapshot import Snapshot
from bot.content.documents.tree import parse

NONE = "none"
"""The word that an admin writes for "there must be none"."""


@dataclass(frozen=True, slots=True)
class Expect:
    """The expectations of one step.

    None expects nothing; "" and () expect that there is none. `cites` and the four verdicts must
    be among what the turn gives; their `…_only` forms must be all that the turn gives.
    """

    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    cites: tuple[str, ...] | None = None
    cites_only: tuple[str, ...] | None = None
    question: str | None = None
    outcome: str | None = None
    mode: str | None = None
    focus: str | None = None
    profile: Mapping[str, tuple[str, ...]] | None = None
    applies: tuple[str, ...] | None = None
    maybe: tuple[str, ...] | None = None
    not_applicable: tuple[str, ...] | None = None
    closed: tuple[str, ...] | None = None
    applies_only: tuple[str, ...] | None = None
    maybe_only: tuple[str, ...] | None = None
    not_applicable_only: tuple[str, ...] | None = None
    closed_only: tuple[str, ...] | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """Return the ids of all clauses that must be cited."""
        return (*(self.cites or ()), *(self.cites_only or ()))

    @property
    def judged(self) -> tuple[str, ...]:
        """Return the ids of all supports with an expected verdict."""
        return (
            *(self.applies or ()),
            *(self.maybe or ()),
            *(self.not_applicable or ()),
            *(self.closed or ()),
            *(self.applies_only or ()),
            *(self.maybe_only or ()),
            *(self.not_applicable_only or ()),
            *(self.closed_only or ()),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One user input (either `say` or `tap` is "") and what its reply must contain."""

    say: str
    tap: str
    expect: Expect
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation from its first message. `today` None: any day."""

    name: str
    talk: tuple[Step, ...]
    file: str
    line: int
    today: date | None = None


def read_scenarios(files: Snapshot, problems: Problems) -> tuple[Scenario, ...]:
    """Return all scenarios of the snapshot, sorted by file name, in file order."""
    found: dict[str, Scenario] = {}
    for file, data in files.under("scenarios"):
        node = parse(file, data, problems)
        if node is None:
            continue
        for fields in as_mappings(file, node, problems, "对话样例文件"):
            scenario = read_scenario(fields)
            first = found.setdefault(scenario.name, scenario)
            if first is not scenario and scenario.name:
                fields.add_problem("name", f"样例名字重复，{first.file}:{first.line} 已经用了")
    return tuple(found.values())


def read_scenario(fields: MappingReader) -> Scenario:
    """Return one scenario of a file."""
    scenario = Scenario(
        name=fields.text("name", required=True),
        today=fields.day("today"),
        talk=tuple(_step(each) for each in fields.tables("talk")),
        file=fields.file,
        line=fields.line(),
    )
    if not scenario.talk:
        fields.add_problem("talk", "样例里没有对话", "写 talk: 和至少一句 say")
    fields.finish()
    return scenario


def _step(fields: MappingReader) -> Step:
    says, taps = "say" in fields, "tap" in fields
    say, tap = fields.text("say"), fields.text("tap")
    if says == taps:
        fields.add_problem("", "每一步要么写 say（说的话），要么写 tap（点的按钮）")
    table = fields.table("expect")
    step = Step(say, tap, _expect(table) if table else Expect(), fields.file, fields.line())
    fields.finish()
    return step


def _expect(fields: MappingReader) -> Expect:
    profile = fields.text_list_mapping("profile")
    expect = Expect(
        says=fields.texts("says", single=True),
        never_says=fields.texts("never_says", single=True),
        cites=_list(fields, "cites"),
        cites_only=_list(fields, "cites_only"),
        question=_word(fields, "question"),
        outcome=_word(fields, "outcome"),
        mode=_word(fields, "mode"),
        focus=_word(fields, "focus"),
        profile=profile if "profile" in fields else None,
        applies=_list(fields, "applies"),
        maybe=_list(fields, "maybe"),
        not_applicable=_list(fields, "not_applicable"),
        closed=_list(fields, "closed"),
        applies_only=_list(fields, "applies_only"),
        maybe_only=_list(fields, "maybe_only"),
        not_applicable_only=_list(fields, "not_applicable_only"),
        closed_only=_list(fields, "closed_only"),
    )
    fields.finish()
    return expect


def _list(fields: MappingReader, key: str) -> tuple[str, ...] | None:
    values = fields.texts(key, single=True)
    return values if key in fields else None


def _word(fields: MappingReader, key: str) -> str | None:
    """Return the text of a key: "" for "none", None for an absent key."""
    value = fields.text(key)
    if key not in fields:
        return None
    return "" if value == NONE else value

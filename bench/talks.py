"""Play conversations and count the turns answered as a good advisor would answer them.

    python -m bench.talks [file …] [--kind KIND,…] [-v]

Without files, every file below `tests/talks` is played. One table is printed for each file, a row
for each kind of talk. A talk is one fresh user; a turn has an input, `user` (typed) or `choice`
(the id of an option), and expectations, which are all optional. `defaults` of the file and of a
talk hold for each of their turns that does not say otherwise; false switches one off.

  text, not_text     all of these words / none of these words are said; blanks do not count
  any_text           one of a list is said; of a list of lists, one of each
  bureau, max_chars  these bureaus are named; the reply is no longer than this
  not_blanket        the reply is not the sentence for what was not understood
  not_unknown        the reply is not the sentence for what the policy does not have
  no_card            no quote of the policy that was shown before
  verdict            not_no: nobody is told no; not_yes: nobody is told yes
  clause, all_clause one of these clauses / all of them are cited or found to apply (or perhaps to)
  not_clause         none of these clauses is cited first or found to apply
  no_cites           no clause is cited
  focus_clause       the focus, or the first cited clause, is one of these
  offers             one of these clauses is cited, found, or stands on an option
  clause_or_asks     the same, or a question of the interview other than the identity is open
  moves_on           the same, or any question of the interview is open
  not_clarify, asks  no choice between supports is asked for; a question of the interview is open
  profile, profile_has, not_profile
                     slot: choices. Exactly these / at least these / none of these are known
  behaviour          asks to choose | does not advance | goes back one question |
                     shows recommendations | shows more or ends | takes the first choice

In every turn something is said, no sum or share stands in it that is neither in the knowledge nor
was typed, nobody is sent away (phrase `signpost`) unless `signpost_ok`, and no earlier reply is
said again word for word unless `same_ok`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from bench.quality import DAY, KNOWLEDGE
from bot.app.composition import load_base
from bot.core.dialogue.manager import KnowledgeBase, step
from bot.core.domain.knowledge import IDENTITY
from bot.core.domain.replies import Turn
from bot.core.domain.session import Session, Utterance

TALKS = Path(__file__).parents[1] / "tests" / "talks"
_NO = re.compile(r"\A(?:不可以|不能|不行)[。，！]|不适合(?!的)|不符合|不在这一项的范围")
_YES = re.compile(
    r"\A(?:可以|能|是|是的|对|合法|当然)[。，！]|在这一项的范围里|您符合条件|您可以申请"
)
_NOT_SAID = re.compile(
    r"(?:没有?[说写讲]|不是说|不等于说?)[^，。；！？\n]{0,8}(?:不适合|不符合|您符合|您可以)"
)
_FIGURE = re.compile(r"\d[\d.]*\s*(?:[万亿]?元|%|[万亿])")
_ENDS = re.compile("没有(?:更多|别的|其他|下一页)|没了|到底|看完|都在这|就这些")
# A line that lists all that the policy leaves open is no answer to a question about one of them.
_OPEN_LIST = re.compile(
    r"(?m)^[^：，。\n]{0,6}(?:没有?|未)[写说提讲列][的到明]?：[^“\n。；，]*(?:、[^\n。；，]*){2}"
)
_DIGITS = str.maketrans("零一二三四五六七八九两", "01234567892")
OTHER_KEYS = {"user", "choice", "signpost_ok", "same_ok"}


@dataclass
class Judge:
    """Judges the turns of one talk, with what was said before in it."""

    base: KnowledgeBase
    sentences: Mapping[str, str]
    known: frozenset[str]
    quotes: set[str] = field(default_factory=set)
    replies: set[str] = field(default_factory=set)
    typed: str = ""

    def faults(self, wanted: Mapping[str, Any], turn: Turn, before: Session) -> list[str]:
        """Return the names of the expectations that a turn does not meet."""
        said = Said(turn, before, self.base)
        found = [
            name
            for name, want in wanted.items()
            if name not in OTHER_KEYS and want is not False and not CHECKS[name](want, said, self)
        ]
        if not said.plain:
            found.append("says nothing")
        if self.says(said, "signpost") and not wanted.get("signpost_ok"):
            found.append("sends away")
        if said.plain in self.replies and len(said.plain) > 5 and not wanted.get("same_ok"):
            found.append("same reply")
        if invented := figures(said.text) - self.known - figures(self.typed):
            found.append(f"invented {sorted(invented)}")
        self.replies.add(said.plain)
        self.quotes |= said.quotes
        return found

    def turns(
        self, data: Mapping[str, Any], talk: Mapping[str, Any]
    ) -> Iterator[tuple[Mapping[str, Any], Utterance]]:
        """Return the turns of a talk: what is expected, and what is said."""
        for own in talk["turns"]:
            wanted = {**data.get("defaults", {}), **talk.get("defaults", {}), **own}
            wanted.setdefault("same_ok", talk["kind"] == "noise")
            self.typed += f"，{own.get('user', '')}"
            yield wanted, Utterance(text=own.get("user", ""), choice=own.get("choice", ""))

    def is_right(self, wanted: Mapping[str, Any], turn: Turn, before: Session) -> bool:
        """Return whether a turn meets its expectations, without remembering it."""
        alone = replace(self, quotes=set(self.quotes), replies=set(self.replies))
        return not alone.faults(wanted, turn, before)

    def says(self, said: Said, *names: str) -> bool:
        """Return whether a reply has one of these sentences."""
        return any(self.sentences[name] in said.plain for name in names)


class Said:
    """What one turn says, in the terms of the expectations."""

    def __init__(self, turn: Turn, before: Session, base: KnowledgeBase) -> None:
        supports, session = base.knowledge.supports, turn.session
        self.text = "\n".join(reply.text for reply in turn.replies)
        self.plain = plain(self.text)
        self.words = spoken(_OPEN_LIST.sub("", self.text))
        self.options = [option.id for reply in turn.replies for option in reply.choices]
        self.profile = {slot: set(choices) for slot, choices in session.profile.items() if choices}
        self.pending, self.before = session.pending, before
        self.finds = bool(turn.findings)
        self.clarifies = turn.outcome == "clarify" and any(o[:2] == "s:" for o in self.options)
        self.cites = list(turn.cites)
        fits = {f.clause for f in turn.findings if f.verdict in ("applies", "maybe")}
        self.rests_on = {*turn.cites, *fits}
        named = [supports.get(o.rpartition(":")[2]) for o in self.options if o[:2] in ("s:", "f:")]
        self.offers = self.rests_on | {support.clause for support in named if support}
        focus = supports.get(session.focus)
        self.about = {*turn.cites[:1], *([focus.clause] if focus else [])}
        self.recommends = {f.clause for f in turn.findings if f.verdict == "applies"}
        self.recommends = self.recommends or {*turn.cites[:1]}
        self.quotes = {s.quote for s in supports.values() if s.quote in self.text}
        self.first = next((o for o in (x.id for x in before.offered) if o[:2] == "a:"), "")


Check = Callable[[Any, Said, Judge], bool]


def plain(text: str) -> str:
    """Return a text without blanks."""
    return re.sub(r"\s", "", text).replace("％", "%")


def spoken(text: str) -> str:
    """Return a text without blanks, and once more with numerals as digits: 三十万 as 30万."""
    numbers = re.sub("(?<![一二三四五六七八九])十", "一十", plain(text))
    numbers = re.sub("十([一二三四五六七八九]?)", lambda m: m[1] or "零", numbers)
    return f"{plain(text)}\n{numbers.translate(_DIGITS)}"


def figures(text: str) -> set[str]:
    """Return the sums and shares of a text."""
    return {plain(f).replace("万元", "万") for f in _FIGURE.findall(spoken(text))}


def _flat(words: Any) -> list[str]:
    return [w for x in words for w in _flat(x)] if isinstance(words, list) else [plain(str(words))]


def _any_text(want: list[Any], said: Said, _: Judge) -> bool:
    groups = want if all(isinstance(w, list) for w in want) else [want]
    return all(any(word in said.words for word in _flat(group)) for group in groups)


def _profile(holds: Callable[[set[str], set[str]], bool]) -> Check:
    return lambda want, said, _: all(
        holds(said.profile.get(slot, set()), set(choices)) for slot, choices in want.items()
    )


_BEHAVIOURS: dict[str, Callable[[Said], bool]] = {
    "asks to choose": lambda s: bool(s.options),
    "does not advance": lambda s: s.pending == s.before.pending,
    "goes back one question": lambda s: (s.pending or s.before.pending) != s.before.pending,
    "shows recommendations": lambda s: s.finds,
    "shows more or ends": lambda s: s.finds or bool(_ENDS.search(s.text)),
    "takes the first choice": lambda s: (
        s.first in {f"a:{slot}:{'+'.join(sorted(c))}" for slot, c in s.profile.items()}
    ),
}
_VERDICTS = {"not_no": _NO, "not_yes": _YES}
CHECKS: dict[str, Check] = {
    "text": lambda w, s, _: all(word in spoken(s.text) for word in _flat(w)),
    "not_text": lambda w, s, _: not any(word in s.plain for word in _flat(w)),
    "any_text": _any_text,
    "bureau": lambda w, s, _: all(word in s.plain for word in _flat(w)),
    "max_chars": lambda w, s, _: len(s.text) <= w,
    "not_blanket": lambda _, s, judge: not judge.says(s, "unknown", "nothing"),
    "not_unknown": lambda _, s, judge: not judge.says(s, "unknown"),
    "no_card": lambda _, s, judge: not s.quotes & judge.quotes,
    "verdict": lambda w, s, _: not _VERDICTS[w].search(_NOT_SAID.sub("", s.text)),
    "clause": lambda w, s, _: bool({*w} & s.rests_on),
    "all_clause": lambda w, s, _: {*w} <= s.rests_on,
    "not_clause": lambda w, s, _: not {*w} & s.recommends,
    "no_cites": lambda _, s, __: not s.cites,
    "focus_clause": lambda w, s, _: bool({*w} & s.about),
    "offers": lambda w, s, _: bool({*w} & s.offers),
    "clause_or_asks": lambda w, s, _: bool({*w} & s.offers) or s.pending not in ("", IDENTITY),
    "moves_on": lambda w, s, _: bool({*w} & s.offers) or bool(s.pending),
    "not_clarify": lambda _, s, __: not s.clarifies,
    "asks": lambda _, s, __: bool(s.pending),
    "profile": _profile(lambda known, want: known == want),
    "profile_has": _profile(lambda known, want: want <= known),
    "not_profile": _profile(lambda known, want: not want & known),
    "behaviour": lambda w, s, _: all(_BEHAVIOURS[x](s) for x in w),
}


def play(
    data: Mapping[str, Any], base: KnowledgeBase, kinds: set[str]
) -> Iterator[tuple[Mapping[str, Any], int, Turn, list[str]]]:
    """Play the talks of a file. Yields the talk, the number of the turn from 1, the turn, and its
    faults."""
    for talk, judge in judges(data, base):
        if kinds and talk["kind"] not in kinds:
            continue
        session = Session()
        for number, (wanted, said) in enumerate(judge.turns(data, talk), 1):
            turn = step(session, said, base, DAY)
            yield talk, number, turn, judge.faults(wanted, turn, session)
            session = turn.session


def judges(
    data: Mapping[str, Any], base: KnowledgeBase
) -> Iterator[tuple[Mapping[str, Any], Judge]]:
    """Return the talks of a file, each with its judge."""
    phrases = base.knowledge.phrases
    sentences = {name: _opening(phrases[name]) for name in ("unknown", "nothing", "signpost")}
    known = frozenset(figures("\n".join(_texts())))
    for talk in data["talks"]:
        yield talk, Judge(base, sentences, known)


def _opening(phrase: str) -> str:
    """Return the fixed words of a phrase that no other phrase has: its longest part without a
    placeholder."""
    return plain(max(re.split(r"\{\w+\}", phrase), key=len))


def _texts() -> Iterator[str]:
    for pattern in ("sources/*.txt", "later_rules/*.yaml", "policies/**/*.yaml", "bureaus.yaml"):
        for file in KNOWLEDGE.glob(pattern):
            yield file.read_text(encoding="utf-8")


def measure(file: Path, base: KnowledgeBase, kinds: set[str], *, verbose: bool) -> None:
    """Print the table of a file, and with `verbose` each turn that is not right."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    names: Counter[str] = Counter()
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    for talk, number, turn, faults in play(data, base, kinds):
        counts[talk["kind"]].update(turns=1, right=not faults)
        names.update(faults)
        if faults and verbose:
            own = talk["turns"][number - 1]
            print(f"{talk['id']} {number} > {own.get('user') or own.get('choice')}")
            print(f"    {', '.join(faults)}\n    < {turn.replies[0].text[:160]!r}")
    counts["all"] = sum(counts.values(), Counter())
    print(file.name)
    for kind, c in counts.items():
        print(f"  {kind:20}{c['right']:4} of{c['turns']:4} {100 * c['right'] / c['turns']:6.1f} %")
    print("  " + "; ".join(f"{name} {n}" for name, n in names.most_common(12)))


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=sorted(TALKS.glob("*.yaml")))
    parser.add_argument("--kind", default="", help="kinds of talks, with commas between")
    parser.add_argument("-v", action="store_true", dest="verbose", help="show each wrong turn")
    options = parser.parse_args(arguments)
    kinds = set(options.kind.split(",")) - {""}
    with tempfile.TemporaryDirectory() as home:
        base = load_base(KNOWLEDGE, Path(home))
    for file in options.files:
        measure(file, base, kinds, verbose=options.verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

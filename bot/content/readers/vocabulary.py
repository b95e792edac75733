"""Read synonyms, signposts, phrases, language and updates."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.content.documents.mapping_reader import Fields
from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import Place, Reading
from bot.content.readers.bureaus_and_profile import Confidence
from bot.core.domain.knowledge import OutOfScopeTopic, Update

# What a word does in “有什么政策”; the core knows these.
OVERVIEW = ("asks", "whether", "else", "things", "topics", "ventures", "fits", "beside")


@dataclass(frozen=True, slots=True)
class Header:
    """What the facts of one later rule share."""

    title: str
    issuer: str
    date: str


def read_synonyms(fields: Fields, reading: Reading) -> None:
    """synonyms.yaml: standard word → what people say; English words → Chinese ones."""
    fields.must_have("synonyms", "english")
    reading.synonyms.update(fields.word_lists("synonyms"))
    reading.english.update(fields.word_lists("english"))
    reading.spoken.update(fields.sayings("spoken"))
    reading.elsewhere.extend(fields.texts("elsewhere"))
    for kind in ("synonyms", "english", "spoken"):
        table = fields.table(kind)
        if table is not None:
            reading.places.note("words", kind, table)
    fields.finish()


def read_phrases(fields: Fields, reading: Reading) -> None:
    """Read one file of phrases/: sentences of the bot by id. An id stands in one file only."""
    fields.must_have("phrases")
    table = fields.table("phrases")
    for name, phrase in fields.sayings("phrases").items():
        if table is not None:
            reading.keep("phrase", reading.phrases, name, phrase, table, line_of=name)
    fields.finish()


def read_language(fields: Fields, reading: Reading) -> None:
    """Read language.yaml: what users say for commands, fields, overviews and unstated topics."""
    fields.must_have("commands", "fields")
    reading.commands.update(fields.word_lists("commands"))
    reading.fields.update(fields.word_lists("fields"))
    reading.silences.update(fields.word_lists("silences"))
    reading.unwritten.update(fields.word_lists("unwritten"))
    overview = fields.table("overview")
    if overview is not None:
        reading.overview.update({kind: overview.texts(kind) for kind in OVERVIEW})
        overview.finish()
    for kind in ("commands", "fields", "silences", "unwritten", "overview"):
        table = fields.table(kind)
        if table is not None:
            reading.places.note("words", kind, table)
    fields.finish()


def read_signposts(fields: Fields, reading: Reading) -> None:
    """signposts.yaml: topics that the papers do not cover, with the line that helps."""
    fields.must_have("signposts")
    for each in fields.tables("signposts"):
        # it may be empty (no office has to do with a poem), but not forgotten
        each.must_have("hotline")
        signpost = OutOfScopeTopic(
            id=each.text("id", required=True),
            title=each.text("title", required=True),
            hotline=each.text("hotline"),
            keywords=each.texts("keywords"),
            questions=each.texts("questions"),
            see=each.texts("see"),
        )
        each.finish()
        reading.keep("signpost", reading.signposts, signpost.id, signpost, each)
    fields.finish()


def read_updates(fields: Fields, reading: Reading) -> None:
    """updates.yaml: what later rules say, put onto the supports they speak about.

    Needs the supports; an unknown one is a problem.
    """
    fields.must_have("updates")
    for number, each in enumerate(fields.tables("updates")):
        reading.places.note("update", str(number), each)
        header = Header(
            title=each.text("title", required=True),
            issuer=each.text("issuer", required=True),
            date=each.text("date", required=True),
        )
        valid_until = each.day("valid_until")
        for fact in each.tables("facts"):
            update = Update(
                title=header.title,
                issuer=header.issuer,
                dated=header.date,
                say=fact.text("say", required=True),
                confidence=fact.chosen("confidence", Confidence, Confidence.UNPROVEN).value,
                source=fact.text("source", required=True),
                valid_until=valid_until,
                about=_about(fact, reading),
            )
            reading.later.append((Place(fact.file, fact.line("say")), update))
            _hang(update, fact, reading)
            fact.finish()
        each.finish()
    fields.finish()


def _about(fact: Fields, reading: Reading) -> tuple[str, ...]:
    """The fields that the fact answers; each must be one that people can ask for."""
    names = fact.texts("about")
    for name in names:
        if reading.fields and name not in reading.fields:
            message = f"about 里的“{shown(name)}”不是 language.yaml 的 fields 里的一项"
            hint = nearest(name, reading.fields) or "可以写：" + "、".join(reading.fields)
            fact.complain("about", message, hint)
    return names


def _hang(update: Update, fact: Fields, reading: Reading) -> None:
    names = fact.texts("supports")
    if not names:
        fact.complain("supports", "这条没有写用在哪个扶持措施上", "写 supports: [编号]")
    for name in names:
        support = reading.supports.get(name)
        if support is None and reading.unread:
            continue
        if support is None:
            message = f"没有“{shown(name)}”这个扶持措施"
            fact.complain("supports", message, nearest(name, reading.supports))
        else:
            reading.supports[name] = replace(support, updates=(*support.updates, update))

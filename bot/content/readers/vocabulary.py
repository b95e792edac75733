"""Read synonyms.yaml, signposts.yaml, phrases/, language.yaml and updates.yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.content.documents.mapping_reader import MappingReader
from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import BuildContext, Place
from bot.content.readers.bureaus_and_profile import Confidence
from bot.core.domain.knowledge import OutOfScopeTopic, Update

# The parts of a list request such as “有什么政策”, by the names that the core uses.
OVERVIEW = ("asks", "whether", "else", "things", "topics", "ventures", "fits", "beside")
# The commands that answer the question whether to delete everything.
CONFIRMATIONS = ("forget_yes", "forget_no")


@dataclass(frozen=True, slots=True)
class Header:
    """The fields that all facts of one later rule share."""

    title: str
    issuer: str
    date: str


def read_synonyms(fields: MappingReader, context: BuildContext) -> None:
    """Read synonyms.yaml: words that users say for standard, English and dialect words."""
    fields.require_keys("synonyms", "english")
    context.synonyms.update(fields.text_list_mapping("synonyms"))
    context.english.update(fields.text_list_mapping("english"))
    context.spoken.update(fields.text_mapping("spoken"))
    context.elsewhere.extend(fields.texts("elsewhere"))
    for kind in ("synonyms", "english", "spoken"):
        table = fields.table(kind)
        if table is not None:
            context.places.note("words", kind, table)
    fields.finish()


def read_phrases(fields: MappingReader, context: BuildContext) -> None:
    """Read one file of phrases/: sentences of the bot by id. An id stands in one file only."""
    fields.require_keys("phrases")
    table = fields.table("phrases")
    for name, phrase in fields.text_mapping("phrases").items():
        if table is not None:
            context.keep("phrase", context.phrases, name, phrase, table, line_of=name)
    fields.finish()


def read_language(fields: MappingReader, context: BuildContext) -> None:
    """Read language.yaml: what users say for commands, fields, overviews and unstated topics."""
    fields.require_keys("commands", "fields")
    context.commands.update(fields.text_list_mapping("commands"))
    confirmations = fields.table("confirmations")
    if confirmations is not None:
        context.confirmations.update({kind: confirmations.texts(kind) for kind in CONFIRMATIONS})
        confirmations.finish()
    context.fields.update(fields.text_list_mapping("fields"))
    context.silences.update(fields.text_list_mapping("silences"))
    context.unwritten.update(fields.text_list_mapping("unwritten"))
    context.function_words.extend(fields.texts("function_words"))
    overview = fields.table("overview")
    if overview is not None:
        context.overview.update({kind: overview.texts(kind) for kind in OVERVIEW})
        overview.finish()
    for kind in (
        "commands", "confirmations", "fields", "silences", "unwritten", "overview",
    ):  # fmt: skip
        table = fields.table(kind)
        if table is not None:
            context.places.note("words", kind, table)
    fields.finish()


def read_signposts(fields: MappingReader, context: BuildContext) -> None:
    """Read signposts.yaml: topics that the policies do not cover, with the hotline for each."""
    fields.require_keys("signposts")
    for each in fields.tables("signposts"):
        # An empty hotline is meant (no office deals with poems); an absent one is a mistake.
        each.require_keys("hotline")
        signpost = OutOfScopeTopic(
            id=each.text("id", required=True),
            title=each.text("title", required=True),
            hotline=each.text("hotline"),
            keywords=each.texts("keywords"),
            questions=each.texts("questions"),
            see=each.texts("see"),
        )
        each.finish()
        context.keep("signpost", context.signposts, signpost.id, signpost, each)
    fields.finish()


def read_updates(fields: MappingReader, context: BuildContext) -> None:
    """Read updates.yaml: add the facts of later rules to the supports that they name.

    The supports must have been read; an unknown one is a problem.
    """
    fields.require_keys("updates")
    for number, each in enumerate(fields.tables("updates")):
        context.places.note("update", str(number), each)
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
                confidence=fact.enum_value("confidence", Confidence, Confidence.UNPROVEN).value,
                source=fact.text("source", required=True),
                valid_until=valid_until,
                about=_about(fact, context),
            )
            context.later.append((Place(fact.file, fact.line("say")), update))
            _hang(update, fact, context)
            fact.finish()
        each.finish()
    fields.finish()


def _about(fact: MappingReader, context: BuildContext) -> tuple[str, ...]:
    """Return the fields that the fact answers; each must be a field of language.yaml."""
    names = fact.texts("about")
    for name in names:
        if context.fields and name not in context.fields:
            message = f"about 里的“{shown(name)}”不是 language.yaml 的 fields 里的一项"
            hint = nearest(name, context.fields) or "可以写：" + "、".join(context.fields)
            fact.add_problem("about", message, hint)
    return names


def _hang(update: Update, fact: MappingReader, context: BuildContext) -> None:
    names = fact.texts("supports")
    if not names:
        fact.add_problem("supports", "这条没有写用在哪个扶持措施上", "写 supports: [编号]")
    for name in names:
        support = context.supports.get(name)
        if support is None and context.unread:
            continue
        if support is None:
            message = f"没有“{shown(name)}”这个扶持措施"
            fact.add_problem("supports", message, nearest(name, context.supports))
        else:
            context.supports[name] = replace(support, updates=(*support.updates, update))

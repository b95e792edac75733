"""Read language/, facts/, out_of_scope/, phrases/ and later_rules/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.content.documents.mapping_reader import MappingReader
from bot.content.documents.problems import nearest, shown
from bot.content.readers.build_context import BuildContext, Place
from bot.content.readers.bureaus_and_interview import Confidence
from bot.content.readers.policies import choice_lists
from bot.core.domain.knowledge import FactSample, OutOfScopeTopic, PersonKind, Update
from bot.core.nlu.classifiers import bureau_questions, paper_questions

# The word lists of language/scopes.yaml, by the names that the core uses.
SCOPES = (
    "applying", "not_people", "roles", "serving", "counters", "modals", "on_behalf", "asks_for",
    "self", "self_again", "pronouns", "companions", "reports", "negations", "links",
    "negations_after", "met", "past", "plans", "plan_not", "later", "opening", "supposed",
    "asking", "breaks", "corrections", "corrected_before", "adding", "events", "heads",
    "possessions", "wants", "lacks", "wants_not", "too_dear", "also", "located", "location_after",
    "background_place", "running", "not_running", "founded", "recently", "not_founded",
    "introducing", "raising", "undertakings", "then", "lives", "hometown", "returning", "far",
    "whole_words", "leaving", "closed", "working",
)  # fmt: skip
# The kinds of questions whose words without content are listed, by the names that the core uses.
FILLERS = ("telephone", "reference", "opening", "paper")
# The commands that answer the question whether to delete everything.
CONFIRMATIONS = ("forget_yes", "forget_no")
# The kinds of words that give a question its form, by the names that the core uses.
QUESTION_FORMS = (
    "yes_no",
    "hearsay",
    "speakers",
    "sayings",
    "able",
    "negated",
    "certain",
    "limits",
    "fees",
    "only",
    "wishes",
    "ahead",
    "still",
    "points",
    "affects",
    "outcome",
    "joining",
    "all_bureaus",
    "about_bot",
    "turning",
    "edges",
    "endings",
    "function_words",
    "compare_joins",
    "compare_asks",
    "support_kinds",
    "ventures",
    "sent_to",
)


@dataclass(frozen=True, slots=True)
class Header:
    """The fields that all facts of one later rule share."""

    title: str
    issuer: str
    date: str


def read_confirmations(fields: MappingReader, context: BuildContext) -> None:
    """Read language/confirmations.yaml: what users say to confirm a command."""
    fields.require_keys("confirmations")
    _read_kinds(fields, "confirmations", CONFIRMATIONS, context.confirmations)
    _note_words(fields, context, "confirmations")
    fields.finish()


def read_lists(fields: MappingReader, context: BuildContext) -> None:
    """Read language/lists.yaml: the lists that templates use, by name."""
    _read_lists(fields, context, {"lists": context.lists})


def read_aspects(fields: MappingReader, context: BuildContext) -> None:
    """Read language/aspects.yaml: what users say to ask for an aspect of a support."""
    _read_lists(fields, context, {"aspects": context.fields})


def read_acts(fields: MappingReader, context: BuildContext) -> None:
    """Read language/acts.yaml: samples of talk about the bot or the conversation, by act."""
    _read_lists(fields, context, {"acts": context.acts})


def read_aspect_questions(fields: MappingReader, context: BuildContext) -> None:
    """Read language/aspect_questions.yaml: samples of questions for one aspect of a support."""
    _read_lists(fields, context, {"aspect_questions": context.aspect_questions})


def read_requests(fields: MappingReader, context: BuildContext) -> None:
    """Read language/requests.yaml: samples of messages about policy, by kind of request."""
    _read_lists(fields, context, {"requests": context.requests})


def read_facts(fields: MappingReader, context: BuildContext) -> None:
    """Read one file of facts/: samples of what people say of themselves, each with the facts that
    it states."""
    fields.require_keys("facts")
    for each in fields.tables("facts"):
        each.require_keys("facts")
        said = each.text("say", required=True)
        if said:
            place = Place(each.file, each.line())
            facts = {c.slot: c.allowed for c in choice_lists(each, "facts")}
            context.fact_samples.append((place, FactSample(said, facts)))
        each.finish()
    fields.finish()


def read_unstated(fields: MappingReader, context: BuildContext) -> None:
    """Read language/unstated.yaml: what users say for topics that the policies do not state."""
    tables = {"unstated": context.silences, "never_stated": context.unwritten}
    _read_lists(fields, context, tables)


def read_synonyms(fields: MappingReader, context: BuildContext) -> None:
    """Read language/synonyms.yaml: what users say for a word of the policies."""
    _read_lists(fields, context, {"synonyms": context.synonyms})


def read_english(fields: MappingReader, context: BuildContext) -> None:
    """Read language/english.yaml: English words and the Chinese ones that are searched, and words
    without content."""
    context.function_words.extend(fields.texts("function_words"))
    _read_lists(fields, context, {"english": context.english})


def read_dialect(fields: MappingReader, context: BuildContext) -> None:
    """Read language/dialect.yaml: dialect words and the standard ones that replace them."""
    fields.require_keys("dialect")
    context.spoken.update(fields.text_mapping("dialect"))
    _note_words(fields, context, "dialect")
    fields.finish()


def read_other_cities(fields: MappingReader, context: BuildContext) -> None:
    """Read language/other_cities.yaml: cities whose policies the bot does not know."""
    fields.require_keys("other_cities")
    context.elsewhere.extend(fields.texts("other_cities"))
    fields.finish()


def read_scopes(fields: MappingReader, context: BuildContext) -> None:
    """Read language/scopes.yaml: the words that tell of whom, when and how sure a statement is."""
    fields.require_keys("people", "scopes")
    context.people.update(fields.text_list_mapping("people"))
    _read_kinds(fields, "scopes", SCOPES, context.scopes)
    fields.finish()


def read_fillers(fields: MappingReader, context: BuildContext) -> None:
    """Read language/fillers.yaml: words without content beside what a question is about."""
    fields.require_keys("fillers")
    _read_kinds(fields, "fillers", FILLERS, context.fillers)
    fields.finish()


def read_questions(fields: MappingReader, context: BuildContext) -> None:
    """Read language/questions.yaml: the words that make a question yes/no, hearsay, …"""
    fields.require_keys("questions")
    _read_kinds(fields, "questions", QUESTION_FORMS, context.questions)
    fields.finish()


def _read_lists(
    fields: MappingReader, context: BuildContext, tables: Mapping[str, dict[str, tuple[str, ...]]]
) -> None:
    """Fill each table from the key of its name: ids with what users say for them."""
    fields.require_keys(*tables)
    for key, table in tables.items():
        table.update(fields.text_list_mapping(key))
        _note_words(fields, context, key)
    fields.finish()


def _read_kinds(
    fields: MappingReader, key: str, kinds: Sequence[str], found: dict[str, tuple[str, ...]]
) -> None:
    """Read a table whose keys are exactly these kinds of words."""
    table = fields.table(key)
    if table is not None:
        found.update({kind: table.texts(kind) for kind in kinds})
        table.finish()


def _note_words(fields: MappingReader, context: BuildContext, key: str) -> None:
    table = fields.table(key)
    if table is not None:
        context.places.note("words", key, table)


def read_phrases(fields: MappingReader, context: BuildContext) -> None:
    """Read one file of phrases/: sentences of the bot by id. An id stands in one file only."""
    fields.require_keys("phrases")
    table = fields.table("phrases")
    for name, phrase in fields.text_mapping("phrases").items():
        if table is not None:
            context.keep("phrase", context.phrases, name, phrase, table, line_of=name)
    fields.finish()


def read_bureau_questions(fields: MappingReader, context: BuildContext) -> None:
    """Read language/bureau_questions.yaml: samples of what users say about a bureau, by kind."""
    fields.require_keys("bureau_questions")
    _read_kinds(fields, "bureau_questions", bureau_questions.KINDS, context.bureau_questions)
    fields.finish()


def read_paper_questions(fields: MappingReader, context: BuildContext) -> None:
    """Read language/paper_questions.yaml: samples of what users ask about a paper, by detail."""
    fields.require_keys("paper_questions")
    _read_kinds(fields, "paper_questions", paper_questions.KINDS, context.paper_questions)
    fields.finish()


def read_topics(fields: MappingReader, context: BuildContext) -> None:
    """Read one file of out_of_scope/: topics that no policy covers, with the hotline for each."""
    fields.require_keys("topics")
    for each in fields.tables("topics"):
        # An empty hotline is meant (no office deals with poems); an absent one is a mistake.
        each.require_keys("hotline")
        signpost = OutOfScopeTopic(
            id=each.text("id", required=True),
            title=each.text("title", required=True),
            hotline=context.hotline(each.text("hotline")),
            keywords=each.texts("keywords"),
            questions=each.texts("questions"),
            see=each.texts("see"),
        )
        each.finish()
        context.keep("signpost", context.signposts, signpost.id, signpost, each)
    fields.finish()


def read_later_rule(fields: MappingReader, context: BuildContext) -> None:
    """Read one file of later_rules/: add the facts of the rule to what they name.

    The supports and topics must have been read; an unknown one is a problem.
    """
    fields.require_keys("facts")
    header = Header(
        title=fields.text("title", required=True),
        issuer=fields.text("issuer", required=True),
        date=fields.text("date", required=True),
    )
    valid_until, review_by = fields.day("valid_until"), fields.day("review_by")
    for fact in fields.tables("facts"):
        update = Update(
            title=header.title,
            issuer=header.issuer,
            dated=header.date,
            say=fact.text("say", required=True),
            confidence=fact.enum_value("confidence", Confidence, Confidence.UNPROVEN).value,
            source=fact.text("source", required=True),
            valid_until=valid_until,
            about=fact.texts("about"),
            always=fact.boolean("always"),
            words=fact.texts("words"),
            people=tuple(_person_kind(each, context) for each in fact.tables("people")),
            questions=fact.texts("questions"),
            follow_ups=fact.texts("follow_ups"),
            file=fields.file,
            review_by=review_by,
        )
        context.later.append((Place(fact.file, fact.line("say")), update))
        _attach(update, fact, context)
        _check_about(update, fact, context)
        if update.words and not update.always:
            message = "写了 words，却没有写 always: true，这些词就没有用"
            fact.add_problem("words", message, "加上 always: true，或者把 words 整行删掉")
        fact.finish()
    fields.finish()


def _person_kind(fields: MappingReader, context: BuildContext) -> PersonKind:
    """Return a kind of people of a later rule; it needs words or identities."""
    kind = PersonKind(
        label=fields.text("label", required=True),
        words=fields.texts("words"),
        identities=fields.texts("identities"),
        not_words=fields.texts("not_words"),
        once=fields.boolean("once"),
    )
    if not kind.words and not kind.identities:
        fields.add_problem("label", f"“{shown(kind.label)}”没有写大家怎么说", "写 words: [说法]")
    context.kinds.append((Place(fields.file, fields.line("label")), kind))
    fields.finish()
    return kind


def _check_about(update: Update, fact: MappingReader, context: BuildContext) -> None:
    """Record an `about` that is neither a field nor a word of an unstated topic. Where a support
    is missing, its unstated topics are unknown, and nothing is recorded."""
    if any(name not in context.supports for name in fact.texts("supports")):
        return
    topics = [*context.silences, *context.unwritten]
    topics += [t for name in fact.texts("supports") for t in _unstated(name, context)]
    for name in update.about:
        if not context.fields or name in context.fields or any(name in t for t in topics):
            continue
        message = (
            f"about 里的“{shown(name)}”既不是 language/aspects.yaml 里的一项，"
            "也不在没写的事（unstated）里"
        )
        hint = nearest(name, context.fields) or "可以写：" + "、".join(context.fields)
        fact.add_problem("about", message, hint)


def _unstated(support_id: str, context: BuildContext) -> tuple[str, ...]:
    support = context.supports.get(support_id)
    return support.unstated if support else ()


def _attach(update: Update, fact: MappingReader, context: BuildContext) -> None:
    """Add a fact to the supports and the out-of-scope topics that it names. Its questions are
    searched as questions of the first one."""
    names, topics = fact.texts("supports"), fact.texts("topics")
    if not names and not topics:
        message = "这条没有写用在哪个扶持措施或哪件文件不管的事上"
        fact.add_problem("supports", message, "写 supports: [编号] 或 topics: [编号]")
    for number, name in enumerate(names):
        support = context.supports.get(name)
        if support is not None:
            asked = () if number else update.questions
            context.supports[name] = replace(
                support,
                updates=(*support.updates, update),
                questions=(*support.questions, *asked),
            )
        elif not context.unread:
            message = f"没有“{shown(name)}”这个扶持措施"
            fact.add_problem("supports", message, nearest(name, context.supports))
    for number, name in enumerate(topics):
        topic = context.signposts.get(name)
        if topic is not None:
            asked = () if number or names else update.questions
            context.signposts[name] = replace(
                topic, updates=(*topic.updates, update), questions=(*topic.questions, *asked)
            )
        elif not context.unread:
            message = f"没有“{shown(name)}”这件文件不管的事"
            fact.add_problem("topics", message, nearest(name, context.signposts))

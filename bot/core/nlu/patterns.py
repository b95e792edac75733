"""Regular expressions for Chinese utterances: questions, negated parts, other persons, remarks.

The patterns describe how people phrase things and contain no topic of the knowledge. All take
normalized text (`Lexicon.normalize`) unless a docstring says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

# 好多 means “how much” in the local dialect, but also “many” and, after 了, “a lot”.
_HOW_MUCH = (
    r"(?<![没冇])几(?:多|久|钱)|好(?:多|久)(?:钱|万|块|利息|利率|额度|天)(?<!了好多钱)|"
    r"(?<!了)(?:补|贷|给|拿|领|奖|借|减|免|返|收|交|付|值|算|是|有|要|得)(?:到|得|给)?好[多久]"
    r"(?=$|[,，。?？!！\s]|钱|万|块|利息|年(?!了|的))"
)
_DIALECT = r"点样|点解|点办|边个|边度|嘛样|么子|么样|啷个|乜|啥子|冇$"
# Question words and forms, in standard Chinese, dialect and English.
_ASKING = re.compile(
    r"[?？]|吗|么$|咩|什么|啥|怎么|怎样|咋|如何|哪|谁|几时|多少|多久|多长|能不能|"
    r"(?<![好了过有十们])几(?:个|年|天)|^(?!.*(?:还没|没有|正在|还在|没想)).*呢$|"
    r"([\u4e00-\u9fff])不\1|可不可以|可以不|有没有|有冇|是不是|行不行|会不会|得不得|要不要|好不好|能否|可否|是否|为何|干嘛|"
    r"不$|没$|请问|想问|问一下|咨询|what|how|where|who|can i|is there|do i|"
    rf"{_DIALECT}|{_HOW_MUCH}"
)
FIRST_PERSON = re.compile(
    r"我|俺|咱|本人|自己|偶|\bi(?:'m| am|m|'ve| have| run| own)\b|\bwe(?:'re| are| have| run)\b|"
    r"\bi (?=(?:just )?graduated\b)"
)
# Relatives, friends and colleagues.
_KIN = re.compile(
    r"儿子|女儿|老公|老婆|爱人|朋友|同学|孩子|小孩|爸|妈|弟|妹|哥|姐|员工|同事|亲戚|室友|侄|孙|邻居|"
    r"先生|太太|夫人|媳妇|男朋友|女朋友|对象|崽|娃|老乡|老伴|家人|学生们|徒弟|带的|"
    r"husband|wife|friend|\bson\b|daughter|brother|sister|parents|my (?:mother|father|mom|dad)"
)
# Expressions that contain a match of _KIN but mean no other person: the speaker, a dish, a curse.
_KIN_FALSE_POSITIVE = re.compile(
    r"(?:全职|单亲|二胎|二孩|三胎|宝|奶|辣)(?:妈妈?|爸爸?)|"
    r"我是(?:一个|一名|个|名|[一二两三四几]个(?:孩子|小孩|娃)的)(?:妈妈?|爸爸?)|"
    r"爸爸糖|老干妈|妈祖|(?:他|你|特)?妈(?:的|呀|耶)(?=$|[,，。!！\s])|老婆饼|朋友圈|娃娃(?:机|菜|店|衣)|小姐|妹崽|老乡鸡|"
    r"弟子|(?:扶持|补贴|服务|支持|贷款|申请|什么|哪些)对象|对象是"
)
# A wish, or an action that involves another person: what follows is no identity of the speaker.
WISH = re.compile(
    r"想(?!返乡|回乡)|打算|计划|准备|希望|如果|假如|给|帮|找|请|招|和|跟|为|让|要当|认识|里有|有个|有一个|有几"
)
# A remark that doubts the previous answer.
_DOUBT = re.compile(
    r"^(?:可是|但是|但|不过|不是说|怎么又|所以)|(?<!行)不行$|不让$|(?<!给)不给$|不可能$|骗人的?$"
)
_SUPPOSING = re.compile(
    r"^那?(?:如果|要是|万一|假如)|只(?:提供|给|做|有|收)|不(?:免费|提供|全免)|收(?:一点|点|一些)(?:点)?(?:钱|费|管理费|租)"
)
_TOPIC_WANTED = re.compile(
    r"^(?:(?:但是?|可是|不过|那么?|还有|另外)[,，]?)?(?:我|我们)?(?:还|也|就|只)?(?:是)?(?:想|要)(?:再)?"
    r"(?:知道|了解|咨询|打听|问)(?:一?下|的是|关于|的)?[,，:：\s]*"
    r"(?!一?[个点件些]?(?:事|问题|$))(?=[^\s,，我俺咱]{2,8}$)"
)
# Longest remark on the previous answer, in characters; a longer text is a new question. Chosen by
# hand on the development scenarios.
_REMARK_MAX = 16
# The start of a correction.
CORRECTING = re.compile(
    r"^(?:哦|噢|啊|额|呃)?我?(?:不对|错了|[说讲搞弄点打选填]错了?|更正|纠正|不是|其实|应该是|[改换](?:成|为|回|到))"
)
# Words that may stand beside a fact without adding content.
FILLER = re.compile(
    r"我们|我|俺|咱|本人|自己|现在|目前|应该|算是|就是|还是|也是|是个|是|属于|一个|一名|名|的|了|啊|吧|呀|"
    r"哦|呢|选|和|还有|跟|以及|又|也|在|吗|嘛|这个|那个|情况|类|人|想|要|解决|主要|最|需要|缺|先|都|有|"
    r"个|,|，|。|、|!|！|\s|对|嗯|哈|还"
)
# Words that, beside FILLER, are no content to search for.
_EMPTY = re.compile(
    r"那|具体|到底|大概|一般|请问|请|能|可以|给|会|怎样|？|\?|事|项|这|该|去|到|办|来|它|咧|嘞|喔|哟"
)
_NEGATED = re.compile(
    r"(?<![是能要会行可好得])(?:我们?)?[也又]?"
    r"(?:(?:不是|不开|没开|没有开|除了|除开)(?!说|有|可以|能|应该|都|要|个个|吗)(?P<a>[^,，。?？!！;；、\s能可]{2,8}?)(?:以外|之外)?"
    r"(?=[,，。!！;；\s]|开|做|办|搞|是|想|当|那|还|也|又|能|可以|有没有)|"
    r"(?:不做|不办|不搞|不当|不想(?:开|做|办|搞|当|要|贷))(?P<b>[^,，。?？!！;；、\s能可]{2,8}?)(?=[,，。!！;；\s]|开|做|办|搞|想))"
)
# The last request of a question: “能贷款吗”.
LAST_REQUEST = re.compile(
    r"(?:能|可以|有没有|有冇|有|怎么|哪里)(?!.*(?:能|可以|有没有|怎么|哪里)).{2,}$"
)
# Dialect question word → standard word.
_STANDARD = {
    "点样": "怎么", "啷个": "怎么", "咋个": "怎么", "咋样": "怎么样", "点解": "为什么",
    "好多": "多少", "几多": "多少", "好久": "多久", "几久": "多久", "边个": "哪个",
    "边度": "哪里", "哪点": "哪里", "哪样": "什么", "嘛样": "什么", "么子": "什么",
    "几时": "什么时候", "冇": "没", "几钱": "多少钱",
}  # fmt: skip
_CIRCLED = re.compile("[①-⑨]")
# A polite opening before a first-person statement: “您好，想问一下，”. It is not a question.
_COURTESY = re.compile(
    r"^(?:(?:你好|您好|哈喽|嗨|在吗|hello|hi)[\s,，。.!！~～]*)?"
    r"我?(?:想|要)?(?:请问|请教|问|咨询)(?:一下子|一下|下|一哈|哈)?[\s,，。:：~～]*"
    r"(?=(?:我|俺|咱|本人|自己)(?!想问|要问|想咨询|想请教))"
)
_LOCAL = re.compile("|".join(_STANDARD))

# Function words at the edges of a short question.
_FUNCTION_WORDS = (
    r"(?:能不能|可不可以|有没有|是不是|会不会|要不要|行不行|怎么样?|怎样|如何|具体|到底|大概|一般|请问|想问|问一下|那么?|"
    r"可以|我们|我|想|要|能|给|和|跟|与|还|的|了|吗|呢|啊|呀|吧|么|嘛|[,，。、?？!！\s])+"
)
_EDGES = re.compile(rf"^{_FUNCTION_WORDS}|{_FUNCTION_WORDS}$")


def strip_function_words(clean: str) -> str:
    """Remove function words from both ends of a short text: “能不能落户” → “落户”."""
    return _EDGES.sub("", clean)


def is_question(clean: str) -> bool:
    """Return whether a text asks a question."""
    return bool(_ASKING.search(clean))


def is_hypothetical(clean: str) -> bool:
    """Return whether a text asks about a modified case: “如果不提供宽带呢”."""
    return bool(_SUPPOSING.search(clean)) and (is_question(clean) or clean.endswith("呢"))


def expresses_doubt(clean: str) -> bool:
    """Return whether a short text doubts the previous answer: “可是我们辅导员说不行”."""
    return len(clean) <= _REMARK_MAX and bool(_DOUBT.search(clean))


def mentions_other_person(clean: str) -> bool:
    """Return whether a text mentions a relative, friend or colleague of the speaker. “宝妈” is the
    speaker."""
    found = _KIN.search(clean)
    return bool(found and _KIN.search(_KIN_FALSE_POSITIVE.sub(" ", clean)))


class Span(Protocol):
    """Something that stands at the characters `start:end` of a text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def without_spans(spans: Iterable[Span], text: str, start: int = 0, end: int | None = None) -> str:
    """Return the part `start:end` of a text without these spans and without blanks."""
    characters = list(text)
    for span in spans:
        characters[span.start : span.end] = " " * (span.end - span.start)
    return "".join(characters[start:end]).replace(" ", "")


def rest_without(spans: Iterable[Span], text: str, start: int = 0, end: int | None = None) -> str:
    """Return what the part `start:end` of a text says besides these spans and filler."""
    return FILLER.sub("", without_spans(spans, text, start, end))


def has_content(clean: str) -> bool:
    """Return whether a text has at least two characters that are not filler."""
    return len(_EMPTY.sub("", FILLER.sub("", clean))) >= 2


def to_standard_words(clean: str) -> str:
    """Replace the question words of the local dialect by standard ones."""
    return _LOCAL.sub(lambda found: _STANDARD[found[0]], clean)


def strip_preamble(text: str) -> str:
    """Remove a polite opening before a first-person statement, and phrases such as “我想了解”
    before a topic: “但是我想了解场地” → “场地”. Takes raw text."""
    return _TOPIC_WANTED.sub("", _COURTESY.sub("", text))


def expand_circled_numbers(text: str) -> str:
    """Replace “①…②…” by “1.…，2.…” if there are at least two. Takes raw text: normalization would
    turn a circled number into a bare digit."""
    if len(_CIRCLED.findall(text)) < 2:
        return text
    return _CIRCLED.sub(lambda found: f"，{ord(found[0]) - ord('①') + 1}.", text).lstrip("，")


def remove_negated(clean: str) -> tuple[str, tuple[str, ...]]:
    """Split a question into the text outside its negations and the negated phrases.

    “我不开网店能贷款吗” → (“能贷款吗”, (“网店”,)). Return the text and () if the text outside has
    no content or is not a question.
    """
    kept, negated = _split_negated(clean)
    if not negated or not has_content(kept) or not is_question(kept):
        return clean, ()
    return kept, negated


def question_without_negated(clean: str) -> str:
    """Return the question outside the negations if it has no content of its own:
    “我不是学生能不能办” → “能不能办”. Return "" otherwise, or if nothing is negated."""
    kept, negated = _split_negated(clean)
    return kept if negated and is_question(kept) and not has_content(kept) else ""


def _split_negated(clean: str) -> tuple[str, tuple[str, ...]]:
    """Cut every negation out of a text; return the rest and the negated phrases."""
    kept, negated = clean, []
    while ("不" in kept or "没" in kept or "除" in kept) and (found := _NEGATED.search(kept)):
        kept = kept[: found.start()] + kept[found.end() :]
        negated.append(found["a"] or found["b"])
    return kept.strip(" ,，。"), tuple(negated)

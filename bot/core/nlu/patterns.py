"""How people speak: what asks, what denies, who is spoken of, how old a firm is.

Only patterns of speech; nothing here knows a topic of the knowledge.
"""

from __future__ import annotations

import re

# 刚注册 is three years at most.
YOUNG = 3
_TENS = r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
# 好多 asks how much, but it also means “many” and, after 了, “a lot”.
_HOW_MUCH = (
    r"(?<![没冇])几(?:多|久|钱)|好(?:多|久)(?:钱|万|块|利息|利率|额度|天)(?<!了好多钱)|"
    r"(?<!了)(?:补|贷|给|拿|领|奖|借|减|免|返|收|交|付|值|算|是|有|要|得)(?:到|得|给)?好[多久]"
    r"(?=$|[,，。?？!！\s]|钱|万|块|利息|年(?!了|的))"
)
_DIALECT = r"点样|点解|点办|边个|边度|嘛样|么子|么样|啷个|乜|啥子|冇$"
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
# English words that say nothing of what somebody is.
SMALL_ENGLISH = re.compile(r"\b(?:just|now|currently|still|last year|this year)\b ?")
_KIN = re.compile(
    r"儿子|女儿|老公|老婆|爱人|朋友|同学|孩子|小孩|爸|妈|弟|妹|哥|姐|员工|同事|亲戚|室友|侄|孙|邻居|"
    r"先生|太太|夫人|媳妇|男朋友|女朋友|对象|崽|娃|老乡|老伴|家人|学生们|徒弟|带的|"
    r"husband|wife|friend|\bson\b|daughter|brother|sister|parents|my (?:mother|father|mom|dad)"
)
# Words that hold a word for a relative and mean none: the speaker, a dish, a curse.
_NO_KIN = re.compile(
    r"(?:全职|单亲|二胎|二孩|三胎|宝|奶|辣)(?:妈妈?|爸爸?)|"
    r"我是(?:一个|一名|个|名|[一二两三四几]个(?:孩子|小孩|娃)的)(?:妈妈?|爸爸?)|"
    r"爸爸糖|老干妈|妈祖|(?:他|你|特)?妈(?:的|呀|耶)(?=$|[,，。!！\s])|老婆饼|朋友圈|娃娃(?:机|菜|店|衣)|小姐|妹崽|老乡鸡|"
    r"弟子|(?:扶持|补贴|服务|支持|贷款|申请|什么|哪些)对象|对象是"
)
WISH = re.compile(
    r"想(?!返乡|回乡)|打算|计划|准备|希望|如果|假如|给|帮|找|请|招|和|跟|为|让|要当|认识|里有|有个|有一个|有几"
)
FOR_ME = re.compile(r"(?:帮|给|替|为|(?<!不)对|让|请)$")
_LIGHT = "(?:[搞做开办干当]|从事)?(?:个|一个|一名|一家|什么|啥)?$"
NOT = re.compile(
    r"(?:不是|并非|不算|不属于|没有|不在|不再是|又不是|非|不当|不做|不干|不搞|不要|不用|不需要|不想要?|不打算要?|不缺)"
    + _LIGHT
    + r"|\b(?:not|isn't|no longer)\b[ a-z]{0,12}$"
)
# Before a need it is the need as well: “没有场地”.
LACK = re.compile(r"(?<!有)没有" + _LIGHT)
# Before what somebody may be or have done: “没留过学”. Before a need it is the need: “没场地”.
NEVER = re.compile(r"(?:(?<!有)(?:没得?|未)|冇)" + _LIGHT)
# A sum or a share: “30万”, “三成”.
_SUM = re.compile(r"[0-9一二两三四五六七八九十百]+(?:多|来|几)?(?:万|千|百|块|元|成|%)|百分之")
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
# What is longer, or has a pause in it, tells a story of its own.
_REMARK = 16
# Before what somebody no longer is: “以前是学生”.
ONCE = re.compile(
    r"(?:以前|之前|曾经?|原来|过去|当年|早先|从前|那时候?)(?:也|都|还)?(?:是|当过?|做过?)?(?:一个|个|一名|名)?$"
)
# Before somebody that the speaker has or looks after: “招了几个农民工”, “带学生”.
OF_OTHERS = re.compile(
    r"(?:招聘?|雇|聘|请|带|教|辅导|指导|培养|培训|服务|面向|针对|帮助?|扶持)(?:的|了|过|着)?"
    r"(?:都是|是)?(?:[几一两二三四五六七八九十0-9]+(?:多)?|一些|一批|一群|很多|好多|不少)?(?:个|名|位|批)?$"
)
CORRECTING = re.compile(
    r"^(?:哦|噢|啊|额|呃)?我?(?:不对|错了|[说讲搞弄点打选填]错了?|更正|纠正|不是|其实|应该是|[改换](?:成|为|回|到))"
)
AMENDING = re.compile(r"^我?(?:不对|错了|[说讲搞弄点打选填]错了?|更正|纠正|[改换](?:成|为|回|到))")
ADDING = re.compile(r"还要|也要|再加|加上|还有")
FILLER = re.compile(
    r"我们|我|俺|咱|本人|自己|现在|目前|应该|算是|就是|还是|也是|是个|是|属于|一个|一名|名|的|了|啊|吧|呀|"
    r"哦|呢|选|和|还有|跟|以及|又|也|在|吗|嘛|这个|那个|情况|类|人|想|要|解决|主要|最|需要|缺|先|都|有|"
    r"个|,|，|。|、|!|！|\s|对|嗯|哈|还"
)
_EMPTY = re.compile(
    r"那|具体|到底|大概|一般|请问|请|能|可以|给|会|怎样|？|\?|事|项|这|该|去|到|办|来|它|咧|嘞|喔|哟"
)
DENIAL = re.compile(r"不是|不对|没有|不算|并非")
# What stands between a first person and what they are, in a breath that goes on to ask.
BEING = re.compile(
    r"们?(?:现在|目前|本来|就|也|都|已经|刚刚?|这里|这边|家)*(?:是|系|作为|属于|在|住在?|来自|从)?"
    r"(?:一个|一名|一家|[几两三四]个|个|名|位|家|间)?(?:刚|刚刚)?"
)
HOPING = re.compile(
    r"想|打算|计划|准备|希望|如果|假如|能|可以|怎|最多|最长|要|该|休|他|她|人家|别人"
)
_AGE = (
    rf"(?<![0-9第])([0-9]{{1,2}}|{_TENS}|十几|好几|几|半)(?:个(?:多)?)?(年|载|月|星期|周)"
    r"(?:多|半)?(?!级|纪|薪|内|前|后|龄|以内|费|租|度|期|会|底|初|中|份|之)"
)
_BARE_AGE = re.compile(
    rf"^(?:我们?|公司|店|都|已经|才|有|快|差不多|大概|也|得)*{_AGE}(?:多|整|以上|有余|左右)?(了?)(?:吧|啊|咯|哦|的样子)?$"
)
_YEARS = re.compile(rf"(?<![0-9])([0-9]{{1,2}}|{_TENS})(?:年|载)(?:多|了|整|以上|$)")
_FOUNDED = r"成立|注册|创办|创立|开业|开张|经营|运营|营业"
_RUNNING = re.compile(
    rf"({_FOUNDED}|创业|开(?!始)|办(?!理)|做|干|搞|弄|卖|养|种)((?:(?!毕业|打工|读|学|岁)[^,，。?？!！;；]){{0,14}}?){_AGE}(了?)"
)
# “一个月能赚多少” is a rate, not an age.
_RATE = re.compile(
    r"(?:大概|大约|差不多|最多|至少|一般|平均)?(?:能|可以|会|要|得|该)?(?:赚|挣|收|交|花|付|落|多少|几多|好多|几钱)"
)
_LATELY = re.compile(
    rf"(?:今年|去年|上个?月|这个?月|上周|上星期|最近|前几天)[^,，。?？!！;；]{{0,6}}?(?:才|刚)?(?:{_FOUNDED}|开的|开了|办的|办了)(?:的|了)?"
)
_DENIED = re.compile(
    r"(?<![是能要会行可好得])(?:我们?)?[也又]?"
    r"(?:(?:不是|不开|没开|没有开|除了|除开)(?!说|有|可以|能|应该|都|要|个个|吗)(?P<a>[^,，。?？!！;；、\s能可]{2,8}?)(?:以外|之外)?"
    r"(?=[,，。!！;；\s]|开|做|办|搞|是|想|当|那|还|也|又|能|可以|有没有)|"
    r"(?:不做|不办|不搞|不当|不想(?:开|做|办|搞|当|要|贷))(?P<b>[^,，。?？!！;；、\s能可]{2,8}?)(?=[,，。!！;；\s]|开|做|办|搞|想))"
)
# The last words of a question, which name what is wanted: “能贷款吗”.
ASKED_FOR = re.compile(
    r"(?:能|可以|有没有|有冇|有|怎么|哪里)(?!.*(?:能|可以|有没有|怎么|哪里)).{2,}$"
)
_STANDARD = {
    "点样": "怎么", "啷个": "怎么", "咋个": "怎么", "咋样": "怎么样", "点解": "为什么",
    "好多": "多少", "几多": "多少", "好久": "多久", "几久": "多久", "边个": "哪个",
    "边度": "哪里", "哪点": "哪里", "哪样": "什么", "嘛样": "什么", "么子": "什么",
    "几时": "什么时候", "冇": "没", "几钱": "多少钱",
}  # fmt: skip
_CIRCLED = re.compile("[①-⑨]")
# “您好，想问一下，” before somebody tells of themselves asks nothing yet.
_COURTESY = re.compile(
    r"^(?:(?:你好|您好|哈喽|嗨|在吗|hello|hi)[\s,，。.!！~～]*)?"
    r"我?(?:想|要)?(?:请问|请教|问|咨询)(?:一下子|一下|下|一哈|哈)?[\s,，。:：~～]*"
    r"(?=(?:我|俺|咱|本人|自己)(?!想问|要问|想咨询|想请教))"
)
_LOCAL = re.compile("|".join(_STANDARD))

_SMALL = (
    r"(?:能不能|可不可以|有没有|是不是|会不会|要不要|行不行|怎么样?|怎样|如何|具体|到底|大概|一般|请问|想问|问一下|那么?|"
    r"可以|我们|我|想|要|能|给|和|跟|与|还|的|了|吗|呢|啊|呀|吧|么|嘛|[,，。、?？!！\s])+"
)
_EDGES = re.compile(rf"^{_SMALL}|{_SMALL}$")


def bare_topic(clean: str) -> str:
    """A short text without the small words at both its ends: “能不能落户” is about 落户."""
    return _EDGES.sub("", clean)


def is_question(clean: str) -> bool:
    """Whether a normalised text asks something."""
    return bool(_ASKING.search(clean))


def asks_from(clean: str) -> int:
    """Where a normalised text begins to ask; its length where it asks nothing."""
    found = _ASKING.search(clean)
    return found.start() if found and found.group() else len(clean)


def asks_of_a_sum(clean: str) -> bool:
    """Whether a short text asks whether a sum is right: “所以我能贷30万？”."""
    return (
        len(clean) <= _REMARK
        and bool(_SUM.search(clean))
        and "，" not in clean
        and is_question(clean)
    )


def supposes(clean: str) -> bool:
    """Whether a text asks about a case that is a little different: “如果不提供宽带呢”."""
    return bool(_SUPPOSING.search(clean)) and (is_question(clean) or clean.endswith("呢"))


def doubts(clean: str) -> bool:
    """Whether a short text doubts what was said: “可是我们辅导员说不行”."""
    return len(clean) <= _REMARK and bool(_DOUBT.search(clean))


def speaks_of_kin(clean: str) -> bool:
    """Whether somebody else is spoken of: a son, a friend; “宝妈” is no mother of the speaker."""
    found = _KIN.search(clean)
    return bool(found and _KIN.search(_NO_KIN.sub(" ", clean)))


def has_content(clean: str) -> bool:
    """Whether there is something to search for besides small words."""
    return len(_EMPTY.sub("", FILLER.sub("", clean))) >= 2


def lately(clean: str) -> bool:
    """Whether something was founded this year or the last: “去年12月注册的”."""
    return bool(_LATELY.search(clean)) and not HOPING.search(clean)


def age_of_firm(clean: str) -> str:
    """The stage of a firm of which nothing but the age is told: “十二年了”, “八个月”."""
    found = _BARE_AGE.search(clean)
    if found:
        return _stage(found[1], found[2])
    if lately(clean):
        return "startup"
    years = _YEARS.search(clean)
    return _stage(years[1], "年") if years else ""


def age_in_passing(clean: str) -> tuple[str, str]:
    """The stage that “开了个店半年了” tells, or "", and what else the text says."""
    alone = _BARE_AGE.search(clean)
    if alone and alone[3]:
        return _stage(alone[1], alone[2]), ""
    for found in _RUNNING.finditer(clean):
        verb, between = found[1], found[2]
        if found[3] in "一1" and _RATE.match(clean, found.end()):
            continue
        done = found[5] or between.startswith("了") or verb in _FOUNDED
        if done and not HOPING.search(clean[: found.start()]) and not speaks_of_kin(clean):
            return _stage(found[3], found[4]), clean[: found.start()] + clean[found.end() :]
    if lately(clean) and not speaks_of_kin(clean):
        return "startup", _LATELY.sub("", clean)
    return "", clean


def _stage(number: str, unit: str) -> str:
    if unit not in "年载" or number == "半":
        return "startup"
    if number in ("几", "好几", "十几"):
        return "established"
    years = int(number) if number.isdigit() else numeral(number)
    return "startup" if years < YOUNG else "established"


def numeral(text: str) -> int:
    """What a Chinese numeral below a hundred says."""
    tens, ten, ones = text.partition("十")
    digits = "零一二三四五六七八九"
    if not ten:
        return digits.index(text.replace("两", "二"))
    return (digits.index(tens) if tens else 1) * 10 + (digits.index(ones) if ones else 0)


def standard(clean: str) -> str:
    """The text with the question words of the region put into those of the standard language."""
    return _LOCAL.sub(lambda found: _STANDARD[found[0]], clean)


def without_courtesy(text: str) -> str:
    """The text without the courtesy before somebody tells of themselves, or names what they want
    to know of: “但是我想了解场地”."""
    return _TOPIC_WANTED.sub("", _COURTESY.sub("", text))


def itemised(text: str) -> str:
    """The text with “①…②…” as “1.…，2.…”: normalised, the circles would be digits like others."""
    if len(_CIRCLED.findall(text)) < 2:
        return text
    return _CIRCLED.sub(lambda found: f"，{ord(found[0]) - ord('①') + 1}.", text).lstrip("，")


def undenied(clean: str) -> tuple[str, tuple[str, ...]]:
    """A text without what it says no to (“不开网店”), and that; as it is where nothing is left."""
    kept, denied = _taken_apart(clean)
    if not denied or not has_content(kept) or not is_question(kept):
        return clean, ()
    return kept, denied


def only_denies(clean: str) -> str:
    """What a text asks that names nothing but what it says no to: “我不是学生能不能办” asks
    “能不能办”; "" where it names something else, or denies nothing."""
    kept, denied = _taken_apart(clean)
    return kept if denied and is_question(kept) and not has_content(kept) else ""


def _taken_apart(clean: str) -> tuple[str, tuple[str, ...]]:
    kept, denied = clean, []
    while ("不" in kept or "没" in kept or "除" in kept) and (found := _DENIED.search(kept)):
        kept = kept[: found.start()] + kept[found.end() :]
        denied.append(found["a"] or found["b"])
    return kept.strip(" ,，。"), tuple(denied)

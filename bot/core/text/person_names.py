"""Find the names of people in a Chinese text by general rules.

A name follows a word that introduces it (我叫…, 姓名：…) or stands before a title
(张先生, 王老板). Surnames that are common words too count only in the clearest places. There is
no list of given names: a name without such a word beside it is not found.
"""

from __future__ import annotations

import re

_HAN = "\u4e00-\u9fff"
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|夏侯|端木|南宫"
_PLAIN = (
    "李王张刘陈杨黄赵吴周徐孙朱胡郭何林罗郑梁谢唐许韩冯邓曹彭曾肖萧田董袁潘蒋蔡余杜叶魏苏吕丁沈姚"
    "卢姜崔钟谭陆汪范石廖贾韦付傅邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾郝龚邵严覃莫蓝农侬温武戴"
    "甘倪樊焦葛邢翟裴聂岑柳骆申奚殷施巫欧阮滕牛宁翁柯霍庞甄耿佘俞丘粟谈麦容闭苟舒尤"
)
_AMBIGUOUS = (
    "马高金夏方白万毛常安任成包时于和平路向应单管程文关鲁康易古车元明全游米危祝项纪湛兰磨钱"
)
_CLEAR = rf"(?:{_DOUBLE}|[{_PLAIN}])"
_SURNAME = rf"(?:{_DOUBLE}|[{_PLAIN}{_AMBIGUOUS}])"
# Characters that often follow a name and seldom end one.
_NEXT = "想要是在来有的能可开做办去今现也就刚我问打已准希跟住从说他她你您吗呢啊了"
# One or two given characters.
_GIVEN = rf"[{_HAN}](?<![{_NEXT}])(?:[{_HAN}](?<![{_NEXT}]))?"
_PERSON = (
    "我|他|她|您|你|本人|老公|老婆|丈夫|妻子|爱人|对象|爸|妈|儿子|女儿|孩子|朋友|同学|合伙人|"
    "弟弟|哥哥|姐姐|妹妹|弟|哥|姐|妹"
)
_INTRO = (
    rf"(?:(?:{_PERSON})(?:的?名字)?就?叫做?|名叫|名字叫做?|名字是|(?:姓名|名字|联系人|署名|申请人|法人)[是为]?[:：\s]+)"
    r"\s*"
)
_INTRODUCED = re.compile(
    rf"(?P<intro>{_INTRO})(?:(?:小|阿|老){_SURNAME}(?![{_HAN}])|{_SURNAME}{_GIVEN})"
)
# “我是张三。”: only a whole clause, and nothing that is a trade, a place or a group.
_SAID_TO_BE = re.compile(
    rf"(?P<intro>(?:我|本人)是)(?![农石董江林柳温范田龙牛施])(?:{_DOUBLE}|[{_PLAIN}])[{_HAN}]{{1,2}}"
    r"(?<![人员民工长师生者匠商家户市县村镇区州校院局厂店业牛事])(?=$|[,，。.!！?？;；\s])"
)
_SURNAMED = re.compile(rf"(?<!百)姓{_SURNAME}")
_UNNAMED = re.compile(rf"{_SURNAME}某{{1,2}}")
_COURTESY = r"(?:先生|女士|小姐(?!姐))"
_TITLE = (
    rf"(?:{_COURTESY}|老板娘?|老师|主任|科长|局长|处长|所长|股长|乡长|镇长|村长|支书|书记|校长|院长|"
    r"会长|经理|总(?![共是的结体额计部数量理之会有得归算统裁])|师傅|医生|律师|同志|叔|伯|"
    r"大[哥姐叔妈爷伯娘]|阿[婆公姨]|婆婆|爷爷|奶奶|哥(?![哥们伦斯华])|姐(?![姐妹夫])|嫂|婶|姨|教授|博士)"
)
# Before an ambiguous surname stands the beginning or a word that is followed by a person.
_BEFORE_PERSON = rf"(?:(?<![{_HAN}])|(?<=[找问跟和叫给请帮]))"
# 谢谢老师, 一张总表
_NO_NAME = r"(?<!谢谢)(?<!多谢)(?<!感谢)(?<![一二两三四五六七八九十几每这那0-9]张)"
_TITLED = re.compile(
    rf"(?:{_CLEAR}{_NO_NAME}|{_BEFORE_PERSON}[马高金夏方白万毛程关])(?=(?:副|大)?{_TITLE})"
    rf"|{_CLEAR}{_GIVEN}(?={_COURTESY})"
)
_FAMILIAR = re.compile(
    rf"{_BEFORE_PERSON}(?:小|老|阿)[{_PLAIN}](?=$|[^{_HAN}]|[说跟和在他她也是想要家](?=[{_HAN}]))"
)


def without_names(text: str, placeholder: str) -> str:
    """Return a text with the placeholder in place of each name of a person; titles and the words
    that introduce a name stay."""
    text = _INTRODUCED.sub(rf"\g<intro>{placeholder}", text)
    text = _SAID_TO_BE.sub(rf"\g<intro>{placeholder}", text)
    text = _SURNAMED.sub(rf"姓{placeholder}", text)
    text = _UNNAMED.sub(placeholder, text)
    text = _TITLED.sub(placeholder, text)
    return _FAMILIAR.sub(placeholder, text)

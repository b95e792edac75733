"""Remove emoji and the expressions of messengers from a message.

WeChat and QQ send their own expressions as codes in the text: `[微笑]`, `[Smile]`, `/:rose`,
`/::)`. The names are those that the clients send; a word in brackets that is none of them stays.
"""

from __future__ import annotations

import re

# Codes that start with "/:", as WeChat and QQ send them.
_SLASH_CODES = """
/::) /::~ /::B /::| /:8-) /::< /::$ /::X /::Z /::'( /::-| /::@ /::P /::D /::O /::( /::+ /:--b
/::Q /::T /:,@P /:,@-D /::d /:,@o /::g /:|-) /::! /::L /::> /::,@ /:,@f /::-S /:? /:,@x /:,@@
/::8 /:,@! /:!!! /:xx /:bye /:wipe /:dig /:handclap /:&-( /:B-) /:<@ /:@> /::-O /:>-| /:P-(
/::'| /:X-) /::* /:@x /:8* /:pd /:<W> /:beer /:basketb /:oo /:coffee /:eat /:pig /:rose /:fade
/:showlove /:heart /:break /:cake /:li /:bome /:kn /:footb /:ladybug /:shit /:moon /:sun /:gift
/:hug /:strong /:weak /:share /:v /:@) /:jj /:@@ /:bad /:lvu /:no /:ok /:love /:<L> /:jump
/:shake /:<O> /:circle /:kotow /:turn /:skip /:oY
"""
# Names in square brackets, of the Chinese and the English client.
_NAMES = """
微笑 撇嘴 色 发呆 得意 流泪 害羞 闭嘴 睡 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 酷 冷汗 抓狂 吐 偷笑
愉快 可爱 白眼 傲慢 饥饿 困 惊恐 流汗 憨笑 悠闲 大兵 奋斗 咒骂 疑问 嘘 晕 疯了 折磨 衰 骷髅 敲打
再见 擦汗 抠鼻 鼓掌 糗大了 坏笑 左哼哼 右哼哼 哈欠 鄙视 委屈 快哭了 阴险 亲亲 吓 可怜 菜刀 西瓜
啤酒 篮球 乒乓 咖啡 饭 猪头 玫瑰 凋谢 嘴唇 示爱 爱心 心碎 蛋糕 闪电 炸弹 刀 足球 瓢虫 便便 月亮
太阳 礼物 拥抱 强 弱 握手 胜利 抱拳 勾引 拳头 差劲 爱你 NO OK 爱情 飞吻 跳跳 发抖 怄火 转圈 磕头
回头 跳绳 投降 激动 乱舞 献吻 左太极 右太极 笑脸 生病 破涕为笑 吐舌 脸红 恐惧 失望 无语 嘿哈
捂脸 奸笑 机智 皱眉 耶 吃瓜 加油 汗 天啊 Emm 社会社会 旺柴 好的 打脸 哇 翻白眼 666 让我看看 叹气
苦涩 裂开 合十 福 红包 發 發财 庆祝 烟花 爆竹 鬼魂 囧 嘴 愤怒 赞 踩 心 花 比心 点赞 抱抱 酸了
托腮 笑哭 doge 汪汪 斜眼笑 喝彩 Smile Grimace Drool Scowl CoolGuy Sob Shy Silent Sleep Cry
Awkward Angry Tongue Grin Surprise Frown Ruthless Blush Scream Puke Chuckle Joyful Slight Smug
Hungry Drowsy Panic Sweat Laugh Commando Determined Scold Shocked Shhh Dizzy Tormented Toasted
Skull Hammer Wave Speechless NosePick Clap Shame Trick BahL BahR Yawn Pooh-pooh Shrunken
TearingUp Sly Kiss Wrath Whimper Cleaver Watermelon Beer Basketball PingPong Coffee Rice Pig
Rose Wilt Lips Heart BrokenHeart Cake Lightning Bomb Dagger Soccer Ladybug Poop Moon Sun Gift
Hug ThumbsUp ThumbsDown Shake Peace Fight Beckon Fist Pinky RockOn Nuh-uh InLove Blowkiss Waddle
Tremble Aaagh Twirl Kotow Dramatic JumpRope Surrender Hooray Meditate Smooch Happy Sick Flushed
Lol Terror LetDown Duh Hey Facepalm Smirk Smart Concerned Yeah Onlooker GoForIt Sweats OMG
Respect Doge NoProb MyBad Wow Boring Awesome LetMeSee Sigh Hurt Broken Worship Blessing Packet
Party Fireworks Firecracker Ghost
"""
# Pictographs, dingbats, technical and other symbols that are shown as emoji, with flags, tags and
# skin tones. Circled digits (U+2460…, U+2776…) are numbers and not among them.
_EMOJI = (
    r"[\U0001f000-\U0001f0ff\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001faff"
    r"\U000e0020-\U000e007f\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\u231a-\u23ff\u25b6\u25c0"
    r"\u3030\u303d\ufe0f\u200d]"
)


def _any_of(words: str) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


_EXPRESSION = re.compile(
    rf"(?:{_EMOJI}|[\[【](?:{_any_of(_NAMES)})[\]】]|{_any_of(_SLASH_CODES)})+", re.IGNORECASE
)
# WeChat's text for a sticker or another message that it cannot forward, by the client's language.
_PLACEHOLDER = re.compile(r"[\[【](?:收到不支持的消息类型|unsupported message)", re.IGNORECASE)
# A digit in a keycap: the digit, and the mark that draws the key.
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_TEN = "\U0001f51f"
_BLANKS = re.compile(r"[ \t]{2,}")


def strip_expressions(text: str) -> str:
    """Return the text without emoji and expressions; a digit in a keycap becomes the digit.

    An expression at an end vanishes, one inside becomes a blank. A text without any is returned
    unchanged.
    """
    plain = _KEYCAP.sub(r" \1 ", text).replace(_TEN, " 10 ") if not text.isascii() else text
    plain = _EXPRESSION.sub(" ", plain)
    return text if plain == text else _BLANKS.sub(" ", plain).strip()


def stands_for_no_text(text: str) -> bool:
    """Return whether a text is what WeChat sends in place of a message that it cannot forward."""
    return bool(_PLACEHOLDER.match(text))

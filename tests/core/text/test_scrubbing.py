"""What identifies a person is removed from a text; what a question is about stays."""

from __future__ import annotations

import pytest
import yaml

from bot.core.text.scrubbing import scrub, without_placeholders
from tests.knowledge_base import KNOWLEDGE, all_questions

# A sentence with «» around what must go.
PERSONAL = """
我叫«张三»，想贷款
我叫«韦小宝»今年22岁
你记一下，我叫«覃小明»，号码是«13700000000»
我朋友叫«陈晓东»，他想开店
我是«莫小琴»，想问贷款
本人«莫某某»，联系电话«13500000000»，盼复
免贵姓«韦»
姓名：«廖某» 电话：«186 0000 0000»
联系人：«李四»
«王»老板的店能申请吗
找«高»老师问过了
«刘»副局长说可以
«李小明»女士让我来问
火爆老板娘«韦»姐
«小谭»，31，网店开了半年
名字跟电话留给你：«吴»阿婆，«18900000000»
手机«１３８００１３８０００»
我的号«1 3 8 0 0 1 3 8 0 0 0»打给我
你打我电话吧«一三八零零零零零零零零»
座机«0772-2825106»
身份证«45020019900101123X»
卡号«6222 0000 0000 0000 000»
执照«91450200MA5K12345X»
车牌«桂B12345»
邮箱«abc000@example.com»把资料发我
QQ «12345678»
扣扣号是«987654»
加我微信 «luosifen0000»
vx：«zhumi_0000»，麻烦拉群
微信号是«abcdef»
门口文昌路«12号3栋2单元501室»
滨江大道«286号»
厂在桥头屯«十二号»
住新区«A座801室»
"""
# What must stay: amounts, dates, numbers of papers, hotlines, and words that look like names.
HARMLESS = """
最多55万元
贷款1000000元
贷款200000，利息怎么算
1234567元的设备
2016年2月5日
2016-02-05印发的
2020-2021年的补贴
政办〔2016〕9号
知道12号文件
这条路12号线
12345打不通
租了400平米
3栋楼要多少钱
我叫什么名字
叫我怎么办
我是在校学生
我是农民工
我是高中生
我是石匠
高校老师能创业吗
提高老师待遇
谢谢老师
多谢师傅
班主任老师
上周总共多少
有没有一张总表
小成本创业
小程序开发补贴
微信小程序怎么做
温哥华回来的
老百姓能领吗
"""


@pytest.mark.parametrize("marked", PERSONAL.split("\n")[1:-1])
def test_what_identifies_a_person_is_removed(marked: str) -> None:
    parts = marked.replace("»", "«").split("«")
    scrubbed = scrub("".join(parts))
    assert [part for part in parts[1::2] if part in scrubbed] == []
    assert without_placeholders(scrubbed) == "".join(parts[::2]).strip()


@pytest.mark.parametrize("text", HARMLESS.split("\n")[1:-1])
def test_other_words_and_numbers_stay(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize("marked", PERSONAL.split("\n")[1:-1])
def test_a_scrubbed_text_stays_as_it_is(marked: str) -> None:
    scrubbed = scrub(marked.replace("«", "").replace("»", ""))
    assert scrub(scrubbed) == scrubbed


def test_questions_about_the_policy_stay() -> None:
    """Of the questions and samples only those of people who tell their name are changed."""
    texts = [question.text for question in all_questions()]
    for file in sorted((KNOWLEDGE / "policies").glob("*/supports/*.yaml")):
        texts += yaml.load(file.read_bytes(), yaml.CSafeLoader)["questions"]
    assert len(texts) > 5_000
    changed = [text for text in texts if without_placeholders(scrub(text)) != scrub(text)]
    assert [text for text in changed if not text.startswith("我姓")] == []

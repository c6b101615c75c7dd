"""Traditional characters are read as simplified ones, and quoted as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.aspects import ASPECTS
from language.chinese import tag_words, words
from language.clauses import clauses
from language.match import Matcher
from language.phrases import key_phrases
from language.read import read
from language.safety import safety_of
from language.scripts import narrow, simplified
from language.sensitive import find_sensitive, topic_of
from language.sentiment import sentiment_of
from language.synonyms import sense_of

MATCHER = Matcher({one.key: [*one.words["en"], *one.words["zh"]] for one in ASPECTS})
# The same words in both kinds of characters.
TWINS = [
    ("劇情很無聊", "剧情很无聊"),
    ("價格太貴，品質很爛", "价格太贵，品质很烂"),
    ("雖然演技不錯，但是節奏太慢。", "虽然演技不错，但是节奏太慢。"),
    ("儘管結局倉促，畫面還是非常漂亮", "尽管结局仓促，画面还是非常漂亮"),
    ("電池很耐用，物流也快，點讚！", "电池很耐用，物流也快，点赞！"),
]


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("憂鬱症、愛滋病、共產黨", "忧郁症、爱滋病、共产党"),
        ("看著餅乾，瞭解什麼；著名的乾坤", "看着饼干，了解什么；著名的乾坤"),
        ("妳在臺灣藉口聲名狼藉", "你在台湾借口声名狼藉"),
        ("什么都有，怎么样，么", "什么都有，怎么样，么"),
        ("日本の歴史と國語", "日本の歴史と國語"),
        (
            "這家の麵包很好吃，我每天都去買兩個，店員親切",
            "这家の面包很好吃，我每天都去买两个，店员亲切",
        ),
        ("plain words, naïve", "plain words, naïve"),
    ],
)
def test_each_character_is_simplified_and_japanese_is_left(written, simple):
    assert simplified(written) == simple


@given(st.text(max_size=60))
def test_folding_keeps_every_place(text):
    assert len(simplified(text)) == len(narrow(text)) == len(text)
    assert "".join(words(text)) == text
    assert "".join(word for word, _ in tag_words(text)) == text


def test_wide_signs_become_narrow():
    assert narrow("ａｂ＠ｃ．ｃｏｍ　１２３") == "ab@c.com 123"


@pytest.mark.parametrize(("written", "simple"), TWINS)
def test_what_is_said_does_not_depend_on_the_characters(written, simple):
    one, other = read([written, simple], ["zh", "zh"], MATCHER)
    assert one == other
    assert one.aspects
    assert sentiment_of(written, "zh") == sentiment_of(simple, "zh") != 0
    assert clauses(written, "zh") == clauses(simple, "zh")
    assert [simplified(phrase.text) for phrase in key_phrases(written, "zh")] == [
        phrase.text for phrase in key_phrases(simple, "zh")
    ]


def test_phrases_are_shown_as_written():
    found = key_phrases("這部科幻小說的節奏很快，宇宙飛船的設定有趣。", "zh")
    assert {"科幻小說", "節奏"} <= {phrase.text for phrase in found}


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        *(("憂鬱症", "health"), ("愛滋病", "health"), ("高血壓", "health")),
        *(("共產黨", "politics"), ("民進黨", "politics"), ("維吾爾", "ethnicity")),
        *(("天主教徒", "religion"), ("跨性別", "sexuality"), ("中低收入戶", "income")),
    ],
)
def test_the_deny_list_reads_both(name, topic):
    assert topic_of([name]) == topic_of([simplified(name)]) == topic
    assert [hit.topic for hit in find_sensitive(f"你是{name}。", "zh")] == [topic]


def test_one_tag_and_one_abuse_in_either():
    assert sense_of("科幻小說") == sense_of("科幻小说")
    assert safety_of("滾出中國") == safety_of("滚出中国") < 1

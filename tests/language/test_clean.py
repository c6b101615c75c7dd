import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.clean import clean


@pytest.mark.parametrize(
    "text",
    [
        "It’s “quiet” — too quiet… and I LOVED it, 100%.",
        "文笔优美，人物鲜活；《边城》的结尾——令人难忘……“值得一读”！",
        "全角１２３，（括号）照旧",
        "I <3 this; 3 < 4 and 5 > 4",
        "1813-1817, 978 pages, 4.5/5",
    ],
)
def test_ordinary_text_is_kept_verbatim(text):
    assert clean(text).text == text


WORDS = ["the", "plot", "was", "slow", "情节", "很好", "Ünïcode", "don’t", "—", "1984"]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_plain_words_survive_whole(words):
    assert clean(" ".join(words)).text == " ".join(words)


@pytest.mark.parametrize(
    ("dirty", "text"),
    [
        ("<p>Fun &amp; <b>sharp</b></p>", "Fun & sharp"),
        ("It&#39;s fine<br/>Really", "It's fine Really"),
        ("<script>steal()</script>Good", "Good"),
        ("two\n\n  lines\tand\u200b\x07 more", "two lines and more"),
        ("schÃ¶n gemacht", "schön gemacht"),
        ("cafe\u0301", "café"),
        ("A solid film. [Full review in Spanish]", "A solid film."),
        ("故事很好看...展开全文", "故事很好看"),
        ("此用户没有填写评价。", ""),
    ],
)
def test_what_is_no_part_of_the_text_is_taken_away(dirty, text):
    assert clean(dirty).text == text


@pytest.mark.parametrize(
    ("dirty", "text", "masked"),
    [
        ("Write to a.b+c@mail.example.com now", "Write to [email] now", 1),
        ("Call +44 20 7946 0958 today", "Call [phone] today", 1),
        ("Call (650) 253-0000, the one I have", "Call [phone], the one I have", 1),
        ("微信13800138000，常联系", "微信[phone]，常联系", 1),
        ("Card 4111 1111 1111 1111 was charged", "Card [card] was charged", 1),
        ("Card 4111 1111 1111 1112 is not a card", "Card 4111 1111 1111 1112 is not a card", 0),
        ("身份证11010519491231002X丢了", "身份证[id]丢了", 1),
        ("From 1999-2004 it sold 12,500,000 copies", "From 1999-2004 it sold 12,500,000 copies", 0),
    ],
)
def test_personal_data_is_masked_and_counted(dirty, text, masked):
    result = clean(dirty)
    assert (result.text, result.masked) == (text, masked)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The acting is superb.", "en"),
        ("Great!", "en"),
        ("Second-rate Fred Astaire film.", "en"),
        ("演技非常自然", "zh"),
        ("看了Harry Potter，好看", "zh"),
        ("とても面白い映画でした", "ja"),
        ("정말 재미있는 영화", "ko"),
        ("Una película muy buena que no olvidaré, aunque es larga", "es"),
        ("Ein sehr schöner Film, der mich nicht losgelassen hat", "de"),
        ("", "und"),
        ("12345 !!!", "und"),
    ],
)
def test_the_language_is_told(text, language):
    assert clean(text).language == language


def test_the_hash_is_of_what_was_kept():
    first, second = (clean(text) for text in ("<b>Good</b>", "Good"))
    assert first.content_hash == second.content_hash == hashlib.sha256(b"Good").hexdigest()


@given(st.text(max_size=200))
def test_cleaning_takes_any_text_and_leaves_one_line(text):
    kept = clean(text).text
    assert "\n" not in kept
    assert kept == kept.strip()

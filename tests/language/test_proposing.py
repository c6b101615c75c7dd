"""Tags that a generator proposes: only what the text bears out."""

from language.proposing import MOST_PROPOSED, prompts_for, supported

TEXT = "A whaler's crew hunts one white whale through storms; the captain cannot forgive it."


def test_what_the_text_says_is_kept_in_any_number_and_the_rest_is_dropped():
    written = "Whales, storm, White Whale, romance, captain, whale hunting,"
    assert supported(written, TEXT) == ["whales", "storm", "white whale", "captain"]


def test_nothing_is_said_twice_and_no_sentence_is_a_tag():
    written = "whale; whale; 1. storms; a; the captain cannot forgive it; x"
    assert supported(written, TEXT) == ["whale", "storms"]


def test_chinese_tags_stand_in_the_text_whole():
    text = "捕鲸船在风暴中追逐一头白鲸，船长不肯原谅。"
    assert supported("白鲸、风暴、爱情、船长不肯原谅它、船长", text) == [
        "白鲸",
        "风暴",
        "船长",
    ]


def test_there_are_never_too_many():
    text = " ".join(f"word{letter}" for letter in "abcdefghij")
    assert len(supported(text.replace(" ", ", "), text)) == MOST_PROPOSED


def test_each_text_is_asked_about_in_its_language_and_not_at_full_length():
    english, chinese = prompts_for(["whale " * 1_000, "白鲸"], ["en", "zh"])
    assert english.endswith("Topics:")
    assert len(english) < 1_000
    assert chinese.endswith("文字：白鲸\n主题：")

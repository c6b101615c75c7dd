from language.phrases import key_phrases

ENGLISH = (
    "Elizabeth Bennet meets the proud Mr. Darcy at a country ball. A romantic comedy of manners, "
    "marriage and money, in which 5 sisters look for husbands. Darcy proposes twice."
)
CHINESE = "这部科幻小说讲述外星文明与地球的战争，外星文明来自三颗恒星，主人公汪淼是一位科学家。"


def texts(text: str, language: str, limit: int = 8) -> list[str]:
    return [phrase.text for phrase in key_phrases(text, language, limit=limit)]


def test_english_subjects_are_found_and_names_are_not():
    found = texts(ENGLISH, "en")
    assert {"romantic comedy", "marriage", "money"} <= set(found)
    assert not {"darcy", "elizabeth", "bennet"} & set(" ".join(found).split())


def test_chinese_subjects_are_found():
    found = texts(CHINESE, "zh")
    assert {"文明", "科幻小说", "外星"} <= set(found)
    assert "主人公" not in found


def test_phrases_point_at_their_words():
    for text, language in ((ENGLISH, "en"), (CHINESE, "zh")):
        for phrase in key_phrases(text, language):
            assert text[phrase.start : phrase.end].lower().startswith(phrase.text[:3])


def test_best_come_first_and_no_word_is_used_twice():
    phrases = key_phrases(ENGLISH, "en", limit=3)
    scores = [phrase.score for phrase in phrases]
    assert len(phrases) == 3
    assert scores == sorted(scores, reverse=True)
    words = [word for phrase in phrases for word in phrase.text.split()]
    assert len(words) == len(set(words))


def test_plurals_are_told_as_one():
    assert "detective" in texts("A story of detectives.", "en")


def test_there_are_none_in_nothing_or_in_an_unknown_language():
    assert key_phrases("", "en") == key_phrases("", "zh") == key_phrases("Xyzzy", "und") == []

from language.match import Matcher, Mention


def found(matcher: Matcher, text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(m.key, text[m.start : m.end]) for m in matcher.find(text, language)]


def test_words_match_whole_and_in_any_case():
    matcher = Matcher({"acting": ["acting"]})
    assert found(matcher, "ACTING, not overacting or actingly") == [("acting", "ACTING")]


def test_plurals_possessives_and_hyphens_match():
    matcher = Matcher({"story": ["story"], "burn": ["slow burn"], "cast": ["cast"]})
    assert found(matcher, "Stories, a slow-burn, the cast's work") == [
        ("story", "Stories"),
        ("burn", "slow-burn"),
        ("cast", "cast's"),
    ]


def test_the_longest_entry_wins_and_gives_every_key_of_its_words():
    matcher = Matcher(
        {"effects": ["special effects"], "effect": ["effect"], "cgi": ["special effects"]}
    )
    assert found(matcher, "Special effects!") == [
        ("effects", "Special effects"),
        ("cgi", "Special effects"),
    ]


def test_chinese_words_match_at_word_borders_and_as_heads_of_compounds():
    matcher = Matcher({"plot": ["情节", "故事情节"], "value": ["和服"]})
    assert found(matcher, "故事情节很好，产品和服务都好", "zh") == [("plot", "故事情节")]


def test_chinese_text_may_hold_western_words():
    matcher = Matcher({"noir": ["noir"], "plot": ["情节"]})
    assert found(matcher, "这部noir的情节", "zh") == [("noir", "noir"), ("plot", "情节")]


def test_nothing_is_found_in_nothing():
    assert Matcher({}).find("anything", "en") == []
    assert Matcher({"a": ["b", ""]}).find("", "zh") == []


def test_offsets_are_of_the_text_as_given():
    assert Matcher({"cafe": ["café"]}).find("Le Cafe", "fr") == [Mention("cafe", 3, 7)]

from pathlib import Path

import numpy as np
import pytest

from language.sentiment import sentiments

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "text"


def signs(texts: list[str], language: str) -> list[int]:
    return np.sign(np.round(sentiments(texts, [language] * len(texts)), 1)).astype(int).tolist()


def test_english_praise_and_blame_are_told_apart():
    texts = [
        "A gripping, beautifully written book.",
        "Tedious and predictable.",
        "Not good.",
        "It was published in 1920.",
    ]
    assert signs(texts, "en") == [1, -1, -1, 0]


def test_a_horrible_crime_in_the_plot_is_not_a_complaint():
    assert signs(["A murder, a war and a dead killer.", "Serial killers in prison."], "en") == [
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("演技非常自然，情节也很紧凑。", 1),
        ("一点也不无聊，反而很有意思。", 1),
        ("不能不推荐给朋友。", 1),
        ("虽然有点长，但是非常精彩。", 1),
        ("虽然画面漂亮，但是故事很无聊。", -1),
        ("没有想象中那么好。", -1),
        ("不太喜欢这个结局。", -1),
        ("别浪费时间了。", -1),
        ("好贵，还不好用。", -1),
        ("情节太慢了。", -1),
        ("全书共十二章。", 0),
    ],
)
def test_chinese_negation_degree_and_contrast_count(text, sign):
    assert signs([text], "zh") == [sign]


def test_a_degree_word_strengthens():
    plain, very = sentiments(["有趣。", "非常有趣。"], ["zh", "zh"])
    assert 0 < plain < very <= 1


def test_an_unknown_language_is_no_opinion():
    assert sentiments(["Wunderbar!", ""], ["de", "en"]).tolist() == [0.0, 0.0]


def test_it_beats_guessing_on_english_sentences():
    file = DATA / "sst2-dev.tsv"
    if not file.exists():
        pytest.skip("shared data is not laid beside the project")
    rows = [line.rsplit("\t", 1) for line in file.read_text(encoding="utf-8").splitlines()]
    scores = sentiments([text for text, _ in rows], ["en"] * len(rows))
    right = [(score > 0) == (label == "1") for score, (_, label) in zip(scores, rows, strict=True)]
    assert np.mean(right) > 0.70
